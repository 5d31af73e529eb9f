import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.search.searcher import Searcher


@pytest.fixture
def searcher(archive: Archive, encoder: HashingEncoder) -> Searcher:
    return Searcher(archive, encoder)
