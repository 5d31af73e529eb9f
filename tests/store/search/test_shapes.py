"""Archives of every shape that real ones have: each question has an answer, or an honest nothing."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.comment import ANONYMOUS, Comment
from store.domain.query import TimeOrder
from store.domain.viewer import Viewer
from store.search.ranking import MAX_HITS
from store.search.searcher import Searcher
from tests.store.factories import NOON, make_comment, native_ids, put_comments, put_indexed
from tests.store.search.making import shown_ids

ANYONE = Viewer.anyone()
SUBJECTS = ("zeppelin", "kettle", "harbour", "gull", "lantern")
# Ten sentences on each subject in turn; the number tells them apart.
COUNT = 50


def say(number: int) -> str:
    return f"The {SUBJECTS[number % len(SUBJECTS)]} of number{number} was seen today."


def make_each(make: Callable[[int], Comment], count: int = COUNT) -> list[Comment]:
    return [make(number) for number in range(count)]


SHAPES: dict[str, list[Comment]] = {
    "no authors": make_each(lambda n: make_comment(f"{n}", say(n), author=ANONYMOUS, thread=f"t{n % 7}")),
    "nameless authors": make_each(lambda n: make_comment(f"{n}", say(n), author="", thread=f"t{n % 7}")),
    "no dates": make_each(lambda n: make_comment(f"{n}", say(n), thread=f"t{n % 7}", published=None)),
    "some dates": make_each(
        lambda n: make_comment(
            f"{n}", say(n), thread=f"t{n % 7}", published=NOON + timedelta(days=n) if n % 2 else None
        )
    ),
    "no threads": make_each(lambda n: make_comment(f"{n}", say(n), thread=f"t{n}")),
    "one discussion": make_each(
        lambda n: make_comment(f"{n}", say(n), title="All", published=NOON + timedelta(minutes=n))
    ),
    "positions without dates": make_each(
        lambda n: replace(make_comment(f"{n}", say(n), thread=f"t{n % 2}", published=None), position=n)
    ),
    "all in one minute": make_each(
        lambda n: make_comment(f"{n}", say(n), thread=f"t{n % 7}", published=NOON + timedelta(seconds=n % 60))
    ),
    "all in one moment": make_each(lambda n: make_comment(f"{n}", say(n))),
    "before there were computers": make_each(
        lambda n: make_comment(f"{n}", say(n), published=NOON - timedelta(days=365 * (100 + n)))
    ),
    "titles alone": make_each(lambda n: make_comment(f"{n}", f"Yes, {n}.", title=say(n), thread=f"t{n}")),
    "long comments": make_each(lambda n: make_comment(f"{n}", say(n) + " And so on, and on." * 200, thread=f"t{n}")),
}
QUESTIONS = (
    "what was said about the zeppelin?",
    "latest comments on the zeppelin",
    "when did we first talk about the zeppelin?",
    "recently about the zeppelin",
    "zeppelin since 2012",
    "zeppelin before 2013",
)
BY_TIME = (TimeOrder.OLDEST, TimeOrder.NEWEST)


def ask(archive: Archive, encoder: HashingEncoder, comments: Iterable[Comment]) -> Searcher:
    put_indexed(archive, encoder, *comments)
    return Searcher(archive, encoder)


@pytest.mark.parametrize("shape", SHAPES)
def test_archive_of_any_shape_is_searched(archive: Archive, encoder: HashingEncoder, shape: str):
    searcher = ask(archive, encoder, SHAPES[shape])
    about = {f"{number}" for number in range(0, COUNT, len(SUBJECTS))}
    for question in QUESTIONS:
        answer = searcher.search(Asked(question), ANYONE, limit=100)
        # In a discussion with an order, what stands near an answer may be shown after it, unless each must answer.
        has_near = searcher.live.snapshot.places.is_ordered.any() and answer.query.order not in BY_TIME
        assert (answer.outcome, native_ids(answer)[0] in about) == (Outcome.ANSWERED, True)
        dated = {comment.native_id for comment in SHAPES[shape] if comment.published}
        expected = about & dated if answer.query.after or answer.query.before else about
        assert expected <= set(native_ids(answer)) if has_near else expected == set(native_ids(answer))
    nothing = searcher.search(Asked("submarine"), ANYONE)
    assert (nothing.outcome, nothing.hits, nothing.total) == (Outcome.NOTHING_RELEVANT, (), 0)
    assert len(nothing.nearest) == 3


def test_one_giant_discussion_is_searched(archive: Archive, encoder: HashingEncoder):
    needle = 2_345
    turns = make_each(
        lambda n: make_comment(
            f"{n}",
            "Here the periscope is explained." if n == needle else say(n),
            author=f"A{n % 9}",
            title="Everything",
            published=NOON + timedelta(minutes=n),
        ),
        3_000,
    )
    put_comments(archive, *turns)
    searcher = Searcher(archive, encoder)
    assert native_ids(searcher.search(Asked("who explained the periscope?"), ANYONE)) == [f"{needle}"]
    many = searcher.search(Asked("zeppelin"), ANYONE, limit=1_000)
    assert (len(many.hits), many.coverage.comments) == (MAX_HITS, 3_000)
    # Nothing is indexed: what is near by meaning alone is not known.
    assert {hit.comment.text.split()[1] for hit in many.hits} == {"zeppelin"}


def test_archive_of_many_authors_is_searched(archive: Archive, encoder: HashingEncoder):
    many = make_each(lambda n: make_comment(f"{n}", say(n), author=f"Writer{n} Quill{n}", thread=f"t{n % 90}"), 2_000)
    put_comments(archive, *many)
    searcher = Searcher(archive, encoder)
    by_one = searcher.search(Asked("what did Writer1234 Quill1234 say?"), ANYONE)
    assert (by_one.query.authors, native_ids(by_one)) == (("Writer1234 Quill1234",), ["1234"])
    by_topic = searcher.search(Asked("zeppelin"), ANYONE)
    assert len({hit.comment.author for hit in by_topic.hits}) == 5


def test_archive_of_one_comment_is_searched(archive: Archive, encoder: HashingEncoder):
    searcher = ask(archive, encoder, [make_comment("1", "The zeppelin lay in the harbour.")])
    assert native_ids(searcher.search(Asked("zeppelin harbour"), ANYONE)) == ["1"]
    assert native_ids(searcher.search(Asked("what did Ann say?"), ANYONE)) == ["1"]
    nothing = searcher.search(Asked("submarine"), ANYONE)
    assert (nothing.outcome, nothing.hits, shown_ids(nothing)) == (Outcome.NOTHING_RELEVANT, (), {"1"})


@pytest.mark.parametrize(
    "texts",
    [
        ["🦊", "🐻🐻", "👩‍👩‍👧‍👦", "🏳️‍🌈 🦊"],
        ["It is.", "Is it?", "So do I, and so it was with me.", "The"],
        ["…", "?!", "---", "(:"],
        ["", " ", "\n", "\t"],
        ["\x00", "\x1b[31m", "\u202e", "\ufeff"],
    ],
)
@pytest.mark.parametrize("has_order", [False, True])
def test_comments_without_subject_are_found_by_nothing_but_where_they_stand(
    archive: Archive,
    encoder: HashingEncoder,
    texts: list[str],
    has_order: bool,  # noqa: FBT001  # a column
):
    comments = [
        make_comment(f"{n}", text, title="Airships", published=NOON + timedelta(minutes=n) if has_order else NOON)
        for n, text in enumerate(texts)
    ]
    searcher = ask(archive, encoder, comments)
    for question in ("zeppelin", "what is it about", "🦊", "the", "?"):
        answer = searcher.search(Asked(question), ANYONE)
        assert answer.outcome in {Outcome.ANSWERED, Outcome.NOTHING_RELEVANT, Outcome.NOTHING_INDEXED}
        assert bool(answer.hits) == (answer.outcome == Outcome.ANSWERED)
    assert searcher.search(Asked("zeppelin"), ANYONE).hits == ()
    # What a title and an author lend is found; of what is the same to the letter, one.
    by_author = searcher.search(Asked("what did Ann say?"), ANYONE)
    by_title = searcher.search(Asked("airships"), ANYONE)
    assert set(native_ids(by_author)) == shown_ids(by_title) == {f"{n}" for n in range(len(texts))}


def test_comments_that_only_agree_are_one_hit_of_each_author(archive: Archive, encoder: HashingEncoder):
    agreeing = make_each(lambda n: make_comment(f"{n}", "I agree.", author=f"Writer{n % 3}", thread=f"t{n}"), 30)
    answer = ask(archive, encoder, agreeing).search(Asked("agree"), ANYONE, limit=100)
    assert (answer.total, len(shown_ids(answer))) == (3, 30)


def test_archive_of_many_sources_is_one_answer(archive: Archive, encoder: HashingEncoder):
    for source in ("Blog", "List", "Chat"):
        put_indexed(archive, encoder, *(make_comment(f"{n}", f"{say(n)} {source}.") for n in range(10)), source=source)
    answer = Searcher(archive, encoder).search(Asked("zeppelin"), ANYONE, limit=100)
    assert sorted((hit.comment.source, hit.comment.native_id) for hit in answer.hits) == [
        (source, number) for source in ("Blog", "Chat", "List") for number in ("0", "5")
    ]
    assert answer.coverage.sources == 3
