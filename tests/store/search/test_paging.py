from collections.abc import Callable

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Answer, Hit, group_by_discussion
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.search.ranking import MAX_HITS
from store.search.searcher import PAGE_HITS, Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed

ANYONE = Viewer.anyone()


@pytest.fixture
def zeppelins(archive: Archive, encoder: HashingEncoder) -> Archive:
    """Twenty comments about zeppelins in seven discussions, some of them equally good; and others."""
    put_indexed(
        archive,
        encoder,
        *(
            make_comment(f"{number:02}", f"Zeppelin {number} " + "and so on " * (number % 4), thread=f"t{number % 7}")
            for number in range(20)
        ),
        *(make_comment(f"x{number}", f"Of something else {number}.", thread=f"x{number}") for number in range(10)),
    )
    return archive


def read_pages(searcher: Searcher, size: int) -> list[Answer]:
    """Read page after page, as long as an answer says that there is another."""
    answers = [searcher.search(Asked("zeppelin"), ANYONE, limit=size)]
    while (offset := answers[-1].next_offset) is not None:
        answers.append(searcher.search(Asked("zeppelin", offset=offset), ANYONE, limit=size))
    return answers


@pytest.mark.parametrize("size", [1, 2, 3, 7, 19, 20, 21])
def test_pages_together_are_one_big_page(zeppelins: Archive, encoder: HashingEncoder, size: int):
    searcher = Searcher(zeppelins, encoder)
    whole = searcher.search(Asked("zeppelin"), ANYONE, limit=100)
    pages = read_pages(searcher, size)
    hits: tuple[Hit, ...] = sum((page.hits for page in pages), ())
    assert hits == whole.hits
    assert [hit.rank for hit in hits] == list(range(1, 21))
    assert {page.total for page in pages} == {20}
    assert [page.asked.offset for page in pages] == list(range(0, 20, size))


def test_first_page_has_the_usual_size(zeppelins: Archive, encoder: HashingEncoder):
    answer = Searcher(zeppelins, encoder).search(Asked("zeppelin"), ANYONE)
    assert (len(answer.hits), answer.next_offset) == (PAGE_HITS, PAGE_HITS)


@pytest.mark.parametrize("offset", [20, 21, 10_000])
def test_page_after_the_last_is_empty(zeppelins: Archive, encoder: HashingEncoder, offset: int):
    answer = Searcher(zeppelins, encoder).search(Asked("zeppelin", offset=offset), ANYONE)
    assert (answer.hits, answer.total, answer.next_offset) == ((), 20, None)


def test_answers_are_the_same_every_time(zeppelins: Archive, other_process: Archive, encoder: HashingEncoder):
    searcher = Searcher(zeppelins, encoder)
    first = searcher.search(Asked("zeppelin and so on"), ANYONE, limit=100)
    assert [searcher.search(Asked("zeppelin and so on"), ANYONE, limit=100) for _ in range(3)] == [first] * 3
    assert Searcher(other_process, HashingEncoder()).search(Asked("zeppelin and so on"), ANYONE, limit=100) == first


def test_answers_do_not_depend_on_the_order_of_import(make_archive: Callable[[], Archive], encoder: HashingEncoder):
    comments = [
        make_comment(f"{number}", "The zeppelin " + "and so on " * number, thread=f"t{number % 4}")
        for number in range(12)
    ]
    found = []
    for ordered in (comments, comments[::-1]):
        archive = make_archive()
        for comment in ordered:
            put_indexed(archive, encoder, comment)
        found.append(native_ids(Searcher(archive, encoder).search(Asked("zeppelin"), ANYONE, limit=100)))
    assert found[1] == found[0]
    assert len(found[0]) == 12


def test_equally_good_comments_come_in_the_order_of_the_archive(archive: Archive, encoder: HashingEncoder):
    # Not indexed: whose words they are is embedded with them.
    put_comments(archive, *(make_comment(f"{n}", "A zeppelin.", author=f"A{n}", thread=f"t{n}") for n in range(9)))
    answer = Searcher(archive, encoder).search(Asked("zeppelin"), ANYONE, limit=100)
    assert native_ids(answer) == [f"{number}" for number in range(9)]
    assert len({hit.score for hit in answer.hits}) == 1


def test_equal_comments_are_one_hit_with_all_places(archive: Archive, encoder: HashingEncoder):
    same = [make_comment(f"{n}", "A zeppelin.", thread=f"t{n}", url=f"https://blog.example/{n}") for n in range(9)]
    put_indexed(archive, encoder, *same, make_comment("else", "My zeppelin.", thread="else"))
    answer = Searcher(archive, encoder).search(Asked("zeppelin"), ANYONE, limit=100)
    places = [[comment.native_id for comment in (hit.comment, *hit.also)] for hit in answer.hits]
    assert sorted(places) == [[f"{number}" for number in range(9)], ["else"]]
    assert (answer.total, [hit.rank for hit in answer.hits]) == (2, [1, 2])


def test_first_page_has_hits_of_several_authors(archive: Archive, encoder: HashingEncoder):
    authors = ["Ann"] * 7 + ["Bob", "Cem", "Dora"]
    put_comments(
        archive,
        *(
            make_comment(f"{number}", f"Zeppelin {number} is here.", author=author, thread=f"t{number}")
            for number, author in enumerate(authors)
        ),
    )
    searcher = Searcher(archive, encoder)
    first = searcher.search(Asked("zeppelin"), ANYONE)
    assert [hit.comment.author for hit in first.hits] == ["Ann", "Ann", "Ann", "Bob", "Cem"]
    assert native_ids(searcher.search(Asked("zeppelin", offset=5), ANYONE)) == ["3", "4", "5", "6", "9"]
    of_one = searcher.search(Asked("zeppelin by Ann"), ANYONE)
    assert (native_ids(of_one), of_one.total) == (["0", "1", "2", "3", "4"], 7)


def test_hits_of_one_discussion_stand_together_on_a_page(zeppelins: Archive, encoder: HashingEncoder):
    for page in read_pages(Searcher(zeppelins, encoder), PAGE_HITS):
        groups = list(group_by_discussion(page.hits))
        assert len({group[0].comment.discussion_id for group in groups}) == len(groups)
        assert [hit for group in groups for hit in group] == list(page.hits)


def test_no_question_pages_without_end(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_comment(f"{n}", f"A zeppelin, {n}.", thread=f"t{n}") for n in range(150)))
    answer = Searcher(archive, encoder).search(Asked("zeppelin"), ANYONE, limit=1_000)
    assert (len(answer.hits), answer.total, answer.next_offset) == (MAX_HITS, MAX_HITS, None)
