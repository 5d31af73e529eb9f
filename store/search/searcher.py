"""The search: candidates by words and by meaning, fused, kept if relevant, grouped, quoted."""

import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from embeddings.encoder import Encoder
from store.archive import Archive
from store.db.dialect import Narrowing
from store.db.readers import ChannelHoldings
from store.domain.answer import Answer, Hit, Outcome
from store.domain.comment import ArchivedComment
from store.domain.query import Filter, Query, TimeOrder
from store.domain.viewer import Viewer
from store.query.known import Known
from store.query.understand import understand
from store.search.audience import Audience, find_audience
from store.search.dense import DenseIndex, MeaningMatch
from store.search.discussion import arrange
from store.search.fusion import fuse
from store.search.lexical import WordShare, find_by_words, weigh_words
from store.search.ranking import ENOUGH_WORDS, MAX_HITS, MEANING_WEIGHT, NEARLY_ALL_WORDS, WORDS_WEIGHT
from store.text.excerpts import build_excerpt
from store.text.words import content_words

PAGE_HITS = 5
# How many audiences' names are kept; there are as many as channels that ask.
_KNOWN_KEPT = 32


@dataclass(frozen=True, slots=True)
class _Ranking:
    """All relevant comments, best first, with what showed that they are."""

    comments: list[tuple[ArchivedComment, float]]
    weights: Mapping[str, float]
    meanings: Mapping[int, MeaningMatch]


