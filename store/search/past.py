"""The best past discussion about a question, and how far it is about it."""

from dataclasses import replace

import numpy as np

from store.db.readers import PlaceColumn
from store.domain.asked import Asked
from store.domain.query import Query
from store.domain.suggestion import Past
from store.domain.viewer import Viewer
from store.search.relevance import measure_relevance
from store.search.searcher import Searcher


def find_past(searcher: Searcher, question: str, viewer: Viewer, beside: tuple[str, ...]) -> Past | None:
    """Find the discussion of the best hit; None where there is no hit.

    Args:
        searcher: Where to look.
        question: As it was written.
        viewer: Everyone who will see it.
        beside: What the discussion that the question itself belongs to, or its comments, would be known by.
    """
    answer = searcher.search(Asked(question, chosen=Query("", beside=beside)), viewer)
    if not answer.hits:
        return None
    discussion_id = answer.hits[0].comment.discussion_id
    hits = tuple(hit for hit in answer.hits if hit.comment.discussion_id == discussion_id)
    found = searcher.find(answer.query, viewer)
    snapshot, evidence = found.snapshot, found.evidence
    relevance = measure_relevance(evidence, snapshot.encoder.related_similarity)
    is_hit = np.isin(snapshot.places.ids[evidence.places], [hit.comment.id for hit in hits])
    comments = int((snapshot.places.rows[:, PlaceColumn.DISCUSSION] == discussion_id).sum())
    only = replace(answer, hits=hits, total=len(hits))
    return Past(only, float(relevance[is_hit].max(initial=0.0)), comments)
