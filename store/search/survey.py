"""From relevant hits to who said how much, and when: people and years instead of discussions. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from store.domain.comment import ANONYMOUS, ArchivedComment
from store.domain.query import Query
from store.search.display import Ranked

# Stands for everybody who gave no name: they may be many, and count as none.
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who said something relevant: under which name, in which sources, how much, and when.

    `id` is the archive's own. The name is the one that most of these comments have, and no other: others may stand
    where whoever asks may not look. Who gave no name is NOBODY.
    """

    id: int
    name: str
    sources: tuple[str, ...]
    comments: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Survey:
    """Who said something relevant, most first, those without a name last; and when.

    `years` has each year in which anything was said, with how much, in the days of whoever asked; `first` and `last`
    are the earliest and the latest comment that has a date. It `is_cut` where only the best SURVEY_HITS were counted.
    """

    query: Query
    people: tuple[Person, ...]
    years: tuple[tuple[int, int], ...]
    first: ArchivedComment | None
    last: ArchivedComment | None
    total: int
    is_cut: bool

    @property
    def busiest(self) -> int | None:
        """The year in which most was said; of equal ones the latest."""
        return max(self.years, key=lambda year: (year[1], year[0]))[0] if self.years else None

    def find_person(self, person_id: int) -> Person | None:
        """Find somebody of them by id."""
        return next((person for person in self.people if person.id == person_id), None)


def find_writer(comment: ArchivedComment, persons: Mapping[int, int]) -> int:
    """Find who wrote a comment, given who wrote each; NOBODY without a name, or where the comment has gone since."""
    return NOBODY if comment.author == ANONYMOUS else persons.get(comment.id, NOBODY)


def survey_hits(query: Query, hits: Sequence[Ranked], persons: Mapping[int, int], *, is_cut: bool) -> Survey:
    """Count hits, best first, by who wrote them and by year.

    Args:
        query: What they answer.
        hits: Each once, however often its comment was found elsewhere.
        persons: For each comment, by id, who wrote it.
        is_cut: Whether there may be more.
    """
    by_person: dict[int, list[ArchivedComment]] = {}
    for hit in hits:
        by_person.setdefault(find_writer(hit.comment, persons), []).append(hit.comment)
    # Of people who said as much, the one whose best hit is better stays first.
    people = sorted(by_person.items(), key=lambda item: (item[0] == NOBODY, -len(item[1])))
    dated = sorted(_keep_dated(hit.comment for hit in hits), key=lambda pair: pair[0])
    return Survey(
        query=query,
        people=tuple(_describe(number, comments) for number, comments in people),
        years=_count_years((moment for moment, _ in dated), query.zone),
        first=dated[0][1] if dated else None,
        last=dated[-1][1] if dated else None,
        total=len(hits),
        is_cut=is_cut,
    )


def _describe(number: int, comments: Sequence[ArchivedComment]) -> Person:
    moments = [moment for moment, _ in _keep_dated(comments)]
    names = Counter(comment.author for comment in comments)
    return Person(
        id=number,
        name=names.most_common(1)[0][0],
        sources=tuple(dict.fromkeys(comment.source for comment in comments)),
        comments=len(comments),
        first=min(moments, default=None),
        last=max(moments, default=None),
    )


def _keep_dated(comments: Iterable[ArchivedComment]) -> list[tuple[datetime, ArchivedComment]]:
    return [(comment.published, comment) for comment in comments if comment.published]


def _count_years(moments: Iterable[datetime], zone: tzinfo) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(Counter(find_year(moment, zone) for moment in moments).items()))


def find_year(moment: datetime, zone: tzinfo) -> int:
    """Find the year of a moment where somebody is; near the ends of all time, that of the moment itself."""
    try:
        return moment.astimezone(zone).year
    except OverflowError:
        return moment.year