class Searcher:
    """Answers questions from an archive. Safe from many threads; follows what other processes write."""

    def __init__(self, archive: Archive, encoder: Encoder) -> None:
        self._archive = archive
        self._encoder = encoder
        self._dense = DenseIndex(archive, encoder.id)
        self._lock = threading.Lock()
        self._generation = -1
        self._channels: list[ChannelHoldings] = []
        self._known: dict[tuple[int, tuple[int, ...]], Known] = {}

    def search(
        self,
        question: str,
        viewer: Viewer,
        *,
        limit: int = PAGE_HITS,
        offset: int = 0,
        without: Collection[Filter] = (),
    ) -> Answer:
        """Answer a question with what this viewer may see.

        Args:
            question: As it was typed.
            viewer: Everyone who will see the answer.
            limit: Hits on a page.
            offset: Hits on the pages before.
            without: What to take away from the question as it is understood.
        """
        audience = find_audience(viewer, self._follow())
        query = understand(question, self._find_known(audience)).without(without)
        coverage = audience.coverage
        ranking = self._rank(query, audience) if coverage.comments else _Ranking([], {}, {})
        if not ranking.comments and (query.after or query.before):
            # A date may be that of what is talked about ("the conference in March 2014"): look at all times then.
            query = replace(query, after=None, before=None)
            ranking = self._rank(query, audience)
        if not ranking.comments:
            pending = self._archive.count_pending(audience.channel_ids)
            coverage = replace(coverage, pending=pending)
            is_indexed = coverage.comments > pending
            outcome = Outcome.NOTHING_RELEVANT if is_indexed else Outcome.NOTHING_INDEXED
            return Answer(question, query, outcome, (), 0, offset, coverage)
        hits = tuple(
            _build_hit(rank, comment, score, ranking)
            for rank, (comment, score) in enumerate(ranking.comments, start=1)
            if offset < rank <= offset + limit
        )
        return Answer(question, query, Outcome.ANSWERED, hits, len(ranking.comments), offset, coverage)

    def warm_up(self) -> None:
        """Load the index and run the encoder once, so that the first question is not slower than the next."""
        self._follow()
        self._encoder.encode_question("warm up")

    def _follow(self) -> list[ChannelHoldings]:
        """Bring what is in memory up to date if anything was written since."""
        generation = self._archive.read_generation()
        if generation != self._generation:
            with self._lock:
                # Others may have waited here for the one who did the work.
                if generation > self._generation:
                    self._dense.follow()
                    self._channels = self._archive.read_channels()
                    self._generation = generation
        return self._channels

    def _find_known(self, audience: Audience) -> Known:
        """Give the names that a question from this audience can name: of what they may see, and no others."""
        key = (self._generation, audience.channel_ids)
        known = self._known.get(key)
        if known is None:
            known = Known(*self._archive.read_names(audience.channel_ids))
            if len(self._known) >= _KNOWN_KEPT:
                self._known = {}
            self._known[key] = known
        return known

    def _rank(self, query: Query, audience: Audience) -> _Ranking:
        if query.sources or query.channels:
            audience = audience.narrowed(self._archive.find_channel_ids(query))
        narrowing = self._archive.find_narrowing(query)
        words = content_words(query.topic)
        if words:
            return self._rank_by_topic(query, words, audience, narrowing)
        if narrowing is None and not query.sources and not query.channels:
            return _Ranking([], {}, {})
        # "What did Jon say in 2011?": everything of that, by time.
        oldest_first = query.order is TimeOrder.OLDEST
        ids = self._archive.find_by_time(audience.channel_ids, narrowing, MAX_HITS, oldest_first=oldest_first)
        comments = self._archive.read_comments(ids, audience.channel_ids)
        return _Ranking([(comments[number], 0.0) for number in ids if number in comments], {}, {})

    def _rank_by_topic(
        self, query: Query, words: list[str], audience: Audience, narrowing: Narrowing | None
    ) -> _Ranking:
        vector = self._encoder.encode_question(query.topic)
        only = self._archive.find_comment_ids(audience.filter_ids, narrowing) if narrowing else None
        by_words = find_by_words(self._archive, words, audience, narrowing)
        by_meaning = self._dense.find_by_meaning(vector, audience, only)
        near = by_meaning | self._dense.measure(vector, sorted(by_words.keys() - by_meaning.keys()))
        fused = fuse(
            [
                (by_words, WORDS_WEIGHT),
                ({comment_id: match.similarity for comment_id, match in by_meaning.items()}, MEANING_WEIGHT),
            ]
        )
        weights = weigh_words(self._archive, query.topic, audience)
        relevant = list(islice(self._iterate_relevant(fused, WordShare(weights), near, audience), MAX_HITS))
        return _Ranking(arrange(relevant, query.order), weights, near)

    def _iterate_relevant(
        self,
        fused: Mapping[int, float],
        share: WordShare,
        meanings: Mapping[int, MeaningMatch],
        audience: Audience,
    ) -> Iterator[tuple[ArchivedComment, float]]:
        """Give the relevant comments, best first, reading no more of them than are asked for, nearly."""
        ids = list(fused)
        for start in range(0, len(ids), MAX_HITS):
            part = ids[start : start + MAX_HITS]
            # Another process may have hidden a comment since the lists were made: what is read now decides.
            comments = self._archive.read_comments(part, audience.channel_ids)
            for comment_id in part:
                comment = comments.get(comment_id)
                if comment and self._is_relevant(comment, share, meanings.get(comment_id)):
                    yield comment, fused[comment_id]

    def _is_relevant(self, comment: ArchivedComment, share: WordShare, meaning: MeaningMatch | None) -> bool:
        """Tell an answer from the best of nothing: near in meaning, or holding what was asked for."""
        similarity = meaning.similarity if meaning else self._encoder.unrelated_similarity
        if similarity >= self._encoder.related_similarity:
            return True
        enough = ENOUGH_WORDS if similarity >= self._encoder.unrelated_similarity else NEARLY_ALL_WORDS
        return share.measure(comment.text, comment.discussion_title, comment.author) >= enough


def _build_hit(rank: int, comment: ArchivedComment, score: float, ranking: _Ranking) -> Hit:
    meaning = ranking.meanings.get(comment.id)
    start, end = (meaning.start, meaning.end) if meaning else (0, None)
    return Hit(rank, round(score, 6), comment, build_excerpt(comment.text, ranking.weights, start, end))
