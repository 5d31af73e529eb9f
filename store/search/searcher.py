"""The search: what the audience may see, ranked, kept if relevant, arranged, quoted."""

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from embeddings.encoder import Encoder
from store.archive import Archive
from store.db.readers import PlaceColumn
from store.domain.answer import Answer, Hit, Outcome
from store.domain.asked import Asked
from store.domain.comment import ArchivedComment
from store.domain.encoder import KnownEncoder
from store.domain.query import Filter, Query, TimeOrder
from store.domain.reading import DiscussionPart, Spot
from store.domain.viewer import Viewer
from store.query.known import Known
from store.query.understand import understand
from store.search.audience import Audience, find_audience
from store.search.candidates import Found, find_candidates
from store.search.display import Ranked, arrange
from store.search.fusion import Evidence, find_best, fuse
from store.search.index import SearchIndex
from store.search.lexical import Forms, Terms, read_terms, weigh_forms
from store.search.live_index import LiveIndex
from store.search.places import Mask
from store.search.ranking import MAX_HITS, PAGE_HITS, SURVEY_HITS
from store.search.reasons import find_reasons
from store.search.relevance import find_relevant
from store.search.searched import Index, Searched
from store.search.survey import Survey, find_writer, survey_hits
from store.stages import Stage, in_stage
from store.text.excerpts import build_excerpt

