"""Postings are read once for as long as nothing changed, and take no more memory than they may."""

from collections.abc import Sequence

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.dialect import Field, Postings
from store.repositories import postings_cache
from store.repositories.postings_cache import PostingsCache
from tests.store.factories import make_comment, put_indexed


@pytest.fixture(autouse=True)
def _few_are_common(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings_cache, "_COMMON", 5)


class Reading:
    """Gives postings, and notes of what."""

    def __init__(self, count: int = 10) -> None:
        self.read: list[str] = []
        self.count = count

    def __call__(self, terms: Sequence[str]) -> list[Postings]:
        self.read += terms
        return [self.make(term) for term in terms]

    def make(self, term: str) -> Postings:
        numbers = np.arange(self.count) + len(term)
        return Postings(numbers, numbers % 4, numbers + 2**20)


def list_all(found: Sequence[Postings]) -> list[list[list[int]]]:
    return [[one.comment_ids.tolist(), one.fields.tolist(), one.offsets.tolist()] for one in found]


def test_common_terms_are_read_once():
    cache, read = PostingsCache(), Reading()
    for terms in (["gull", "kettle"], ["kettle", "harbour"], ["harbour", "gull"]):
        assert list_all(cache.get(1, terms, read)) == list_all([read.make(term) for term in terms])
    assert read.read == ["gull", "kettle", "harbour"]


def test_rare_terms_are_read_each_time():
    cache, read = PostingsCache(), Reading(4)
    for _ in range(2):
        assert list_all(cache.get(1, ["gull"], read)) == list_all([read.make("gull")])
    assert read.read == ["gull", "gull"]


@pytest.mark.parametrize("version", [2, 0])
def test_nothing_of_another_generation_is_given(version: int):
    cache = PostingsCache()
    cache.get(1, ["gull"], Reading(10))
    assert len(cache.get(version, ["gull"], Reading(7))[0].comment_ids) == 7


def test_what_was_asked_for_last_is_kept(monkeypatch: pytest.MonkeyPatch):
    # Of ten postings each, in four bytes, one and four.
    monkeypatch.setattr(postings_cache, "MAX_BYTES", 200)
    cache, read = PostingsCache(), Reading(10)
    for term in ("gull", "kettle", "gull", "harbour"):
        cache.get(1, [term], read)
    cache.get(1, ["gull", "harbour"], read)
    assert read.read == ["gull", "kettle", "harbour"]
    cache.get(1, ["kettle"], read)
    assert read.read == ["gull", "kettle", "harbour", "kettle"]


def test_ids_beyond_what_fits_are_what_they_were():
    cache, large = PostingsCache(), np.arange(10) + 2**40
    for _ in range(2):
        (found,) = cache.get(1, ["gull"], lambda _: [Postings(large, large % 4, large % 7)])
        assert found.comment_ids.tolist() == large.tolist()


def test_archive_gives_postings_as_they_are_now(archive: Archive, other_process: Archive, encoder: HashingEncoder):
    source = put_indexed(archive, encoder, *(make_comment(f"{number}", "gull") for number in range(10)))

    def read() -> list[int]:
        (found,) = archive.searching.read_postings(["gull"])
        return sorted(found.comment_ids[found.fields == Field.TEXT].tolist())

    assert [read(), read()] == [list(range(1, 11))] * 2
    put_indexed(other_process, encoder, make_comment("new", "a gull"), make_comment("3", "no more"))
    assert read() == [*range(1, 4), *range(5, 12)]
    other_process.delete_comments(source, ["0"])
    assert read() == [*range(2, 4), *range(5, 12)]
