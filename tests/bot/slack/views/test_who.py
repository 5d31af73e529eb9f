"""Who said what: the people, their years, and their pages."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.slack.payloads import Click
from bot.slack.views.answer import build_answer
from bot.slack.views.buttons import WHO, read_button
from bot.slack.views.modal import ModalView
from bot.slack.views.opened import Opened
from bot.slack.views.timeline import describe_day, describe_times, describe_years, draw_bars
from bot.slack.views.who import PEOPLE, PEOPLE_ON_PAGE, PERSON, build_said, build_who, read_page
from store.domain.asked import Asked
from store.domain.comment import ANONYMOUS
from store.domain.query import Query
from store.search.display import Ranked
from store.search.survey import NOBODY, Survey, survey_hits
from tests.bot.slack.views.factories import get_value, list_buttons, make_answer, make_hit
from tests.fakes.slack.limits import check_blocks

NOW = datetime(2024, 12, 14, 12, tzinfo=UTC)
OPENED = Opened(Asked("what was said about unconferences?", zone=ZoneInfo("Europe/Riga")), "C1", is_ephemeral=False)


def make_survey(*said: tuple[str, datetime | None], is_cut: bool = False) -> Survey:
    """Make a survey of comments by author and time; a name is a person."""
    hits = [
        Ranked(make_hit(number, author=author, published=moment).comment, 1.0)
        for number, (author, moment) in enumerate(said, start=1)
    ]
    names = list(dict.fromkeys(author for author, _ in said))
    persons = {hit.comment.id: names.index(hit.comment.author) + 1 for hit in hits}
    return survey_hits(Query("unconferences"), hits, persons, is_cut=is_cut)


def make_day(year: int, month: int = 3) -> datetime:
    return datetime(year, month, 12, tzinfo=UTC)


def make_typical_survey() -> Survey:
    return make_survey(
        ("Jon Ingham", make_day(2007)),
        ("Jon Ingham", make_day(2011)),
        ("Jon Ingham", make_day(2011, 5)),
        ("Laura *G*", NOW - timedelta(days=3)),
        ("Laura *G*", None),
        (ANONYMOUS, make_day(2011)),
    )


def make_crowd(count: int) -> Survey:
    return make_survey(*((f"Person {number}", make_day(2010)) for number in range(count)))


def find_people(view: ModalView) -> list[tuple[str, str]]:
    return [
        (block["text"]["text"], block["accessory"]["value"])
        for block in view.blocks
        if block.get("accessory", {}).get("action_id") == PERSON
    ]


def test_who_shows_people_and_years(snapshot: SnapshotAssertion):
    assert build_who(make_typical_survey(), OPENED, 0, NOW) == snapshot


def test_who_is_offered_below_an_answer_and_asks_for_all_of_it():
    view = build_answer(make_answer([make_hit(6)], total=9, offset=5))
    assert WHO in list_buttons(view)
    assert read_button(get_value(view, WHO)) == Asked("what was said about unconferences?")


def test_who_gives_way_to_links_where_there_is_no_room():
    seen = []
    for length in range(0, 1_800, 20):
        url = "https://blog.example/" + "x" * length
        hits = [make_hit(rank, text="x" * 600, highlights=(), url=url, discussion_url=url) for rank in range(1, 6)]
        view = build_answer(make_answer(hits, question='"' * 250, total=9), can_share=True)
        check_blocks(view.blocks)
        seen.append((WHO in list_buttons(view), json.dumps(view.blocks).count("open the comment")))
    assert list(dict.fromkeys(seen)) == [(True, 5), (False, 5), (False, 0)]


def test_who_pages_through_many_people():
    crowd = make_crowd(2 * PEOPLE_ON_PAGE + 3)
    first, second, last = (build_who(crowd, OPENED, offset, NOW) for offset in (0, PEOPLE_ON_PAGE, 2 * PEOPLE_ON_PAGE))
    assert [len(find_people(view)) for view in (first, second, last)] == [PEOPLE_ON_PAGE, PEOPLE_ON_PAGE, 3]
    assert [list_buttons(view) for view in (first, second, last)] == [
        [f"{PEOPLE}_after"],
        [f"{PEOPLE}_before", f"{PEOPLE}_after"],
        [f"{PEOPLE}_before"],
    ]
    assert read_page(get_value(second, f"{PEOPLE}_before")) == (NOBODY, 0)
    assert read_page(get_value(second, f"{PEOPLE}_after")) == (NOBODY, 2 * PEOPLE_ON_PAGE)


def test_who_tells_namesakes_apart_by_source():
    hits = [make_hit(1, author="Ann"), make_hit(2, author="ann")]
    other = replace(hits[1].comment, source="Mails")
    survey = survey_hits(Query("x"), [Ranked(hits[0].comment, 1.0), Ranked(other, 1.0)], {1: 1, 2: 2}, is_cut=False)
    shown = [text for text, _ in find_people(build_who(survey, OPENED, 0, NOW))]
    assert shown == ["*Ann in Tideway* (1 comment), 2007", "*ann in Mails* (1 comment), 2007"]


def test_who_of_comments_without_a_name_counts_no_people():
    view = build_who(make_survey((ANONYMOUS, make_day(2010)), (ANONYMOUS, None)), OPENED, 0, NOW)
    assert view.blocks[1]["text"]["text"] == "*2 comments without a name*"
    assert find_people(view) == [("*Without a name* (2 comments), 2010", "0 0")]


def test_who_of_undated_comments_says_nothing_of_times():
    view = build_who(make_survey(("Ann", None)), OPENED, 0, NOW)
    assert view.blocks[1]["text"]["text"] == "*1 person*"
    assert "mentioned" not in json.dumps(view.blocks)


def test_who_says_where_there_may_be_more():
    view = build_who(make_survey(("Ann", None), is_cut=True), OPENED, 0, NOW)
    assert "there may be more" in view.blocks[-1]["elements"][0]["text"]
    assert "there may be more" not in json.dumps(build_who(make_typical_survey(), OPENED, 0, NOW).blocks)


def test_who_of_nothing_says_so():
    assert "Nobody" in build_who(make_survey(), OPENED, 0, NOW).blocks[0]["text"]["text"]


def test_said_shows_a_page_of_a_person_with_the_way_on_and_back(snapshot: SnapshotAssertion):
    person = make_typical_survey().people[0]
    assert build_said(make_answer([make_hit()], total=3), person, OPENED) == snapshot


def test_said_of_nobody_leads_back():
    for view in (
        build_said(make_answer(), None, OPENED),
        build_said(make_answer(), make_typical_survey().people[0], OPENED),
    ):
        assert list_buttons(view) == [PEOPLE]
        assert Opened.by(press(metadata=view.metadata)) == OPENED


def press(value: str = "", channel: str = "", metadata: str = "", *, is_ephemeral: bool = False) -> Click:
    return Click("T1", channel, "U1", "ada", "1.2", None, value, "", is_ephemeral, metadata=metadata)


@pytest.mark.parametrize("is_ephemeral", [True, False])
@pytest.mark.parametrize("question", ["x", 'a "b" c', '"' * 2_000, "ünï 🌊 " * 90])
def test_opened_goes_through_a_modal(question: str, *, is_ephemeral: bool):
    value = get_value(build_answer(make_answer([make_hit()], question=question)), WHO)
    opened = Opened.by(press(value, "D7", is_ephemeral=is_ephemeral))
    assert opened is not None
    assert len(str(opened)) <= 3_000
    inside = press("7 5", metadata=str(opened))
    assert Opened.by(inside) == opened
    assert opened.place(inside) == replace(inside, channel="D7", is_ephemeral=is_ephemeral)


@pytest.mark.parametrize("metadata", ["", "e", "e C1", "e C1 x", "p C1 {}", 'p  {"q": "x", "o": 0}'])
def test_opened_of_another_version_is_none(metadata: str):
    assert Opened.by(press("7 5", metadata=metadata)) is None


@pytest.mark.parametrize(
    ("value", "page"),
    [("7 5", (7, 5)), ("7", (7, 0)), ("", (0, 0)), ("x y", (0, 0)), ("-1 -5", (0, 0)), ("9" * 40, (0, 0))],
)
def test_read_page_of_anything(value: str, page: tuple[int, int]):
    assert read_page(value) == page


def test_times_in_words():
    assert describe_times(make_typical_survey(), NOW) == (
        "First mentioned <!date^1173657600^{date_pretty}|2007-03-12> by Jon Ingham, last 3 days ago, most in 2011."
    )
    once = make_survey(("Ann", make_day(2010)))
    assert describe_times(once, NOW) == "Mentioned once, <!date^1268352000^{date_pretty}|2010-03-12> by Ann."
    undated = make_survey(("Ann", make_day(2010)), ("Bo", None))
    assert describe_times(undated, NOW).startswith("Only one of these has a date: <!date^1268352000")
    one_year = make_survey(("Ann", make_day(2010)), ("Bo", make_day(2010, 4)))
    assert describe_times(one_year, NOW).endswith("by Ann, last <!date^1271030400^{date_pretty}|2010-04-12>.")


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=30), "30 days ago"),
        (timedelta(days=31), "<!date"),
        (timedelta(hours=3), "<!date"),
        (-timedelta(days=9), "<!date"),
    ],
)
def test_recent_day_is_a_distance(ago: timedelta, said: str):
    assert describe_day(NOW - ago, NOW).startswith(said)


def test_years_are_drawn_and_said():
    assert describe_years(make_typical_survey()) == "2007:\xa01, 2011:\xa03, 2024:\xa01"
    assert draw_bars({2007: 1, 2008: 8, 2010: 4}) == "▁█·▄"


def test_years_that_are_many_are_said_from_the_latest():
    survey = make_survey(*(("Ann", make_day(year)) for year in range(1960, 2000)))
    said = describe_years(survey)
    assert said.startswith("before 1970:\xa010, 1970:\xa01")
    assert said.endswith("1999:\xa01")


def test_years_that_are_far_apart_are_not_drawn():
    survey = make_survey(("Ann", make_day(1900)), ("Ann", make_day(2000)))
    shown = json.dumps(build_who(survey, OPENED, 0, NOW).blocks, ensure_ascii=False)
    assert "1900:\xa01, 2000:\xa01" in shown
    assert "·" not in shown