# How many audiences' names are kept; there are as many as channels that ask.
_KNOWN_KEPT = 32
# What is shown of what was not relevant, where nothing was.
_NEAREST_HITS = 3


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Relevant comments in the order they are shown, or the nearest of those that are not; and what to quote by.

    It `is_cut` where there may be more relevant ones.
    """

    hits: Sequence[Ranked] = ()
    nearest: Sequence[Ranked] = ()
    rarities: Mapping[str, float] = field(default_factory=dict)
    forms: Forms = field(default_factory=dict)
    evidence: Evidence | None = None
    # Which candidate each comment is.
    numbers: Mapping[int, int] = field(default_factory=dict)
    is_cut: bool = False


class _FoundHits(NamedTuple):
    """A question understood, and what answers it; what was searched for whom.

    What was chosen is in `asked` less what those who will see the answer may not know of.
    """

    asked: Asked
    query: Query
    ranking: _Ranking
    audience: Audience
    snapshot: Searched

    def answer(self, outcome: Outcome, hits: tuple[Hit, ...] = (), total: int = 0) -> Answer:
        """Give a page of it."""
        return Answer(self.asked, self.query, outcome, hits, total, self.audience.coverage)


class Searcher:
    """Answers questions from an archive, as it is in memory. Safe from many threads.

    What is hidden or gone since is not shown, whatever is in memory.
    """

    def __init__(
        self,
        archive: Archive,
        encoder: Encoder,
        find_encoder: Callable[[KnownEncoder], Encoder | None] = lambda _: None,
        *,
        wanted: str = "",
        on_trouble: Callable[[Exception, float], None] = lambda _error, _seconds: None,
        make_index: Callable[[Archive, Encoder], Index] = SearchIndex,
    ) -> None:
        """Make a search; the arguments are those of `LiveIndex`."""
        self._archive = archive
        self.live = LiveIndex(
            archive, encoder, find_encoder, wanted=wanted, on_trouble=on_trouble, make_index=make_index
        )
        self._known: dict[tuple[int, tuple[int, ...], frozenset[int]], Known] = {}

    def search(self, asked: Asked, viewer: Viewer, *, limit: int = PAGE_HITS, beyond: Viewer | None = None) -> Answer:
        """Answer a question with what this viewer may see.

        Args:
            asked: The question, and where the page begins.
            viewer: Everyone who will see the answer.
            limit: Hits on a page.
            beyond: Others, who have their own answer: hits are only what these may not see.
        """
        found = self._find_hits(asked, viewer, MAX_HITS, beyond)
        ranking = found.ranking
        if not ranking.hits:
            if found.query.new:
                # Nobody is shown what is nearest to that.
                return found.answer(Outcome.NOTHING_RELEVANT)
            return self._build_nothing(found)
        hits = self._build_hits(ranking, ranking.hits, asked.offset, limit, found.snapshot)
        return found.answer(Outcome.ANSWERED, hits, len(ranking.hits))

    def survey(self, asked: Asked, viewer: Viewer) -> Survey:
        """Tell who said what is relevant, and when, of what this viewer may see: over all hits, up to SURVEY_HITS."""
        found = self._find_hits(asked, viewer, SURVEY_HITS)
        return survey_hits(found.query, found.ranking.hits, self._read_persons(found), is_cut=found.ranking.is_cut)

    def search_person(self, asked: Asked, viewer: Viewer, person_id: int) -> Answer:
        """Answer a question with a page of what somebody of its survey said."""
        found = self._find_hits(asked, viewer, SURVEY_HITS)
        persons = self._read_persons(found)
        theirs = [hit for hit in found.ranking.hits if find_writer(hit.comment, persons) == person_id]
        hits = self._build_hits(found.ranking, theirs, asked.offset, PAGE_HITS, found.snapshot)
        return found.answer(Outcome.ANSWERED, hits, len(theirs))

    def find(self, query: Query, viewer: Viewer) -> Found:
        """Give all candidates for a topic with their evidence, those outside of what it was narrowed to as well."""
        snapshot, channels = self.live.look()
        audience = find_audience(viewer, channels)
        terms = read_terms(query.topic, self._find_known(audience, snapshot).languages)
        return self._find(query, terms, audience, snapshot)

    def understand(self, question: str, viewer: Viewer) -> Query:
        """Understand a question by the names of what this viewer may see."""
        return understand(question, self.find_known(viewer))

    def find_comment(self, comment_id: int, viewer: Viewer) -> ArchivedComment | None:
        """Find a comment by its id; None if it is gone, or this viewer may not see it."""
        _, channels = self.live.look()
        return self._archive.read_comments([comment_id], find_audience(viewer, channels).channel_ids).get(comment_id)

    def read_part(self, spot: Spot, viewer: Viewer) -> DiscussionPart | None:
        """Read a part of a discussion; None if its comment is gone, or this viewer may not see it."""
        _, channels = self.live.look()
        return self._archive.discussions.read_part(spot, find_audience(viewer, channels).channel_ids)

    def suggest(self, kind: Filter, typed: str, viewer: Viewer, limit: int) -> list[str]:
        """Give names of a kind that hold what was typed, of what this viewer may see; see `Known.suggest`."""
        snapshot, channels = self.live.look()
        return self._find_known(find_audience(viewer, channels), snapshot).suggest(kind, typed, limit)

    def find_languages(self, viewer: Viewer) -> Collection[str]:
        """Give the languages that comments this viewer may see are in, by code."""
        return self.find_known(viewer).languages

    def find_known(self, viewer: Viewer) -> Known:
        """Give the names that this viewer can name: of what they may see, and no others."""
        snapshot, channels = self.live.look()
        return self._find_known(find_audience(viewer, channels), snapshot)

    def _find_known(self, audience: Audience, snapshot: Searched) -> Known:
        """Give the names that a question from this audience can name: of what they may see, and no others."""
        key = (snapshot.version, audience.channel_ids, audience.hidden)
        known = self._known.get(key)
        if known is None:
            languages = snapshot.places.count_languages(audience.mask(snapshot.places))
            known = Known(*self._archive.searching.read_names(audience.channel_ids), languages)
            if len(self._known) >= _KNOWN_KEPT:
                self._known = {}
            self._known[key] = known
        return known

    def _find_hits(self, asked: Asked, viewer: Viewer, max_hits: int, beyond: Viewer | None = None) -> _FoundHits:
        """Understand a question and rank what answers it, of what this viewer may see, and some others may not."""
        snapshot, channels = self.live.look()
        audience = find_audience(viewer, channels, beyond)
        known = self._find_known(audience, snapshot)
        chosen = known.restrict(asked.chosen)
        query = understand(asked.question, known, zone=asked.zone).choose(chosen).without(asked.without)
        ranking = self._rank(query, audience, snapshot, max_hits)
        if not ranking.hits and (query.after or query.before) and Filter.DATES not in asked.chosen.filters:
            # A date may be that of what is talked about ("the conference in March 2014"): look at all times then.
            query = replace(query, after=None, before=None)
            ranking = self._rank(query, audience, snapshot, max_hits)
        return _FoundHits(replace(asked, chosen=chosen), query, ranking, audience, snapshot)

    def _read_persons(self, found: _FoundHits) -> dict[int, int]:
        return self._archive.searching.read_persons([hit.comment.id for hit in found.ranking.hits])

    def _rank(self, query: Query, audience: Audience, snapshot: Searched, max_hits: int) -> _Ranking:
        if not audience.coverage.comments or audience.hit_channel_ids == ():
            return _Ranking()
        terms = read_terms(query.topic, self._find_known(audience, snapshot).languages)
        if terms.terms:
            return self._rank_by_topic(query, terms, audience, snapshot, max_hits)
        return self._list_by_time(query, audience, max_hits)

    def _list_by_time(self, query: Query, audience: Audience, max_hits: int) -> _Ranking:
        """Give everything that a question without a topic is narrowed to: "what did Jon say in 2011?"."""
        if not _is_filtered(query):
            return _Ranking()
        narrowing = self._archive.searching.find_narrowing(query)
        named = self._archive.searching.find_channel_ids(query)
        within = audience.channel_ids if audience.hit_channel_ids is None else audience.hit_channel_ids
        channels = [channel for channel in within if channel in named]
        oldest_first = query.order is TimeOrder.OLDEST
        ids = self._archive.searching.find_by_time(channels, narrowing, max_hits, oldest_first=oldest_first)
        comments = self._archive.read_comments(ids, channels)
        beside = self._archive.discussions.find_ids(query.beside)
        listed = [comments[number] for number in ids if number in comments]
        hits = [Ranked(comment, 0.0) for comment in listed if comment.discussion_id not in beside]
        return _Ranking(hits, is_cut=len(ids) == max_hits)

    def _rank_by_topic(
        self, query: Query, terms: Terms, audience: Audience, snapshot: Searched, max_hits: int
    ) -> _Ranking:
        found = self._find(query, terms, audience, snapshot)
        return self._rank_found(found, query, terms, audience, max_hits)

    @in_stage(Stage.RANK)
    def _rank_found(self, found: Found, query: Query, terms: Terms, audience: Audience, max_hits: int) -> _Ranking:
        snapshot = found.snapshot
        evidence, scores = found.evidence, fuse(found.evidence)
        considered = evidence.within if _is_narrowed(query, audience) else np.ones(len(scores), np.bool_)
        is_relevant = find_relevant(
            evidence,
            snapshot.encoder.related_similarity,
            considered=considered,
            is_strict=query.order in (TimeOrder.OLDEST, TimeOrder.NEWEST),
        )
        best_first = find_best(scores, len(scores))
        relevant = best_first[is_relevant[best_first]]
        chosen = relevant[:max_hits] if len(relevant) else best_first[considered[best_first]][:_NEAREST_HITS]
        ids = snapshot.places.ids[evidence.places[chosen]].tolist()
        # Another process may have hidden a comment since the lists were made: what is read now decides.
        comments = self._archive.read_comments(ids, audience.channel_ids)
        ranked = [
            Ranked(comments[number], score)
            for number, score in zip(ids, scores[chosen].tolist(), strict=True)
            if number in comments
        ]
        numbers = dict(zip(ids, chosen.tolist(), strict=True))
        if not len(relevant):
            return _Ranking((), ranked, found.rarities, terms.forms, evidence, numbers)
        arranged = arrange(ranked, query.order, is_of_authors=bool(query.authors))
        return _Ranking(arranged, (), found.rarities, terms.forms, evidence, numbers, is_cut=len(relevant) >= max_hits)

    def _find(self, query: Query, terms: Terms, audience: Audience, snapshot: Searched) -> Found:
        places = snapshot.places
        return find_candidates(
            self._archive.searching,
            snapshot,
            terms,
            query.topic,
            audience.mask(places),
            self._find_within(query, audience, snapshot) if _is_narrowed(query, audience) else None,
            # What else there is tells nothing of what is new, and this is asked again and again.
            is_within_only=query.new is not None,
        )

    def _find_within(self, query: Query, audience: Audience, snapshot: Searched) -> Mask:
        """Give which places hits may be at, by what a question is narrowed to and whom it is for."""
        places = snapshot.places
        within = places.find_between(query.after, query.before)
        if query.languages:
            within &= places.find_in_languages(query.languages)
        narrowing = self._archive.searching.find_narrowing(
            replace(query, after=None, before=None, languages=(), new=None)
        )
        if narrowing:
            within &= np.isin(places.ids, self._archive.searching.find_comment_ids(narrowing))
        if query.sources or query.channels:
            within &= np.isin(places.channels, list(self._archive.searching.find_channel_ids(query)))
        if query.new:
            within &= (places.ids > query.new[0]) & (places.ids <= query.new[1])
        if audience.hit_channel_ids is not None:
            within &= np.isin(places.channels, audience.hit_channel_ids)
        if query.beside:
            beside = list(self._archive.discussions.find_ids(query.beside))
            within &= ~np.isin(places.rows[:, PlaceColumn.DISCUSSION], beside)
        return within

    def _build_nothing(self, found: _FoundHits) -> Answer:
        """Say that there is nothing, whether indexing has reached it yet, and what is nearest."""
        answer = found.answer(Outcome.NOTHING_INDEXED)
        pending = self._archive.searching.count_pending(found.audience.channel_ids)
        coverage = replace(answer.coverage, pending=pending)
        if coverage.comments <= pending:
            return replace(answer, coverage=coverage)
        nearest = self._build_hits(found.ranking, found.ranking.nearest, 0, _NEAREST_HITS, found.snapshot)
        return replace(answer, outcome=Outcome.NOTHING_RELEVANT, coverage=coverage, nearest=nearest)

    @in_stage(Stage.EXCERPTS)
    def _build_hits(
        self, ranking: _Ranking, ranked: Sequence[Ranked], offset: int, limit: int, snapshot: Searched
    ) -> tuple[Hit, ...]:
        """Build a page of hits, each with its excerpt. Ranks count from 1 over all."""
        page = ranked[offset : offset + limit]
        # Where the best passage lay in a text tells nothing of the text that came in its place. Asked after the texts
        # were read: whatever was written before that is pending here, or has other passages.
        current = self._archive.searching.find_spans([hit.comment.id for hit in page])
        floor = snapshot.encoder.related_similarity
        return tuple(_build_hit(ranking, hit, rank, floor, current) for rank, hit in enumerate(page, start=offset + 1))


def _build_hit(
    ranking: _Ranking, hit: Ranked, rank: int, related_similarity: float, current: Container[tuple[int, int, int]]
) -> Hit:
    comment = hit.comment
    weights = weigh_forms(ranking.rarities, ranking.forms, comment.language)
    start, end, reasons = 0, 0, None
    if ranking.evidence:
        number = ranking.numbers[comment.id]
        reasons = find_reasons(ranking.evidence, number, related_similarity, comment, weights)
        start, end = ranking.evidence.spans[number].tolist()
        if (comment.id, start, end) not in current:
            start, end = 0, 0
    excerpt = build_excerpt(comment.text, weights, start, end or None, comment.language)
    return Hit(rank, round(hit.score, 6), comment, excerpt, hit.also, reasons)


def _is_narrowed(query: Query, audience: Audience) -> bool:
    is_choosy = bool(query.beside) or query.new is not None or audience.hit_channel_ids is not None
    return is_choosy or _is_filtered(query)


def _is_filtered(query: Query) -> bool:
    return any(kind is not Filter.TOPIC for kind in query.filters)
