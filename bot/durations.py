"""Lengths of time as people write them in settings: 30m, 6h, 1d, 2w, 5y."""

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_557_600}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhdwy])", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """Read a number with its unit: seconds, minutes, hours, days, weeks or years.

    Raises:
        ValueError: It is not one, or is longer than 1,000 years.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    seconds = float(found[1]) * _UNITS[found[2]] if found else -1.0
    if not 0 <= seconds <= 1_000 * _UNITS["y"]:
        message = "it is not a length of time: write a number and s, m, h, d, w or y, as in 30m, 6h or 2y"
        raise ValueError(message)
    return timedelta(seconds=seconds)
