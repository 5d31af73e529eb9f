"""What an admin hid is not there for anybody: not found, not named, not counted, and of no weight for what is found."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.comment import Comment
from store.domain.query import Filter
from store.domain.viewer import Viewer
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed

SHOWN = [
    make_comment("1", "A zeppelin over the harbour.", thread="open", position=1),
    make_comment("2", "The kettle and the zeppelin, again.", thread="open", position=2, author="Cleo"),
    make_comment("3", "A gull stole the kettle.", thread="other", channel="x"),
]
HIDDEN = [
    make_comment("h1", "A zeppelin, a zeppelin.", thread="hidden", author="Bea", position=1),
    make_comment("h2", "Le dirigeable est vraiment très grand, comme je vous le disais hier.", thread="hidden"),
    make_comment("h3", "The harbour has a zeppelin.", thread="hidden", channel="hr", visibility="people:U1"),
    make_comment("h4", "Elsewhere, a zeppelin.", thread="hidden", channel="attic", author="Dora"),
]
VIEWERS = [Viewer.anyone(), Viewer.member("U1", workspace=None), Viewer.operator()]
QUESTIONS = [
    "zeppelin",
    "zeppelin harbour kettle",
    "newest on zeppelin",
    "what did Bea say?",
    "what did Dora say about the zeppelin?",
    "what was said in #attic?",
    "what was said in French?",
    "what was said since 2001?",
    "nothing of that kind",
]


def hide(archive: Archive, native_id: str = "h1") -> int:
    """Hide the discussion of a comment; give what names that."""
    found = [one for one in archive.read_comments(range(1, 100)).values() if one.native_id == native_id]
    hidden = archive.hiding.hide(found[0].discussion_id, "U1")
    assert hidden is not None
    return hidden


def ask(searcher: Searcher, question: str, viewer: Viewer) -> tuple[object, ...]:
    """All that an answer tells, but for the archive's own numbers of discussions."""
    answer = searcher.search(Asked(question), viewer, limit=100)
    hits = [(one.rank, one.score, one.comment.text, one.excerpt, one.also) for one in (*answer.hits, *answer.nearest)]
    survey = searcher.survey(Asked(question), viewer)
    people = [replace(person, id=0) for person in survey.people]
    names = [searcher.suggest(kind, "", viewer, 99) for kind in (Filter.AUTHORS, Filter.SOURCES, Filter.CHANNELS)]
    told = answer.query, answer.outcome, hits, answer.total, answer.coverage, searcher.find_languages(viewer)
    return *told, people, survey.years, survey.total, names


@pytest.mark.parametrize("is_behind", [False, True])
@pytest.mark.parametrize("viewer", VIEWERS)
def test_hidden_discussion_is_as_if_it_were_not_there(
    make_archive: Callable[[], Archive], encoder: HashingEncoder, viewer: Viewer, *, is_behind: bool
):
    without, archive = make_archive(), make_archive()
    put_indexed(without, encoder, *SHOWN)
    put_indexed(archive, encoder, *SHOWN, *HIDDEN)
    searcher = Searcher(archive, encoder)
    searcher.live.follow()
    before = [ask(searcher, question, viewer) for question in QUESTIONS]
    searcher.live.is_followed = is_behind
    hide(archive)
    expected = [ask(Searcher(without, encoder), question, viewer) for question in QUESTIONS]
    assert [ask(searcher, question, viewer) for question in QUESTIONS] == expected
    assert all(one != other for one, other in zip(before[:-1], expected[:-1], strict=True))


def test_hidden_discussion_is_hidden_from_other_processes_at_once(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_indexed(archive, encoder, *SHOWN, *HIDDEN)
    searcher = Searcher(other_process, encoder)
    assert "h1" in native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone()))
    searcher.live.is_followed = True
    hidden = hide(archive)
    assert "h1" not in native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone()))
    archive.hiding.show(hidden)
    assert "h1" in native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone()))


def test_hidden_discussion_that_waits_to_be_indexed_does_not_count(archive: Archive, encoder: HashingEncoder):
    put_comments(archive, *HIDDEN)
    hide(archive)
    answer = Searcher(archive, encoder).search(Asked("zeppelin"), Viewer.operator())
    assert (answer.coverage.comments, answer.coverage.pending) == (0, 0)


def _edit(archive: Archive, encoder: HashingEncoder) -> None:
    put_indexed(archive, encoder, *(make_comment(one.native_id, "A new zeppelin.", thread="hidden") for one in HIDDEN))


def _add(archive: Archive, encoder: HashingEncoder) -> None:
    put_indexed(archive, encoder, make_comment("h9", "Another zeppelin.", thread="hidden", channel="new"))


def _bring_back(archive: Archive, encoder: HashingEncoder) -> None:
    source = archive.get_source("Harbour")
    archive.delete_comments(source, [one.native_id for one in HIDDEN])
    archive.purging.delete_empty(source)
    put_indexed(archive, encoder, make_comment("0", "A kettle in between.", thread="new"), *HIDDEN)


@pytest.mark.parametrize("refresh", [_edit, _add, _bring_back])
@pytest.mark.parametrize("is_behind", [False, True])
def test_hidden_discussion_stays_hidden_whatever_a_refresh_brings(
    archive: Archive,
    encoder: HashingEncoder,
    refresh: Callable[[Archive, HashingEncoder], None],
    *,
    is_behind: bool,
):
    put_indexed(archive, encoder, *SHOWN, *HIDDEN)
    searcher = Searcher(archive, encoder)
    searcher.live.follow()
    searcher.live.is_followed = is_behind
    hide(archive)
    refresh(archive, encoder)
    for question in QUESTIONS:
        assert not [
            one for one in native_ids(searcher.search(Asked(question), Viewer.operator(), limit=100)) if "h" in one
        ]


def test_shown_discussion_is_as_it_was_before_it_was_hidden(
    make_archive: Callable[[], Archive], encoder: HashingEncoder
):
    archive = make_archive()
    put_indexed(archive, encoder, *SHOWN, *HIDDEN)
    searcher = Searcher(archive, encoder)
    before = [ask(searcher, question, VIEWERS[1]) for question in QUESTIONS]
    hidden = hide(archive)
    assert [ask(searcher, question, VIEWERS[1]) for question in QUESTIONS] != before
    archive.hiding.show(hidden)
    assert [ask(searcher, question, VIEWERS[1]) for question in QUESTIONS] == before


def test_discussion_of_the_same_id_in_another_source_stays(archive: Archive, encoder: HashingEncoder):
    same = Comment("e1", HIDDEN[0].discussion, HIDDEN[0].author, "A zeppelin elsewhere.")
    put_indexed(archive, encoder, *HIDDEN)
    put_indexed(archive, encoder, same, source="Elsewhere")
    hide(archive)
    assert native_ids(Searcher(archive, encoder).search(Asked("zeppelin"), Viewer.operator())) == ["e1"]
