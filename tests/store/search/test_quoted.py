"""What a comment only quotes is somebody else's: it is found by it, below those who say it."""

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.search.lexical import find_words, read_terms
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed

ANYONE = Viewer.anyone()
# The same words, of which the first is said or quoted.
SAID = "The zeppelin landed.\nI saw it near the old mill."
QUOTES = {
    "a mark": "> The zeppelin landed.\nI saw it near the old mill.",
    "a bar": "| The zeppelin landed.\nI saw it near the old mill.",
    "below the answer": "I saw it near the old mill.\n\n> > The zeppelin landed.",
    "a mail's opening": "On Monday, Ann wrote:\n> The zeppelin landed.\n\nI saw it near the old mill.",
}


@pytest.mark.parametrize("is_indexed", [True, False])
@pytest.mark.parametrize("form", QUOTES)
def test_comment_that_only_quotes_a_word_stands_below_one_that_says_it(
    archive: Archive,
    encoder: HashingEncoder,
    form: str,
    is_indexed: bool,  # noqa: FBT001
):
    put = [
        make_comment("quotes", QUOTES[form], author="Bob", thread="a"),
        make_comment("says", SAID, author="Cem", thread="b"),
        make_comment("else", "A kettle.", author="Dora", thread="c"),
    ]
    if is_indexed:
        put_indexed(archive, encoder, *put)
    else:
        put_comments(archive, *put)
    assert native_ids(Searcher(archive, encoder).search(Asked("zeppelin"), ANYONE)) == ["says", "quotes"]


def test_word_that_is_only_quoted_is_found(archive: Archive, encoder: HashingEncoder):
    put_indexed(
        archive,
        encoder,
        make_comment("quotes", QUOTES["a mark"], thread="a"),
        make_comment("else", "A kettle.", thread="b"),
    )
    [hit] = Searcher(archive, encoder).search(Asked("zeppelin"), ANYONE).hits
    assert hit.comment.native_id == "quotes"


def test_comment_that_is_a_quotation_throughout_says_it(archive: Archive, encoder: HashingEncoder):
    put_indexed(
        archive,
        encoder,
        make_comment("quotation", "> The zeppelin landed.", author="Bob", thread="a"),
        make_comment("quotes", QUOTES["a mark"], author="Cem", thread="b"),
        make_comment("else", "A kettle.", thread="c"),
    )
    assert native_ids(Searcher(archive, encoder).search(Asked("zeppelin"), ANYONE)) == ["quotation", "quotes"]


def test_words_that_are_quoted_are_not_close_to_those_that_are_said(archive: Archive, encoder: HashingEncoder):
    put_comments(archive, make_comment("1", "> The zeppelin\nand the harbour."))
    places = Searcher(archive, encoder).live.snapshot.places
    found = find_words(archive.searching, places, read_terms("zeppelin harbour"), places.ids > 0)
    assert list(found.keys) == ["harbour"]
    # Both are held, though.
    assert found.share.tolist() == [1.0]
