"""What came against what is known: decides what is new, edited, unchanged, gone, and what nobody would want. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from store.domain.comment import Comment
from store.sources.format import Coverage

# Part of every fingerprint: a change to how comments are read or kept makes all of them count as edited once.
FINGERPRINT_VERSION = "1"


# A refresh that would remove a larger share of a source stops: an export that was cut short looks just like this.
MAX_REMOVED_SHARE = 0.2

# Whoever removes the latest comments removes one or a few at once; an older export lacks all that came since.
_FEW_LATEST = 3
_FEW_LATEST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write. Each comment stands with its fingerprint."""

    new: tuple[tuple[Comment, bytes], ...]
    edited: tuple[tuple[Comment, bytes], ...]
    unchanged: int

    @property
    def changed(self) -> tuple[tuple[Comment, bytes], ...]:
        """What has to be written."""
        return self.new + self.edited


def plan(came: Iterable[tuple[Comment, bytes]], known: Mapping[str, bytes]) -> Plan:
    """Decide what to do with comments.

    Args:
        came: Comments with their fingerprints; no id twice.
        known: Fingerprints by native id, of those that are in the archive.
    """
    new, edited, unchanged = [], [], 0
    for comment, fingerprint in came:
        before = known.get(comment.native_id)
        if before is None:
            new.append((comment, fingerprint))
        elif before != fingerprint:
            edited.append((comment, fingerprint))
        else:
            unchanged += 1
    return Plan(tuple(new), tuple(edited), unchanged)


def is_older(comment: Comment, published: datetime | None, edited: datetime | None) -> bool:
    """Tell whether a comment is as it was before an edit that is known; one that tells no time is not."""
    moment = comment.edited or comment.published
    known = edited or published
    return moment is not None and known is not None and moment < known


def is_newer(comment: Comment, published: datetime | None, edited: datetime | None) -> bool:
    """Tell whether a comment says that it was edited after what is known of it; one that tells no time does not."""
    moment = comment.edited or comment.published
    known = edited or published
    return moment is not None and known is not None and moment > known


def is_older_export(*, taken_back: int, returning: int, missing: int, held: int) -> bool:
    """Tell whether an export that ends before the latest comments that are held was made before they were written.

    Else those were removed where they are from, and are to go at once. Both look alike: so more has to say that it is
    older. Any comment that is not as it was left, and does not say that it was edited since, is as it was before. Any
    comment that is not held is of before the latest that are: it was removed meanwhile. And of what came since, there
    is mostly more than what somebody removes at once. What this takes for an older export, though it is none, stops
    until something newer is written, or an admin says so; what it takes for none, though it is one, costs a few
    comments until the next export.

    Args:
        taken_back: How many comments came with other content than is known, and without a later time.
        returning: How many came that are not held.
        missing: How many of those that are held are later than all that came, and did not come.
        held: How many are held of the source.
    """
    few = max(1, min(_FEW_LATEST, int(_FEW_LATEST_SHARE * held)))
    return bool(taken_back or returning) or missing > few


def fingerprint(comment: Comment) -> bytes:
    """Hash everything a source says of a comment: equal exactly when nothing changed."""
    discussion = comment.discussion
    parts = (
        FINGERPRINT_VERSION,
        comment.author.name,
        comment.author.account or "",
        comment.text,
        comment.url,
        comment.published.isoformat() if comment.published else "",
        comment.edited.isoformat() if comment.edited else "",
        comment.parent_id or "",
        discussion.native_id,
        discussion.title,
        discussion.url,
        discussion.channel.name,
        str(discussion.channel.visibility),
        # Most sources have neither: without, the fingerprint is what it was before there were any.
        *([] if comment.position is None else [f"position {comment.position}"]),
        *(f"also {name}" for name in comment.author.also),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).digest()[:16]


@dataclass(slots=True)
class Span:
    """The time that some comments are of: that of the first and of the last, None for none."""

    first: datetime | None = None
    last: datetime | None = None

    def extend(self, moment: datetime | None) -> None:
        """Take in one more comment's time."""
        if moment is not None:
            self.first = min(self.first or moment, moment)
            self.last = max(self.last or moment, moment)

    def holds(self, moment: datetime | None) -> bool:
        """Tell whether a time lies between them."""
        return None not in (moment, self.first, self.last) and self.first <= moment <= self.last  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which comments a reading of a place says that they are gone if they did not come.

    Attributes:
        coverage: What the format says of them.
        place_id: The place that was read.
        is_known: It was read before, and is read again to see what is gone.
        is_file: It is no live address.
        span: The times of what came.
    """

    coverage: Coverage
    place_id: int
    is_known: bool
    is_file: bool
    span: Span = field(default_factory=Span)

    @property
    def tells(self) -> bool:
        """Whether it says of any comment that it is gone, or may be."""
        is_of_export = self.is_file and self.coverage is Coverage.EXPORT
        return is_of_export or (self.is_known and self.coverage is not Coverage.PART)

    def is_gone(self, published: datetime | None, place_id: int | None) -> bool:
        """Tell whether a comment of this place that did not come is gone."""
        if place_id != self.place_id or not self.is_known or self.coverage is Coverage.PART:
            return False
        if self.coverage is Coverage.WINDOW:
            return None not in (published, self.span.first) and published >= self.span.first  # type: ignore[operator]
        return True

    def may_be_gone(self, published: datetime | None, place_id: int | None) -> bool:
        """Tell whether a comment that another export of the same place had, and this one has not, may be gone."""
        is_gone = self.is_gone(published, place_id)
        return self.is_file and self.coverage is Coverage.EXPORT and self.span.holds(published) and not is_gone


def is_too_much(gone: int, held: int) -> bool:
    """Tell whether so many comments of those held are more than anybody removes at once."""
    return gone > MAX_REMOVED_SHARE * held
