"""Who will see an answer, and what they may be shown. Unknown means no."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from store.errors import VisibilityError

# From everybody to nobody.
_KINDS = ("public", "workspace", "channel", "people", "nobody")
_KINDS_WITHOUT_IDS = ("public", "nobody")


@dataclass(frozen=True, slots=True)
class Visibility:
    """Whom something may be shown to: everyone, full members of workspaces, channels, named people, or nobody."""

    kind: str
    ids: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "public", "nobody", "workspace:T1,T2", "channel:C1,C2" or "people:U1,U2".

        Raises:
            VisibilityError: The text is none of these.
        """
        kind, _, listed = text.strip().partition(":")
        ids = frozenset(part.strip() for part in listed.split(",") if part.strip())
        if kind not in _KINDS or bool(ids) == (kind in _KINDS_WITHOUT_IDS):
            raise VisibilityError(
                f"cannot read the visibility: {text!r}: it is none of the known ones: "
                "give public, nobody, workspace:T…, channel:C… or people:U…, with ids separated by commas"
            )
        return cls(kind, ids)

    @classmethod
    def limited(cls, kind: str, ids: Iterable[str]) -> Self:
        """Limit something to ids of a kind; where there is none, to nobody."""
        known = frozenset(ids)
        return cls(kind, known) if known else cls("nobody")

    def narrow(self, other: Self) -> Self:
        """Limit it to those that another is for, too; of two kinds, the one that fewer people are meant by."""
        if self.ids and self.kind == other.kind:
            return self.limited(self.kind, self.ids & other.ids)
        return max(self, other, key=lambda one: _KINDS.index(one.kind))

    def __str__(self) -> str:
        return f"{self.kind}:{','.join(sorted(self.ids))}" if self.ids else self.kind


PUBLIC = Visibility("public")
NOBODY = Visibility("nobody")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Everyone who will see an answer, described by what all of them may see."""

    workspaces: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    person: str | None = None
    is_operator: bool = False

    @classmethod
    def anyone(cls) -> Self:
        """Describe an audience of which nothing is known: it sees what is public."""
        return cls()

    @classmethod
    def operator(cls) -> Self:
        """Describe the person who holds the database file itself, and so everything in it."""
        return cls(is_operator=True)

    @classmethod
    def channel_audience(cls, channel: str) -> Self:
        """Describe everyone in a channel, guests and strangers included: public things and that channel's."""
        return cls(channels=frozenset({channel}))

    @classmethod
    def member(cls, person: str, *, workspace: str | None, channels: frozenset[str] = frozenset()) -> Self:
        """Describe one person, alone.

        Args:
            person: Their id.
            workspace: The workspace they are a full member of; None for guests and strangers.
            channels: Channels they are known to be in.
        """
        workspaces = frozenset({workspace}) if workspace else frozenset()
        return cls(workspaces=workspaces, channels=channels, person=person)


def can_see(viewer: Viewer, *visibilities: Visibility) -> bool:
    """Tell whether a viewer may see what stands under all these visibilities (a source's and its channel's)."""
    permitted = bool(visibilities) and all(_permits(visibility, viewer) for visibility in visibilities)
    return viewer.is_operator or permitted


def _permits(visibility: Visibility, viewer: Viewer) -> bool:
    match visibility.kind:
        case "public":
            return True
        case "workspace":
            return bool(visibility.ids & viewer.workspaces)
        case "channel":
            return bool(visibility.ids & viewer.channels)
        case "people":
            return viewer.person in visibility.ids
        case _:
            return False
