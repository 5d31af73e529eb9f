"""The rankers that are measured against each other, each over the whole of a judged set.

`harkback` is the search's own ranking of comments, before hits are folded, mixed and grouped for display. The others
are what the field does by default with the plain text: `lexical` is BM25, `dense` the cosine of vectors, `hybrid` their
reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from store.archive import Archive
from store.domain.comment import ANONYMOUS, ArchivedComment, AuthorAlias, Comment
from store.domain.query import TimeOrder
from store.domain.refresh import Progress
from store.domain.viewer import Viewer
from store.evaluation.vectors import RememberingEncoder
from store.refresh.indexing import index_pending
from store.refresh.plan import fingerprint
from store.search.display import Ranked, arrange
from store.search.fusion import Evidence, Weights, find_best, fuse
from store.search.index import SearchIndex
from store.search.lexical import Terms, find_words, read_forms
from store.search.places import Values
from store.search.ranking import CANDIDATES
from store.search.searched import Index
from store.search.searcher import Searcher
from store.text.words import index_terms, question_terms

# The constant of reciprocal rank fusion, as its authors set it.
_RRF_K = 60
_CHUNK_COMMENTS = 1_000
_VIEWER = Viewer.operator()
_SOURCE = "judged set"

OnProgress = Callable[[Progress], None]


class MeasuredArchive:
    """Comments of a judged set in an archive that is thrown away, with what the rankers ask of it."""

    def __init__(
        self,
        archive: Archive,
        encoder: RememberingEncoder,
        comments: Sequence[Comment],
        make_index: Callable[[Archive, Encoder], Index] = SearchIndex,
    ) -> None:
        self._archive = archive
        self._encoder = encoder
        self._searcher = Searcher(archive, encoder, make_index=make_index)
        self._snapshot = self._searcher.live.snapshot
        known = archive.find_ids(archive.get_source(_SOURCE), [comment.native_id for comment in comments])
        names = {number: name for name, number in known.items()}
        self._names = np.array([names[number] for number in self._snapshot.places.ids.tolist()], np.object_)
        self._by_name = {comment.native_id: comment for comment in _read_all(archive, list(names))}

    @classmethod
    @contextmanager
    def open(
        cls, comments: Sequence[Comment], encoder: RememberingEncoder, folder: Path, on_progress: OnProgress
    ) -> Iterator[Self]:
        """Put comments in an archive in a folder, and index them."""
        archive = Archive.open(f"sqlite:///{folder}/archive.db")
        try:
            put_all(archive, comments)
            index_pending(archive, lambda: encoder, on_progress)
            yield cls(archive, encoder, comments)
        finally:
            archive.close()

    def prepare(self, texts: Sequence[str]) -> None:
        """Encode many queries at once, so that ranking finds their vectors made."""
        self._encoder.encode_questions([*texts, *(self._searcher.understand(text, _VIEWER).topic for text in texts)])

    def find(self, text: str) -> Evidence:
        """Give the candidates for a query, as a question to the search, with their evidence."""
        return self._searcher.find(self._searcher.understand(text, _VIEWER), _VIEWER).evidence

    def name(self, evidence: Evidence) -> list[str]:
        """Give the candidates by the set's ids, in their own order."""
        return list(self._names[evidence.places])

    def rank(self, evidence: Evidence, weights: Weights = Weights()) -> list[str]:  # noqa: B008  # frozen
        """Rank candidates as the search does."""
        scores = fuse(evidence, weights)
        return list(self._names[evidence.places[find_best(scores, len(scores))]])

    def rank_by_ranks(self, evidence: Evidence) -> list[str]:
        """Rank candidates by the same evidence of words and meaning, but by ranks in place of scores."""
        kinds = (evidence.words, evidence.context, evidence.meaning, evidence.nearby)
        names = self._names[evidence.places]
        return fuse_ranks([list(names[find_best(scores, len(scores))]) for scores in kinds])

    def read(self, names: Sequence[str], evidence: Evidence) -> list[Ranked]:
        """Give candidates by the set's ids, in the order given, with their scores."""
        scores = dict(zip(self._names[evidence.places], fuse(evidence).tolist(), strict=True))
        return [Ranked(self._by_name[name], scores[name]) for name in names]

    def arrange(self, ranked: Sequence[Ranked], text: str) -> list[Ranked]:
        """Fold, mix and group hits as the answer to a query shows them; but by relevance, whatever it says of time."""
        query = self._searcher.understand(text, _VIEWER)
        return arrange(ranked, TimeOrder.RELEVANCE, is_of_authors=bool(query.authors))

    def rank_by_words(self, text: str) -> list[str]:
        """Rank by BM25 alone, every term of the query as often as it stands there."""
        terms, counts = question_terms(text), Counter(index_terms(text))
        forms = read_forms(text, self._searcher.find_languages(_VIEWER))
        counted = Terms(tuple(terms), tuple(float(counts[term]) for term in terms), (False,) * len(terms), forms)
        places = self._snapshot.places
        scores = find_words(self._archive.searching, places, counted, np.ones(len(places), np.bool_)).own
        return self._name_best(scores, scores > 0)

    def rank_by_meaning(self, text: str) -> list[str]:
        """Rank by cosine alone."""
        vector = self._encoder.encode_question(text)
        places = self._snapshot.places
        chosen = self._snapshot.find_nearest(vector, CANDIDATES, np.ones(len(places), np.bool_))
        nearest = self._snapshot.measure(vector, chosen)
        scores = np.full(len(places), -1.0)
        scores[nearest.places] = nearest.similarities
        return self._name_best(scores, scores > -1.0)

    def _name_best(self, scores: Values, chosen: NDArray[np.bool_]) -> list[str]:
        places = np.flatnonzero(chosen)
        return list(self._names[places[find_best(scores[places], CANDIDATES)]])


def put_all(archive: Archive, comments: Sequence[Comment]) -> None:
    """Put the comments of a judged set in an archive."""
    source = archive.put_source(_SOURCE, "judged set", "nowhere", None)
    for start in range(0, len(comments), _CHUNK_COMMENTS):
        part = comments[start : start + _CHUNK_COMMENTS]
        archive.put_comments(source, [(comment, fingerprint(comment)) for comment in part])


def _read_all(archive: Archive, ids: Sequence[int]) -> Iterator[ArchivedComment]:
    for start in range(0, len(ids), _CHUNK_COMMENTS):
        yield from archive.read_comments(ids[start : start + _CHUNK_COMMENTS]).values()


def strip(comment: Comment) -> Comment:
    """Leave of a comment what the field looks at, its text, and where it stands."""
    return replace(comment, author=AuthorAlias(ANONYMOUS), discussion=replace(comment.discussion, title=""))


def fuse_ranks(rankings: Sequence[Sequence[str]]) -> list[str]:
    """Fuse rankings: each gives 1 / (60 + rank) to what it holds. Of equal ones, what the first has higher."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            scores[name] = scores.get(name, 0.0) + 1 / (_RRF_K + rank)
    return sorted(scores, key=lambda name: -scores[name])
