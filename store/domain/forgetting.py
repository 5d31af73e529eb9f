"""Forgetting somebody: who they are, and the receipt."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ForgottenKind(StrEnum):
    """What is kept of somebody who was forgotten, hashed, so that they stay away."""

    ACCOUNT = "account"
    NAME = "name"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Namesake:
    """An author who is called by a name: in one source, by one account there, or by the name alone.

    `key` is what their source tells them apart by, and `person_id` that of the author whom they were merged into, or
    their own. Those have no id of whom nothing is there but what is kept of their comments.
    """

    id: int | None
    person_id: int | None
    source: str
    key: str
    account: str | None
    names: tuple[str, ...]
    comments: int


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to be forgotten: all authors that are they. Nobody where an earlier forgetting was cut short at its end.

    They were asked for by a `name`, and by a `source` and an `account`, if those were given.
    """

    name: str
    authors: tuple[Namesake, ...]
    source: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """How much somebody wrote under a name in a channel of a source; when first and last, as far as that is dated."""

    name: str
    source: str
    channel_id: int
    comments: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class RemovalRequest:
    """Somebody wants to be forgotten; `told` is how many comments of theirs they were told of, by source.

    It is acted upon when it `is_approved`, and stays until that is done.
    """

    team: str
    person: str
    told: tuple[tuple[str, int], ...]
    asked_at: datetime
    is_approved: bool = False


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """What forgetting somebody removed.

    Attributes:
        names: How many names and accounts they had.
        sources: Those that they wrote in.
        comments: How many of theirs there were.
        quotes: How many quotations of them stood in what others wrote.
        titles: How many discussions were called by what they wrote.
        former: How many earlier versions, kept so that refreshes can be undone, held their words.
        vectors: How many vectors went, of what they wrote and of what others wrote that quoted them, which is embedded
            anew; unknown before it is done.
        is_erased: The files hold nothing of them any more; False while another process keeps the log open, or where
            they could not be cleaned.
        is_dry_run: Nothing was done.
    """

    names: int
    sources: tuple[str, ...]
    comments: int
    quotes: int
    titles: int
    former: int
    vectors: int | None = None
    is_erased: bool = False
    is_dry_run: bool = False
