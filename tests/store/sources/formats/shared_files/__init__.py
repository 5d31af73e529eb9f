"""What a person who read them expects of the real files in the folder of material; one module a group of formats."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file of the folder holds, counted by reading it.

    Attributes:
        format: The format that recognises it; empty where it is refused with a message.
        comments: How many comments it gives.
        skipped: How many records are left out on purpose.
        problems: How many problems are told about.
    """

    format: str
    comments: int = 0
    skipped: int = 0
    problems: int = 0
