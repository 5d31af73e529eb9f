import pytest

from bot.slack.views.prompts import MAX_PROMPTS, build_prompts
from bot.translations import list_languages, speaking
from store.query.understand import understand
from tests.bot.slack.views.test_hostile import HOSTILE


def test_prompts_ask_about_titles_as_they_are():
    shown = build_prompts(["Why wikis fail?", "Badges & points"])
    assert shown.title == "From the archive"
    assert [(one["title"], one["message"]) for one in shown.prompts] == [
        ("What was said about Why wikis fail?", "What was said about Why wikis fail?"),
        ("What was said about Badges & points?", "What was said about Badges & points?"),
    ]


@pytest.mark.parametrize("language", sorted(list_languages()))
@pytest.mark.parametrize("title", ["Badges & points", "Mentoring im ersten Jahr", "Why wikis fail?", "no agenda"])
def test_prompt_that_is_chosen_asks_about_its_title_and_nothing_else(language: str, title: str):
    with speaking(language):
        (prompt,) = build_prompts([title]).prompts
    assert understand(prompt["message"]).topic == title.rstrip("?")


@pytest.mark.parametrize("language", sorted(list_languages()))
def test_prompt_about_a_long_title_asks_about_the_beginning_of_it(language: str):
    with speaking(language):
        (prompt,) = build_prompts(["Pay and more pay " * 20]).prompts
    assert understand(prompt["message"]).topic.startswith("Pay and more pay Pay and")


def test_prompts_of_an_archive_with_nothing_tell_how_to_ask():
    assert build_prompts([]).prompts == [{"title": "How do I ask?", "message": "help"}]


@pytest.mark.parametrize("text", HOSTILE)
def test_prompts_are_few_short_and_one_line(text: str):
    prompts = build_prompts([text] * 9).prompts
    assert len(prompts) == MAX_PROMPTS
    for one in prompts:
        assert 0 < len(one["title"]) <= 75
        assert 0 < len(one["message"]) <= 150
        assert not set("\n\r\u2028\u202e\u200b") & set(one["title"] + one["message"])
