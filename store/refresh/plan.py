"""What came against what is known: decides what is new, edited, unchanged. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store.domain.comment import Comment

# Part of every fingerprint: a change to how comments are read or kept makes all of them count as edited once.
FINGERPRINT_VERSION = "1"


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
