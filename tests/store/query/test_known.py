"""Whom and what a name means."""

import pytest

from store.domain.query import Filter
from store.query.known import NOTHING_KNOWN, Known
from store.query.names import MAX_NAMESAKES, split_name
from store.query.understand import understand
from tests.store.query.questions import KNOWN


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Jon Inglewood", ["jon", "inglewood"]),
        ("@jon.inglewood", ["jon", "inglewood"]),
        ("Jürgen Weißmann", ["jurgen", "weissmann"]),
        ("Anne-Marie O’Neill", ["annemarie", "oneill"]),
        ("Dr. Jon Inglewood, PhD", ["jon", "inglewood"]),
        ("Jon Inglewood (Tideway)", ["jon", "inglewood"]),
        ("Jon Inglewood Jr", ["jon", "inglewood"]),
        ("Inglewood, Jon", ["inglewood", "jon"]),
        ("jon@…", ["jon"]),
        ("https://www.hrnotes.example.com/about", ["hrnotes"]),
        ("hrnotes.blog", ["hrnotes"]),
        ("dr", ["dr"]),
        ("山田太郎", ["山田太郎"]),
        ("", []),
        ("…", []),
    ],
)
def test_name_is_split_into_its_words(name: str, words: list[str]):
    assert split_name(name) == words


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("jon", ("Jon Inglewood",)),
        ("INGLEWOOD", ("Jon Inglewood",)),
        ("Inglewood, Jon", ("Jon Inglewood",)),
        ("joninglewood", ("Jon Inglewood",)),
        ("Anna Lindqvist", ("Anna Sofia Lindqvist",)),
        ("Sofia", ()),  # a middle name alone
        ("john", ("John Carver", "John Okafor")),
        ("Joan", ()),  # another name, not a slip
        ("Inglewod", ("Jon Inglewood",)),
        ("Inlgewood", ("Jon Inglewood",)),
        ("Englewood", ()),  # another first letter
        ("Jon Inglewood HR", ()),
        ("Anonymous", ("Anonymous",)),
        ("anonimous", ()),
        ("Unknown", ()),
        ("nobody", ()),
        ("", ()),
    ],
)
def test_name_finds_those_it_may_mean(asked: str, found: tuple[str, ...]):
    assert KNOWN.find_authors(asked) == found


def test_words_that_are_no_certain_name_find_no_near_spelling_and_nobody_generic():
    assert KNOWN.find_authors("lura", is_certain=False) == ()
    assert KNOWN.find_authors("Anonymous", is_certain=False) == ()
    assert KNOWN.find_authors("laura", is_certain=False) == ("Laura Glubanik",)


def test_names_of_one_person_are_all_given_as_published():
    known = Known(["Jon Inglewood", "jon inglewood", "JonInglewood", "Jon"], [], [])

    assert known.find_authors("Jon Inglewood") == ("Jon Inglewood", "jon inglewood", "JonInglewood")
    assert known.find_authors("jon") == ("Jon", "Jon Inglewood", "jon inglewood")


def test_too_many_namesakes_are_nobody():
    names = [f"Jon {chr(97 + number)}ston" for number in range(MAX_NAMESAKES + 1)]

    assert Known(names, [], []).find_authors("Jon") == ()
    assert Known(names[1:], [], []).find_authors("Jon") == tuple(names[1:])


@pytest.mark.parametrize("name", ["hr", "#hr", "#HR"])
def test_channel_is_found_with_and_without_its_sign(name: str):
    assert KNOWN.find_channels(name) == ("hr",)


def test_channels_of_one_name_are_all_found():
    assert Known([], [], ["#hr", "hr", "HR"]).find_channels("hr") == ("#hr", "hr", "HR")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("tideway", ("tideway",)),
        ("Tideway Slack", ("Tideway Slack",)),
        ("slack", ("Tideway Slack",)),
        ("HCM blog", ("Strategic HCM Blog",)),
        ("strategic-hcm-blog", ("Strategic HCM Blog",)),
        ("HCM", ()),  # a word of it that is no kind
        ("hr list", ("hr-list",)),
        ("forum", ()),
        ("", ()),
    ],
)
def test_source_is_found_by_its_name_or_its_kind(name: str, found: tuple[str, ...]):
    assert KNOWN.find_sources(name) == found


def test_too_many_places_are_none():
    assert Known([], [f"{word} blog" for word in "abcdef"], []).find_sources("blog") == ()


def test_nothing_is_known_of_nothing():
    assert NOTHING_KNOWN.find_authors("Jon") == ()
    assert NOTHING_KNOWN.find_channels("hr") == ()
    assert NOTHING_KNOWN.find_sources("slack") == ()


def test_one_of_fifty_thousand_authors_is_found_by_name_and_by_a_slip():
    names = [f"{first}{number} Quist" for number in range(25_000) for first in ("Ann", "Bob")]
    many = Known([*names, "Jon Ingham"], [], [])
    assert understand("what did Jon Ingham say about badges", many).authors == ("Jon Ingham",)
    assert understand("what did Jon Ingam say about badges", many).authors == ("Jon Ingham",)
    # Too many to be meant: the name stays in the topic.
    assert understand("badges by Quist", many).authors == ()


def test_languages_are_found_by_name_and_where_nothing_else_can_stand_by_code():
    assert (KNOWN.find_languages("german"), KNOWN.find_languages("DE")) == (("de",), ("de",))
    assert (KNOWN.find_languages("de", is_certain=False), KNOWN.find_languages("Spanish")) == ((), ())


def test_a_language_that_hardly_any_comment_is_in_is_found_only_where_nothing_else_can_stand():
    assert (KNOWN.find_languages("French"), KNOWN.find_languages("French", is_certain=False)) == (("fr",), ())


def test_a_language_that_nearly_all_comments_are_in_is_a_topic():
    known = Known([], [], [], {"en": 990, "de": 9, "fr": 1})
    assert understand("courses in English", known).topic == "courses in English"
    assert understand("courses language:english", known).languages == ("en",)


def test_names_are_suggested_by_the_beginnings_of_their_words():
    known = Known(
        ["Zoë Quist", "Jon Ingham", "Zachary Bo", "Bo Zimmer", "Aziz", "jon"],
        ["Tideway", "HR list"],
        ["hr", "general", "hr"],
    )
    assert known.suggest(Filter.AUTHORS, "z", 9) == ["Zachary Bo", "Zoë Quist", "Bo Zimmer"]
    assert known.suggest(Filter.AUTHORS, " ZOE ", 9) == ["Zoë Quist"]
    assert known.suggest(Filter.AUTHORS, "bo", 1) == ["Bo Zimmer"]
    assert known.suggest(Filter.AUTHORS, "nobody", 9) == []
    assert known.suggest(Filter.SOURCES, "", 9) == ["HR list", "Tideway"]
    assert known.suggest(Filter.SOURCES, "list", 9) == ["HR list"]
    assert known.suggest(Filter.CHANNELS, "#H", 9) == ["hr"]
    assert known.suggest(Filter.DATES, "2", 9) == []
