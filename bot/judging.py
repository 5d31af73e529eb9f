"""What people said of answers, gathered by question; and a judged set made of it. Only what is public, unless told."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.slack.views.buttons import read_button
from store.archive import Archive
from store.db.narrowed import Narrowing
from store.domain.comment import ArchivedComment
from store.domain.feedback import WHOLE, Rated
from store.domain.viewer import Viewer
from store.evaluation.judged import ExportedQuery
from store.search.audience import find_audience

_CHUNK_COMMENTS = 500


@dataclass(slots=True)
class Votes:
    """How many found something helpful, and how many did not."""

    helpful: int = 0
    unhelpful: int = 0

    def add(self, helpful: int, unhelpful: int) -> None:
        """Count more."""
        self.helpful += helpful
        self.unhelpful += unhelpful


@dataclass(slots=True)
class Judged:
    """A question, what people said of its answer, and of comments in that."""

    question: str
    answer: Votes = field(default_factory=Votes)
    comments: dict[Rated, Votes] = field(default_factory=dict)


def gather_judged(archive: Archive, *, include_private: bool) -> list[Judged]:
    """Gather what was said, by question; filters that were chosen beside one do not tell it from itself.

    What was asked by a message is left out: words that were read out of one, nobody has asked.

    Without what is private, a question counts only where it was asked for everyone to read, and of the comments in its
    answer those that everyone may see.
    """
    rated = None if include_private else {WHOLE, *archive.opinions.find_rated(_find_channels(archive, Viewer.anyone()))}
    gathered: dict[str, Judged] = {}
    for one in archive.opinions.read_all():
        asked = read_button(one.asked)
        if asked and not asked.chosen.beside and (rated is None or (one.is_public and one.rated in rated)):
            judged = gathered.setdefault(asked.question, Judged(asked.question))
            votes = judged.answer if one.rated == WHOLE else judged.comments.setdefault(one.rated, Votes())
            votes.add(one.helpful, one.unhelpful)
    return list(gathered.values())


def iterate_comments(archive: Archive, *, include_private: bool) -> Iterator[ArchivedComment]:
    """Give the comments that everyone may see; with what is private, all that is not hidden."""
    viewer = Viewer.operator() if include_private else Viewer.anyone()
    channels = _find_channels(archive, viewer)
    ids = archive.searching.find_comment_ids(Narrowing()).tolist()
    for start in range(0, len(ids), _CHUNK_COMMENTS):
        found = archive.read_comments(ids[start : start + _CHUNK_COMMENTS], channels)
        yield from (found[number] for number in sorted(found))


def _find_channels(archive: Archive, viewer: Viewer) -> tuple[int, ...]:
    return find_audience(viewer, archive.searching.read_channels()).channel_ids


def build_queries(judged: list[Judged]) -> list[ExportedQuery]:
    """Build the queries of a judged set: those of which some comment was found helpful by more people than not."""
    wanted = {
        one.question: {rated for rated, votes in one.comments.items() if votes.helpful > votes.unhelpful}
        for one in judged
    }
    return [ExportedQuery(question, frozenset(rated)) for question, rated in wanted.items() if rated]
