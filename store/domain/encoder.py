"""The encoders whose vectors an archive holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EncoderState(StrEnum):
    """What an encoder's vectors are for."""

    ACTIVE = "active"
    BUILDING = "building"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class KnownEncoder:
    """An encoder that has vectors here: its EncoderId.key, and the name that it is loaded by.

    `active_since` is the generation in which it came in place of another, 0 for the first one. `owner` is the process
    that is changing the archive to it since `begun_at`, or that was when it was killed; it was seen alive at `seen_at`.
    """

    id: int
    key: str
    name: str
    state: EncoderState
    owner: str = ""
    begun_at: datetime | None = None
    seen_at: datetime | None = None
    active_since: int = 0
