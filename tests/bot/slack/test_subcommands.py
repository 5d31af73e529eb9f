import pytest

from bot.slack.subcommands import (
    SUBCOMMANDS,
    Verb,
    find_named,
    find_slip,
    is_asking_for_help,
    is_misplaced,
    list_nearest,
    parse_subcommand,
)
from bot.slack.views.message import build_label

NAMES = ["Our blog", "forum.example", "Tea & Talk", "my_blog", "Tea | Talk", "MY_BLOG"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("refresh", (Verb.REFRESH, "")),
        ("  Refresh  ", (Verb.REFRESH, "")),
        ("sources", (Verb.SOURCES, "")),
        ("STATUS", (Verb.STATUS, "")),
        ("problems", (Verb.PROBLEMS, "")),
        ("refresh our BLOG", (Verb.REFRESH, "our BLOG")),
        ('refresh "Our blog"', (Verb.REFRESH, '"Our blog"')),
        ("refresh “Our blog”", (Verb.REFRESH, "“Our blog”")),
        ("problems forum.example", (Verb.PROBLEMS, "forum.example")),
        ("refresh Tea & Talk", (Verb.REFRESH, "Tea & Talk")),
        ("watch", (Verb.WATCH, "")),
        ("Watch  What did Jon say?", (Verb.WATCH, "What did Jon say?")),
        ("unwatch “tea”", (Verb.UNWATCH, "“tea”")),
        ("watches", (Verb.WATCHES, "")),
        ("suggestions ON", (Verb.SUGGESTIONS, "ON")),
        ("suggestions", (Verb.SUGGESTIONS, "")),
        ("follow-ups", (Verb.FOLLOW_UPS, "")),
        ("follow-ups On", (Verb.FOLLOW_UPS, "On")),
        ("Follow-ups off", (Verb.FOLLOW_UPS, "off")),
    ],
)
def test_subcommand_is_a_verb_alone_or_with_what_may_be_a_source_or_switch(text: str, found: tuple[Verb, str]):
    assert parse_subcommand(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "sources Our blog",
        "status Our blog",
        "sources of unconferences",
        "about-me and mine",
        "forget-me nots",
        '"about-me"',
        "refreshing",
        "follow-ups on surveys",
        "follow-ups after interviews",
        "refresh?",
        '"refresh"',
        '"refresh tokens in oauth"',
        '"watch" the birds',
        "watches and clocks",
        "suggestions for lunch",
        "“status”",
        "what is the status",
        "unconferences",
        "",
    ],
)
def test_subcommand_anything_else_is_a_question(text: str):
    assert parse_subcommand(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "watch zeppelin",
        "Watch zeppelin in this channel",
        'watch "zeppelin"',
        "unwatch the zeppelin",
        "watch",
        "watches",
        "forget-me",
        "about-me",
        "status",
        "Sources",
        "suggestions on",
        "refresh our blog",
        "problems “forum.example”",
    ],
)
def test_subcommand_that_is_written_to_the_bot_is_misplaced(text: str):
    assert is_misplaced(text, lambda: NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "watch out for what?",
        "watch out for scams",
        "watch the talk",
        "watch zeppelin videos where?",
        "watch parties\nHow do you all do that",
        "problems with badges",
        "refresh tokens in oauth",
        "suggestions for lunch",
        "sources of unconferences",
        "status?",
        '"status"',
        "forget-me nots",
        "unconferences",
    ],
)
def test_question_that_begins_like_a_subcommand_is_not_misplaced(text: str):
    assert not is_misplaced(text, lambda: NAMES)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("our BLOG", "Our blog"),
        ("Tea & Talk", "Tea & Talk"),
        ("my_blog", "my_blog"),
        (build_label("my_blog", 100), "my_blog"),
        (build_label("Tea | Talk", 100), "Tea | Talk"),
        ("Our blog please", None),
        ("tokens in oauth", None),
    ],
)
def test_source_is_named_as_it_is_called_or_as_messages_show_it(wanted: str, name: str | None):
    assert find_named(wanted, NAMES) == name


def test_source_that_is_misspelt_has_others_near():
    assert list_nearest("Our blogg", NAMES)[0] == "Our blog"
    assert list_nearest("tokens in oauth", NAMES) == []


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("refesh", Verb.REFRESH),
        ("Staus", Verb.STATUS),
        ("hepl", Verb.HELP),
        ("problms", Verb.PROBLEMS),
        ("about me", Verb.ABOUT_ME),
        ("wathc unconferences", "watch unconferences"),
        ("Wach  the  birds", "watch the  birds"),
        ("unwacth “tea”", "unwatch “tea”"),
        ("suggestion on", "suggestions on"),
        ("followups OFF", "follow-ups OFF"),
    ],
)
def test_slip_of_a_letter_or_two_is_near_to_a_subcommand(word: str, meant: str):
    assert find_slip(word) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("status", "kelp", "sauces", "unconferences", "refesh tokens", "", "statistics"),
        *("witch hunts", "what birds", "problem solving", "suggestion for lunch", "helps people"),
    ],
)
def test_slip_is_nothing_else(text: str):
    assert find_slip(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "help",
        "Help!",
        "hi",
        "Hello there!",
        "hey, what can you do?",
        "who are you?",
        "Hilfe",
        "Hallo",
        "Was kannst du?",
    ],
)
def test_greeting_and_asking_for_help_is_no_question(text: str):
    assert is_asking_for_help(text)


@pytest.mark.parametrize(
    "text", ['"help"', "help with badges", "hi-fi", "hello world", "hey what about badges?", "“help”"]
)
def test_whatever_says_more_is_a_question(text: str):
    assert not is_asking_for_help(text)


def test_subcommands_are_each_listed_once():
    assert sorted(one.verb for one in SUBCOMMANDS) == sorted(Verb)
