import pytest

from store.query.interrogative import is_question


@pytest.mark.parametrize(
    "text",
    [
        "How do we run an unconference?",
        "We tried open space. Did anyone else? Please tell.",
        "how do people here fund a wiki",
        "Hi all, has anybody tried a mentoring circle",
        "Hallo zusammen: kennt jemand ein gutes Wiki",
        "*Who pays for badges?*",
        "Is it any good (and is it cheap?)",
        "Quelqu’un connaît un bon wiki",
        "what's our policy on badges",
        "When did we last run an unconference",
        "how to fund a wiki",
        "which vendor do you use",
        "wie macht ihr das mit dem Mentoring",
    ],
)
def test_question_is_told_by_its_mark_or_its_beginning(text: str):
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "We run an unconference.",
        "See <https://blog.example/?q=wiki> for more.",
        "See https://blog.example/a?b",
        "The flag is `--what?` in that version.",
        "```is this a question?```",
        "&gt; Who said that?\nMe.",
        "I know how it works",
        "When we moved to a wiki it broke",
        "How nice of you",
        "What a day",
        "Was at the office all day",
        "Who knows.",
        "Why not, let us do it!",
        "Wie gesagt, das geht nicht",
        "Wo wir gerade dabei sind",
        "Whatever you like",
        "",
        "a?b:c",
    ],
)
def test_anything_else_is_no_question(text: str):
    assert not is_question(text)
