from datetime import timedelta

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Answer, Coverage, Outcome
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.search.searcher import Searcher
from tests.store.factories import NOON, make_comment, native_ids, put_comments, put_indexed

ANYONE = Viewer.anyone()


def ask(searcher: Searcher, question: str = "zeppelin harbour", viewer: Viewer = ANYONE) -> Answer:
    return searcher.search(Asked(question), viewer)


def test_empty_archive_has_nothing_indexed(searcher: Searcher):
    answer = ask(searcher)
    assert (answer.outcome, answer.hits, answer.total, answer.next_offset) == (Outcome.NOTHING_INDEXED, (), 0, None)
    assert answer.coverage == Coverage(0, 0, None)
    assert answer.asked.question == "zeppelin harbour"


def test_archive_of_pending_comments_has_nothing_indexed(archive: Archive, searcher: Searcher):
    put_comments(archive, make_comment("1", "A kettle."), make_comment("2", "A lamp."))
    answer = ask(searcher)
    assert answer.outcome == Outcome.NOTHING_INDEXED
    assert answer.coverage == Coverage(2, 1, NOON, pending=2)


def test_pending_comments_are_found_by_their_words(archive: Archive, searcher: Searcher):
    put_comments(archive, make_comment("1", "The zeppelin in the harbour."), make_comment("2", "A lamp."))
    answer = ask(searcher)
    assert (answer.outcome, native_ids(answer)) == (Outcome.ANSWERED, ["1"])


def test_archive_that_holds_other_things_has_nothing_relevant(
    archive: Archive, searcher: Searcher, encoder: HashingEncoder
):
    put_indexed(archive, encoder, make_comment("1", "A kettle."), make_comment("2", "A lamp."))
    answer = ask(searcher)
    assert (answer.outcome, answer.hits) == (Outcome.NOTHING_RELEVANT, ())
    assert answer.coverage == Coverage(2, 1, NOON)


def test_archive_indexed_in_part_says_how_many_wait(archive: Archive, searcher: Searcher, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_comment("1", "A kettle."))
    put_comments(archive, make_comment("2", "A lamp."), make_comment("3", "A gull.", visibility="nobody"))
    answer = ask(searcher)
    assert answer.outcome == Outcome.NOTHING_RELEVANT
    # The third is none of this viewer's business, waiting or not.
    assert answer.coverage == Coverage(2, 1, NOON, pending=1)


def test_archive_of_which_all_was_deleted_has_nothing_indexed(
    archive: Archive, searcher: Searcher, encoder: HashingEncoder
):
    source = put_indexed(archive, encoder, make_comment("1", "The zeppelin harbour."))
    assert ask(searcher).outcome == Outcome.ANSWERED
    archive.delete_comments(source, ["1"])
    answer = ask(searcher)
    assert (answer.outcome, answer.coverage) == (Outcome.NOTHING_INDEXED, Coverage(0, 0, None))


def test_answer_quotes_author_date_link_and_place(archive: Archive, searcher: Searcher, encoder: HashingEncoder):
    put_indexed(
        archive,
        encoder,
        make_comment("0", "A kettle.", thread="other", published=NOON + timedelta(days=3)),
        make_comment(
            "1",
            "We met at noon. The zeppelin lay in the harbour! Nobody spoke.",
            author="Zoë",
            title="Airships",
            thread_url="https://blog.example/airships",
            url="https://blog.example/airships#c1",
        ),
    )
    answer = ask(searcher, "what was said about the zeppelin and the harbour?")
    assert answer.outcome == Outcome.ANSWERED
    [hit] = answer.hits
    assert (hit.rank, hit.comment) == (1, archive.read_comments([2])[2])
    assert hit.comment.author == "Zoë"
    assert hit.excerpt.text in hit.comment.text
    marked = [hit.excerpt.text[start:end] for start, end in hit.excerpt.highlights]
    assert marked == ["zeppelin", "harbour"]
    assert answer.coverage == Coverage(2, 1, NOON + timedelta(days=3))


def test_comment_near_in_meaning_alone_is_found(archive: Archive, searcher: Searcher, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_comment("1", "zeppelin harbour"), make_comment("2", "A kettle."))
    with archive.database.writing() as connection:
        archive.database.dialect.delete_words(connection, [1])
    assert native_ids(ask(searcher)) == ["1"]


@pytest.mark.parametrize("asked", ["zeppelin", "harbour", "Ann", "airships"])
def test_comment_is_found_by_text_author_and_title(
    archive: Archive, searcher: Searcher, encoder: HashingEncoder, asked: str
):
    put_indexed(
        archive,
        encoder,
        make_comment("1", "The zeppelin lay in the harbour.", author="Ann", title="Airships"),
        make_comment("2", "A kettle.", author="Bob", thread="t2"),
    )
    assert native_ids(ask(searcher, asked)) == ["1"]


def test_warm_up_lets_the_first_question_find(archive: Archive, encoder: HashingEncoder):
    searcher = Searcher(archive, encoder)
    searcher.live.warm_up()
    put_indexed(archive, encoder, make_comment("1", "The zeppelin harbour."))
    searcher.live.warm_up()
    assert native_ids(ask(searcher)) == ["1"]
