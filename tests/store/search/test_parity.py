"""On whatever database an archive stands: the same answers, to the last bit of every score."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.comment import Comment
from store.domain.viewer import Viewer
from store.refresh.indexing import index_pending
from store.search.searcher import Searcher
from tests.store.conftest import PostgresShelf, SqliteShelf
from tests.store.factories import make_comment, put_comments

pytestmark = pytest.mark.postgres

WORDS = [
    *("harbour", "kettle", "lamp", "zeppelin", "unconference", "sponsor", "wiki", "lunch", "badge", "C++"),
    *("größer", "später", "was", "is", "the", "and", "about", "a"),
]
AUTHORS = ("Ann", "Bo", "Zoë O’Brien", "ann harbour", "Çelik", "Émile", "Łukasz")
START = datetime(2009, 3, 1, tzinfo=UTC)
QUESTIONS = (
    "what was said about unconferences?",
    "what did Ann say about the kettle?",
    "sponsors before 2011",
    "Zoë on the harbour and the lamp",
    "the latest about wikis",
    "who wrote first",
    "c++",
    "größer",
    "the",
    "",
)


@pytest.fixture
def archives(
    sqlite_shelf: SqliteShelf, postgres_shelf: PostgresShelf, encoder: HashingEncoder
) -> Iterator[list[Archive]]:
    """One archive on each database: written in chunks, edited, partly deleted and merged."""
    made = [shelf.take() for shelf in (sqlite_shelf, postgres_shelf)]
    for archive in made:
        fill(archive, Random(8), encoder)
    yield made
    for shelf in (sqlite_shelf, postgres_shelf):
        shelf.take_back()


def fill(archive: Archive, chance: Random, encoder: HashingEncoder) -> None:
    for turn in range(4):
        comments = [make(chance, number) for number in chance.sample(range(700), 250)]
        source = put_comments(archive, *comments, source="Harbour" if turn % 2 else "kiosk")
        archive.delete_comments(source, [f"{number}" for number in chance.sample(range(700), 30)])
        index_pending(archive, lambda: encoder)
    ann, other = (next(iter(archive.find_authors(name))) for name in ("Ann", "ann harbour"))
    archive.merge_authors(ann, [other])


def make(chance: Random, number: int) -> Comment:
    said = " ".join(chance.choices(WORDS, k=chance.randrange(1, 40)))
    quoted = f"> {said[::2]}\n" if number % 7 == 0 else ""
    return make_comment(
        f"{number}",
        f"{quoted}{said.capitalize()}.",
        author=chance.choice(AUTHORS),
        title=chance.choice(WORDS),
        thread=f"t{number % 60}",
        published=None if number % 11 == 0 else START + timedelta(minutes=chance.randrange(10**6), microseconds=number),
    )


def test_answers_are_the_same_on_every_database(archives: list[Archive], encoder: HashingEncoder):
    ours, theirs = (Searcher(archive, encoder) for archive in archives)
    for question in QUESTIONS:
        one, other = (describe(searcher, question) for searcher in (ours, theirs))
        assert one == other, question
    assert len(describe(ours, QUESTIONS[0])["hits"]) >= 5


def describe(searcher: Searcher, question: str) -> dict[str, Any]:
    """Give an answer without the numbers that its archive gave."""
    answer = searcher.search(Asked(question), Viewer.anyone())
    hits = [(hit.score, replace(hit.comment, id=0, discussion_id=0), hit.excerpt, hit.reasons) for hit in answer.hits]
    return {"hits": hits, "total": answer.total, "query": answer.query, "coverage": answer.coverage}


def test_names_are_found_alike(archives: list[Archive]):
    for name in ("ann", "ZOË O'BRIEN", "zoe o’brien", "celik", "lukasz", "emile"):
        one, other = ([replace(author, id=0) for author in archive.find_authors(name)] for archive in archives)
        assert one == other
