"""Questions that name people, places and times search there alone, and only what their audience may see is known."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.query import Filter, Query, TimeOrder
from store.domain.viewer import Viewer
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_indexed

OPERATOR = Viewer.operator()
pytestmark = pytest.mark.usefixtures("filled")


def at(year: int, month: int = 6) -> datetime:
    return datetime(year, month, 15, tzinfo=UTC)


@pytest.fixture
def filled(archive: Archive, encoder: HashingEncoder) -> Archive:
    put_indexed(
        archive,
        encoder,
        make_comment("jon-2009", "The kettle whistles.", author="Jon Ingham", published=at(2009)),
        make_comment("jon-2014", "A kettle again.", author="Jon Ingham", published=at(2014)),
        make_comment("mei-2011", "My kettle is blue.", author="Mei Lin", published=at(2011)),
        make_comment("mei-undated", "Any kettle will do.", author="Mei Lin", published=None),
        make_comment("hr", "The kettle in the office.", author="Ola", published=at(2012), channel="hr"),
        source="Harbour",
    )
    put_indexed(
        archive,
        encoder,
        make_comment("secret", "The kettle plan.", author="Zelda Quist", published=at(2013), visibility="channel:C9"),
        source="Vault",
    )
    return archive


def test_days_are_those_of_whoever_asks(archive: Archive, encoder: HashingEncoder, searcher: Searcher):
    evening = datetime(2016, 2, 28, 20, tzinfo=UTC)
    put_indexed(archive, encoder, make_comment("late", "The kettle at night.", published=evening), source="Night")
    asked = "kettle on 2016-02-29"
    assert native_ids(searcher.search(Asked(asked, zone=ZoneInfo("Asia/Tokyo")), OPERATOR)) == ["late"]
    # Nothing is of that day elsewhere: the date is let go of.
    assert searcher.search(Asked(asked), OPERATOR).query.after is None


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("what did Jon Ingham say about the kettle", {"jon-2009", "jon-2014"}),
        ("kettle by mei", {"mei-2011", "mei-undated"}),
        ("kettle not by Jon", {"mei-2011", "mei-undated", "hr", "secret"}),
        ("what was said by anyone but Jon and Mei?", {"hr", "secret"}),
        ("kettle since 2012", {"jon-2014", "hr", "secret"}),
        ("kettle before 2011", {"jon-2009"}),
        ("kettle between 2011 and 2012", {"mei-2011", "hr"}),
        ("what did Jon say about the kettle in 2014", {"jon-2014"}),
        ("kettle in #hr", {"hr"}),
        ("kettle source:vault", {"secret"}),
        ("kettle from:jon before:2010", {"jon-2009"}),
        ("kettle", {"jon-2009", "jon-2014", "mei-2011", "mei-undated", "hr", "secret"}),
    ],
)
def test_search_is_narrowed_to_what_the_question_names(searcher: Searcher, question: str, found: set[str]):
    assert set(native_ids(searcher.search(Asked(question), OPERATOR, limit=20))) == found


def test_question_without_topic_gives_what_it_names_newest_first(searcher: Searcher):
    answer = searcher.search(Asked("what did Jon Ingham say?"), OPERATOR)
    assert (answer.query.topic, native_ids(answer)) == ("", ["jon-2014", "jon-2009"])


@pytest.mark.parametrize(
    ("question", "order", "found"),
    [
        ("when did we first talk about the kettle?", TimeOrder.OLDEST, ["jon-2009", "mei-2011", "hr"]),
        ("latest comments on the kettle", TimeOrder.NEWEST, ["jon-2014", "secret", "hr"]),
    ],
)
def test_superlatives_of_time_set_the_order(searcher: Searcher, question: str, order: TimeOrder, found: list[str]):
    answer = searcher.search(Asked(question), OPERATOR, limit=3)
    assert (answer.query.order, native_ids(answer)) == (order, found)


def test_dates_that_leave_nothing_are_let_go_and_not_claimed(searcher: Searcher):
    answer = searcher.search(Asked("kettle in March 1999"), OPERATOR, limit=20)
    assert (answer.outcome, len(answer.hits)) == (Outcome.ANSWERED, 6)
    assert (answer.query.after, answer.query.before) == (None, None)


def test_names_of_what_is_hidden_are_not_known(searcher: Searcher):
    assert searcher.search(Asked("kettle by Zelda Quist"), OPERATOR).query.authors == ("Zelda Quist",)
    hidden = searcher.search(Asked("kettle by Zelda Quist"), Viewer.anyone(), limit=20)
    assert hidden.query.authors == ()
    assert "secret" not in native_ids(hidden)


def test_narrowing_never_widens_what_is_seen(searcher: Searcher):
    for question in ("kettle source:vault", "kettle in 2013", "kettle from:zelda", "what was said in 2013?"):
        assert "secret" not in native_ids(searcher.search(Asked(question), Viewer.anyone(), limit=20))


def test_known_names_follow_the_archive(filled: Archive, searcher: Searcher, encoder: HashingEncoder):
    assert searcher.search(Asked("kettle by Anselm"), OPERATOR).query.authors == ()
    put_indexed(filled, encoder, make_comment("new", "One more kettle.", author="Anselm Brandt", published=at(2015)))
    answer = searcher.search(Asked("kettle by Anselm"), OPERATOR)
    assert (answer.query.authors, native_ids(answer)) == (("Anselm Brandt",), ["new"])


@pytest.mark.parametrize(
    ("question", "without", "found"),
    [
        ("kettle by Jon since 2012", [Filter.AUTHORS], {"jon-2014", "hr", "secret"}),
        ("kettle by Jon since 2012", [Filter.DATES], {"jon-2009", "jon-2014"}),
        ("whistles by Jon", [Filter.TOPIC], {"jon-2009", "jon-2014"}),
        ("kettle in #hr", [Filter.CHANNELS], {"jon-2009", "jon-2014", "mei-2011", "mei-undated", "hr", "secret"}),
        ("kettle by Jon source:vault", [Filter.SOURCES], {"jon-2009", "jon-2014"}),
        ("kettle by Jon since 2012", [Filter.TOPIC, Filter.AUTHORS, Filter.DATES], {"jon-2014", "hr", "secret"}),
        ("what did Jon say?", [Filter.AUTHORS], {"jon-2009", "jon-2014"}),
    ],
)
def test_search_without_a_filter_is_wider(searcher: Searcher, question: str, without: list[Filter], found: set[str]):
    assert set(native_ids(searcher.search(Asked(question, without=without), OPERATOR, limit=20))) == found


def test_answer_without_a_filter_says_what_was_searched_for(searcher: Searcher):
    answer = searcher.search(Asked("kettle by Jon since 2012", without=(Filter.AUTHORS,)), OPERATOR)
    assert (answer.query.topic, answer.query.authors, answer.query.after) == (
        "kettle",
        (),
        datetime(2012, 1, 1, tzinfo=UTC),
    )


def test_search_without_a_filter_never_widens_what_is_seen(searcher: Searcher):
    for one in Filter:
        answer = searcher.search(
            Asked("kettle by mei since 2011 source:harbour", without=(one,)), Viewer.anyone(), limit=20
        )
        assert "secret" not in native_ids(answer)


@pytest.mark.parametrize(
    ("question", "chosen", "found"),
    [
        ("kettle", Query("", authors=("Mei Lin",)), {"mei-2011", "mei-undated"}),
        ("kettle by jon", Query("", authors=("Mei Lin",)), {"mei-2011", "mei-undated"}),
        ("kettle by jon", Query("", before=at(2010)), {"jon-2009"}),
        ("kettle in 2009", Query("", after=at(2010), before=at(2013)), {"mei-2011", "hr"}),
        ("kettle", Query("", channels=("hr",)), {"hr"}),
        ("kettle", Query("", sources=("Vault",)), {"secret"}),
        ("kettle", Query("", authors=("Mei Lin",), before=at(2012)), {"mei-2011"}),
        # Unlike a date in what was typed, one that was chosen is never let go of.
        ("kettle", Query("", before=at(2001)), set()),
    ],
)
def test_chosen_filters_stand_in_place_of_those_understood(
    searcher: Searcher, question: str, chosen: Query, found: set[str]
):
    answer = searcher.search(Asked(question, chosen=chosen), OPERATOR, limit=20)
    assert (set(native_ids(answer)), answer.asked.chosen) == (found, chosen)


def test_author_that_its_audience_must_not_know_of_is_not_told_to_be_left_out(searcher: Searcher):
    chosen = Query("", not_by=("Zelda Quist", "Jon Ingham"))
    answer = searcher.search(Asked("kettle", chosen=chosen), Viewer.anyone())
    assert set(native_ids(answer)) == {"mei-2011", "mei-undated", "hr"}
    assert answer.query.not_by == answer.asked.chosen.not_by == ("Jon Ingham",)
    assert "Zelda" in searcher.search(Asked("kettle not by Zelda"), Viewer.anyone()).query.topic


@pytest.mark.parametrize("chosen", [Query("", authors=("Zelda Quist",)), Query("", sources=("Vault",))])
def test_chosen_filter_that_its_audience_must_not_know_of_finds_nothing_and_is_not_told(
    searcher: Searcher, chosen: Query
):
    assert native_ids(searcher.search(Asked("kettle", chosen=chosen), OPERATOR)) == ["secret"]
    answer = searcher.search(Asked("kettle", chosen=chosen), Viewer.anyone())
    assert (answer.hits, answer.nearest) == ((), ())
    assert {*answer.query.authors, *answer.query.sources} == {"…"}
    # Nor does what asks for the next page carry it.
    assert {*answer.asked.chosen.authors, *answer.asked.chosen.sources} == {"…"}
