import pytest

from bot.slack.subcommands import Verb, parse_subcommand

NAMES = ["Our blog", "forum.example", "Tea & Talk"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("refresh", (Verb.REFRESH, "")),
        ("  Refresh  ", (Verb.REFRESH, "")),
        ("sources", (Verb.SOURCES, "")),
        ("STATUS", (Verb.STATUS, "")),
        ("problems", (Verb.PROBLEMS, "")),
        ("refresh our BLOG", (Verb.REFRESH, "Our blog")),
        ('refresh "Our blog"', (Verb.REFRESH, "Our blog")),
        ("refresh “Our blog”", (Verb.REFRESH, "Our blog")),
        ("problems forum.example", (Verb.PROBLEMS, "forum.example")),
        ("refresh Tea & Talk", (Verb.REFRESH, "Tea & Talk")),
    ],
)
def test_subcommand_is_a_verb_alone_or_with_a_source(text: str, found: tuple[Verb, str]):
    assert parse_subcommand(text, lambda: NAMES) == found


@pytest.mark.parametrize(
    "text",
    [
        "refresh tokens in oauth",
        "refresh Our blog please",
        "sources Our blog",
        "status Our blog",
        "sources of unconferences",
        "refreshing",
        "refresh?",
        '"refresh"',
        "“status”",
        "what is the status",
        "unconferences",
        "",
    ],
)
def test_subcommand_anything_else_is_a_question(text: str):
    assert parse_subcommand(text, lambda: NAMES) is None


def test_subcommand_looks_for_names_only_where_one_may_stand():
    def fail() -> list[str]:
        raise AssertionError("nobody asked for a source")

    for text in ("refresh", "sources of unconferences", "what was said about unconferences"):
        parse_subcommand(text, fail)
