"""A source of 2,000 comments, and what it is later: some gone, some edited, some new."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COMMENTS = 2_000
_WORDS = (
    "unconference",
    "wiki",
    "harbour",
    "gardens",
    "lunch",
    "badge",
    "podcast",
    "intranet",
    "ferry",
    "budget",
    "sticky",
)


def make_record(number: int, version: int = 1) -> dict[str, Any]:
    drawn = random.Random(f"{number} {version}")
    thread = number // 7
    return {
        "id": f"c{number}",
        "text": " ".join(drawn.choices(_WORDS, k=drawn.randint(2, 60))) + f" {number}.",
        "author": f"Person {number % 97}",
        "account": f"p{number % 97}" if number % 3 else None,
        "date": f"2019-{1 + number % 12:02}-{1 + number % 28:02}T10:00:00Z",
        "edited": "2020-02-02T10:00:00Z" if version > 1 else None,
        "thread": f"t{thread}",
        # Some discussions change their titles.
        "title": f"Discussion {thread}" + (" again" if version > 1 and thread % 5 == 0 else ""),
        "url": f"https://blog.example/{thread}#c{number}",
        "parent": f"c{number - 1}" if number % 7 else None,
        "channel": f"room {thread % 4}" if thread < 250 else "annexe",
        "visibility": "channel:C1" if thread % 4 == 3 else "",
        "position": number % 7,
    }


def make_old(count: int = COMMENTS) -> list[dict[str, Any]]:
    return [make_record(number) for number in range(count)]


def make_new() -> list[dict[str, Any]]:
    """The same source later: a tenth gone, whole discussions among them, and with them people and a channel."""
    gone = {number for number in range(COMMENTS) if number % 23 == 4} | set(range(1_890, 2_000))
    kept = [make_record(number, 1 + (number % 9 == 1)) for number in range(COMMENTS) if number not in gone]
    # Somebody who was not there before, and what was said before, word for word, said again.
    renamed = [one | {"author": "Somebody new"} if number % 311 == 5 else one for number, one in enumerate(kept)]
    added = [make_record(number) | {"channel": "new room"} for number in range(3_000, 3_300)]
    return renamed + added + [one | {"id": f"again {one['id']}"} for one in kept[100:130]]


def write(place: Path, records: Sequence[dict[str, Any]]) -> Path:
    place.write_text("".join(json.dumps(one) + "\n" for one in records))
    return place
