"""Who said what, and when: over all relevant hits, of what the viewer may see."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.comment import ANONYMOUS
from store.domain.query import Filter, Query
from store.domain.viewer import Viewer
from store.search.ranking import PAGE_HITS, SURVEY_HITS
from store.search.searcher import Searcher
from store.search.survey import NOBODY, Person, Survey, survey_hits
from tests.store.factories import NOON, make_comment, native_ids, put_indexed
from tests.store.search.making import make_hit

ANYONE = Viewer.anyone()
ASKED = Query("harbour")


def count_people(survey: Survey) -> dict[str, int]:
    return {person.name: person.comments for person in survey.people}


def test_survey_of_nothing_is_empty():
    survey = survey_hits(ASKED, [], {}, is_cut=False)
    assert (survey.people, survey.years, survey.first, survey.last, survey.total) == ((), (), None, None, 0)
    assert survey.busiest is None
    assert survey.find_person(1) is None


def test_survey_counts_people_most_first_and_of_equals_the_better():
    hits = [make_hit(1, author="Ann"), make_hit(2, author="Bo"), make_hit(3, author="Bo"), make_hit(4, author="Cy")]
    survey = survey_hits(ASKED, hits, {1: 7, 2: 8, 3: 8, 4: 9}, is_cut=False)
    assert list(count_people(survey).items()) == [("Bo", 2), ("Ann", 1), ("Cy", 1)]
    assert survey.find_person(8) == survey.people[0]


def test_survey_says_in_which_years_a_person_spoke_and_where():
    hits = [make_hit(1, published=NOON), make_hit(2, published=None), make_hit(3, published=NOON - timedelta(days=900))]
    (person,) = survey_hits(ASKED, hits, {1: 7, 2: 7, 3: 7}, is_cut=False).people
    assert person == Person(7, "Ann", ("Blog",), 3, NOON - timedelta(days=900), NOON)


def test_survey_takes_merged_authors_as_one_by_the_name_that_most_of_theirs_have():
    hits = [make_hit(1, author="ann@…"), make_hit(2, author="Ann Lee"), make_hit(3, author="Ann Lee")]
    assert count_people(survey_hits(ASKED, hits, {1: 7, 2: 7, 3: 7}, is_cut=False)) == {"Ann Lee": 3}


def test_survey_keeps_namesakes_apart():
    hits = [make_hit(1), make_hit(2)]
    assert [one.id for one in survey_hits(ASKED, hits, {1: 7, 2: 8}, is_cut=False).people] == [7, 8]


def test_survey_puts_those_without_a_name_last_and_as_nobody():
    hits = [make_hit(1, author=ANONYMOUS), make_hit(2, author=ANONYMOUS), make_hit(3)]
    survey = survey_hits(ASKED, hits, {1: 5, 2: 6, 3: 7}, is_cut=False)
    assert [(one.id, one.comments) for one in survey.people] == [(7, 1), (NOBODY, 2)]


def test_survey_tells_first_last_and_busiest():
    days = [datetime(2012, 5, 1, tzinfo=UTC), datetime(2007, 3, 12, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC), None]
    hits = [make_hit(number, published=day) for number, day in enumerate(days, start=1)]
    survey = survey_hits(ASKED, hits, {}, is_cut=True)
    assert (survey.first, survey.last) == (hits[1].comment, hits[0].comment)
    assert (survey.years, survey.busiest) == (((2007, 1), (2012, 2)), 2012)
    assert (survey.total, survey.is_cut) == (4, True)


def test_survey_of_years_that_are_equally_busy_takes_the_latest():
    hits = [make_hit(1, published=NOON), make_hit(2, published=NOON - timedelta(days=800))]
    assert survey_hits(ASKED, hits, {}, is_cut=False).busiest == NOON.year


def test_survey_counts_years_where_whoever_asks_is():
    hits = [make_hit(1, published=datetime(2010, 12, 31, 23, tzinfo=UTC))]
    asked = Query("harbour", zone=ZoneInfo("Europe/Riga"))
    assert survey_hits(asked, hits, {}, is_cut=False).years == ((2011, 1),)


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_survey_of_the_ends_of_all_time(moment: datetime, zone: str):
    survey = survey_hits(Query("x", zone=ZoneInfo(zone)), [make_hit(1, published=moment)], {}, is_cut=False)
    assert survey.busiest == moment.year


@pytest.fixture
def harbours(archive: Archive, encoder: HashingEncoder) -> Archive:
    """Many who speak of the harbour: Ann in two sources, Bo seven times, one in secret, one of something else."""
    put_indexed(
        archive,
        encoder,
        *(
            make_comment(
                f"b{number}", f"The zeppelin harbour, time {number}: {'abcdefgh'[number] * 4}.", author="Bo",
                thread=f"t{number}", published=NOON + timedelta(days=200 * number),
            )
            for number in range(7)
        ),
        make_comment("a1", "Zeppelin harbour walks are long.", author="Ann", thread="a"),
        make_comment("s1", "Zeppelin harbour plans are secret.", author="Spy", thread="s", visibility="nobody"),
        make_comment("k1", "A kettle.", author="Kit", thread="k"),
    )  # fmt: skip
    put_indexed(archive, encoder, make_comment("a2", "No zeppelin harbour here.", author="ann"), source="List")
    return archive


def test_searcher_surveys_all_relevant_hits_and_no_others(harbours: Archive, searcher: Searcher):
    survey = searcher.survey(Asked("zeppelin harbour"), ANYONE)
    assert count_people(survey) == {"Bo": 7, "Ann": 1, "ann": 1}
    assert survey.total == searcher.search(Asked("zeppelin harbour"), ANYONE).total == 9
    assert not survey.is_cut
    assert count_people(searcher.survey(Asked("zeppelin harbour"), Viewer.operator()))["Spy"] == 1
    (ann, other) = (harbours.find_authors("Ann")[number] for number in (0, 1))
    harbours.merge_authors(ann, [other])
    assert sorted(count_people(searcher.survey(Asked("zeppelin harbour"), ANYONE)).values()) == [2, 7]


def test_searcher_gives_what_somebody_said_page_by_page(harbours: Archive, searcher: Searcher):
    survey = searcher.survey(Asked("zeppelin harbour"), ANYONE)
    bo = survey.people[0]
    first = searcher.search_person(Asked("zeppelin harbour"), ANYONE, bo.id)
    rest = searcher.search_person(Asked("zeppelin harbour", offset=PAGE_HITS), ANYONE, bo.id)
    assert (first.total, first.next_offset, rest.next_offset) == (7, PAGE_HITS, None)
    assert sorted(native_ids(first) + native_ids(rest)) == [f"b{number}" for number in range(7)]
    assert [hit.rank for hit in (*first.hits, *rest.hits)] == [1, 2, 3, 4, 5, 6, 7]
    assert first.hits[0].excerpt.highlights
    assert harbours.find_authors("Bo")[0].id == bo.id


def test_searcher_gives_nothing_of_whom_the_viewer_may_not_see(harbours: Archive, searcher: Searcher):
    spy = harbours.find_authors("Spy")[0].id
    assert searcher.search_person(Asked("zeppelin harbour"), ANYONE, spy).hits == ()
    assert native_ids(searcher.search_person(Asked("zeppelin harbour"), Viewer.operator(), spy)) == ["s1"]


def test_survey_of_nothing_relevant_has_nobody(harbours: Archive, searcher: Searcher):  # noqa: ARG001  # to be searched
    assert searcher.survey(Asked("pterodactyl"), ANYONE).people == ()


def test_survey_takes_filters_as_the_search_does(harbours: Archive, searcher: Searcher):  # noqa: ARG001  # likewise
    chosen = Query("", after=NOON + timedelta(days=500))
    assert count_people(searcher.survey(Asked("zeppelin harbour", chosen=chosen), ANYONE)) == {"Bo": 4}
    question = "what did Bo say about the zeppelin harbour?"
    assert count_people(searcher.survey(Asked(question), ANYONE)) == {"Bo": 7}
    assert len(searcher.survey(Asked(question, without=(Filter.AUTHORS,)), ANYONE).people) == 3


def test_survey_without_a_topic_counts_all_that_was_said(harbours: Archive, searcher: Searcher):  # noqa: ARG001  # likewise
    survey = searcher.survey(Asked("what did Bo say?"), ANYONE)
    assert (count_people(survey), survey.is_cut) == ({"Bo": 7}, False)


def test_survey_says_when_there_may_be_more(archive: Archive, searcher: Searcher, encoder: HashingEncoder):
    many = [
        make_comment(f"{number}", f"The zeppelin harbour has {number} gulls{number}.", author=f"P{number}", thread="t")
        for number in range(SURVEY_HITS + 5)
    ]
    put_indexed(archive, encoder, *many)
    survey = searcher.survey(Asked("zeppelin harbour"), ANYONE)
    assert (survey.total, survey.is_cut) == (SURVEY_HITS, True)
    everything = searcher.survey(Asked("what was said in 2019?"), ANYONE)
    assert (everything.total, everything.is_cut) == (SURVEY_HITS, True)
