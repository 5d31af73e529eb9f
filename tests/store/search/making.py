"""Makes what tests of the search put in, below the archive: places, evidence, ranked hits; and reads answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.hashing import HashingEncoder
from store.db.readers import NOWHERE, PlaceColumn
from store.domain.answer import Answer
from store.domain.comment import ArchivedComment, Comment
from store.search.display import Ranked
from store.search.fusion import Evidence
from store.search.index import Snapshot
from store.search.places import Places
from tests.store.factories import make_comment

# A comment's discussion, position and time.
Standing = tuple[int, int | None, int | None]

standings: st.SearchStrategy[list[Standing]] = st.lists(
    st.tuples(st.integers(1, 3), st.none() | st.integers(0, 3), st.none() | st.integers(-2, 3)), max_size=16
)


def make_rows(*comments: Standing, words: Sequence[int] | None = None) -> NDArray[np.int64]:
    """Make the rows of comments with ids from 1, each discussion in a channel of its own."""
    rows = [
        (number, 10 * discussion, discussion, *(NOWHERE if key is None else key for key in keys), length, 0)
        for number, ((discussion, *keys), length) in enumerate(
            zip(comments, words or [10] * len(comments), strict=True), start=1
        )
    ]
    return np.array(rows, np.int64).reshape(-1, len(PlaceColumn))


def make_places(*comments: Standing, words: Sequence[int] | None = None) -> Places:
    return Places.make(make_rows(*comments, words=words))


def make_evidence(count: int, **given: Any) -> Evidence:
    """Make evidence for so many candidates, of which nothing speaks for any but what is given."""
    floats = dict.fromkeys(
        ("words", "context", "meaning", "nearby", "opening", "closeness", "share"), np.zeros(count)
    ) | {"places": np.arange(count), "spans": np.zeros((count, 2), np.int64)}
    masks = dict.fromkeys(("opener", "named", "within"), np.zeros(count, np.bool_))
    return Evidence(**(floats | masks | {name: np.array(values) for name, values in given.items()}))


def make_hit(
    number: int,
    text: str | None = None,
    *,
    author: str = "Ann",
    discussion: int = 1,
    published: datetime | None = None,
    score: float | None = None,
    also: tuple[ArchivedComment, ...] = (),
) -> Ranked:
    """Make a hit; the lower its number, the better, by little, and no two say the same unless told to."""
    shown = f"comment {number}" if text is None else text
    comment = ArchivedComment(number, f"{number}", author, shown, "", published, "Blog", "", discussion, "", "")
    return Ranked(comment, -number / 100 if score is None else score, also)


def hit_ids(hits: Sequence[Ranked]) -> list[int]:
    return [hit.comment.id for hit in hits]


def make_turns(*texts: str, thread: str = "t1", authors: Sequence[str] = ("Ann",), **given: Any) -> list[Comment]:
    """Make the comments of one discussion, numbered and in order; their ids are the thread's and their number."""
    return [
        replace(
            make_comment(f"{thread}/{number}", text, thread=thread, author=authors[number % len(authors)], **given),
            position=number,
        )
        for number, text in enumerate(texts)
    ]


def shown_ids(answer: Answer) -> set[str]:
    """Give the ids of every comment that an answer shows in any way."""
    hits = answer.hits + answer.nearest
    return {comment.native_id for hit in hits for comment in (hit.comment, *hit.also)}


def assert_same(one: Snapshot, other: Snapshot) -> None:
    """Compare all that two snapshots hold but rows of what is not there any more."""
    assert one.version == other.version
    for name in ("rows", "is_ordered", "openings", "context_words"):
        np.testing.assert_array_equal(getattr(one.places, name), getattr(other.places, name), name)
    ids = np.arange(-1, 1 + max(one.places.ids.max(initial=0), other.places.ids.max(initial=0)))
    np.testing.assert_array_equal(one.places.find(ids), other.places.find(ids))
    held, expected = (_list_rows(snapshot) for snapshot in (one, other))
    assert held == expected


def _list_rows(snapshot: Snapshot) -> list[tuple[list[int], tuple[float, ...]]]:
    """Give the passage and vector of every row, comment by comment as `find_rows` finds them."""
    rows = snapshot.find_rows(snapshot.places.ids)
    assert sorted(rows.tolist()) == np.flatnonzero(snapshot.place_of_row >= 0).tolist()
    probes = np.random.default_rng(1).standard_normal((3, HashingEncoder().id.dim)).astype(np.float32)
    vectors = zip(*(snapshot.vectors.similarities(probe, rows).tolist() for probe in probes), strict=True)
    return list(zip(snapshot.passages[rows].tolist(), vectors, strict=True))
