from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.said import MessageLink, Said, Sayings, UnreadableError, is_only_links, is_said_in, quote_text
from bot.slack.viewers import People
from bot.slack.views.buttons import MAX_QUESTION_CHARS, build_value, read_button
from store.domain.asked import Asked
from store.domain.query import Query
from store.domain.viewer import Viewer
from store.query.understand import understand
from tests.fakes.slack import Message, StandInSlack

HERE = Viewer.member("U1", workspace=None, channels=frozenset({"C1"}))


@pytest.fixture
def sayings(client: WebClient, slack: StandInSlack) -> Sayings:
    if "C1" not in slack.workspace.channels:
        slack.workspace.add_channel("C1", name="here", members=["U1", slack.bot_user_id])
        slack.workspace.add_channel("C2", name="there", members=[slack.bot_user_id])
        slack.workspace.add_channel("G1", name="closed", members=[slack.bot_user_id], is_private=True)
        slack.workspace.add_user("U2", name="bob")
        slack.workspace.channels["G1"].members.add("U2")
        slack.workspace.channels["C2"].members.add("U2")
    return Sayings(client, People(client), slack.team_id, slack.bot_user_id)


def link(message: Message) -> str:
    return f"https://standin.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Did *anyone* _try_ ~a~ `samovar`?", "Did anyone try a samovar?"),
        ("snake_case and 2*3*4 stay", "snake_case and 2*3*4 stay"),
        ("<@U1>, what of <#C9|tea>?", "@ada, what of #tea?"),
        ("<@UBOT> what was said?", "what was said?"),
        ("&lt;b&gt; &amp; more", "<b> & more"),
        ("See <https://a.example/x|this page> and <https://b.example>", "See this page and"),
        ("&gt; They said so.\nIs it true?", "Is it true?"),
        ("&gt; They said so.", "> They said so."),
        ("```\ncode\n```", "code"),
        ("Why?\n```\nTraceback\n  at line 1\n```\nThanks", "Why?\n\nThanks"),
        ("<https://a.example>", ""),
        ("", ""),
    ],
)
def test_read_leaves_nothing_of_the_markup(sayings: Sayings, written: str, text: str):
    assert sayings.read("C1", {"ts": "1.0", "text": written}) == Said("C1", "1.0", "", text)


def test_read_of_what_was_passed_on_reads_that(sayings: Sayings):
    message: dict[str, Any] = {
        "ts": "2.0",
        "thread_ts": "1.0",
        "attachments": [{"text": "Passed on."}, {"fallback": "F"}],
    }
    assert sayings.read("C1", message) == Said("C1", "2.0", "1.0", "Passed on.\nF")
    assert sayings.read("C1", {"ts": "2.0", "files": [{"title": "x"}]}).text == ""


def test_said_is_a_question_that_leaves_itself_and_its_thread_out():
    chosen, riga = Query("", beside=("C1:2.0", "C1:1.0")), ZoneInfo("Europe/Riga")
    assert Said("C1", "2.0", "1.0", "Tea?").ask(riga) == Asked('"Tea?"', zone=riga, chosen=chosen)
    assert Said("C1", "1.0", "1.0", "Tea?").native_ids == ("C1:1.0",)
    assert Said("C1", "1.0", "", "Tea?").native_ids == ("C1:1.0",)


@pytest.mark.parametrize(
    "text", ["We met in 2014, yesterday.", 'He said "tea" in #hr', "from:ann before:2019", "x " * 900]
)
def test_quoted_text_is_one_topic_and_no_filter_whatever_it_says(text: str):
    quoted = quote_text(text)
    assert len(quoted) <= MAX_QUESTION_CHARS
    query = understand(quoted)
    assert (query.topic, query.authors, query.after, query.before, query.channels) == (quoted, (), None, None, ())


def test_button_carries_a_quoted_text_whole():
    asked = Said("C1", "1795892590.968003", "1795892590.968003", 'x" \\ ' * 400).ask(UTC)
    assert read_button(build_value(asked)) == asked


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("https://a.slack.com/archives/C0123ABCD/p1700000000000100", ("C0123ABCD", "1700000000.000100")),
        ("so: https://a-b.enterprise.slack.com/archives/G1/p1700000000000100?", ("G1", "1700000000.000100")),
        ("https://a.slack.com/archives/D12/p1700000000000100?thread_ts=1.0&cid=D12 ok", ("D12", "1700000000.000100")),
        ("https://slack.com.evil.example/archives/C12/p1700000000000100", None),
        ("https://evil.example/https://x/archives/C12/p1700000000000100", None),
        ("https://a.slack.com/archives/C0123ABCD", None),
        ("unconferences", None),
    ],
)
def test_link_is_found_wherever_it_stands(text: str, place: tuple[str, str] | None):
    found = MessageLink.find(text)
    assert ((found.channel, found.ts) if found else None) == place


def test_link_is_taken_with_all_of_its_address():
    found = MessageLink.find("a https://a.slack.com/archives/D12/p1700000000000100?thread_ts=1.0&cid=D12 b")
    assert found
    assert (found.start, found.end) == (2, 74)


def test_question_without_a_link_stays_what_it_is(sayings: Sayings):
    asked = Asked("unconferences https://blog.example")
    assert sayings.resolve(asked, HERE) is asked


def test_link_becomes_what_it_leads_to(sayings: Sayings, slack: StandInSlack):
    root = slack.workspace.add_message("C1", "U1", "Who has *tea*?")
    reply = slack.workspace.add_message("C1", "U1", "Me.", thread_ts=root.ts)
    found = sayings.resolve(Asked(f"about {link(reply)}?thread_ts={root.ts}&cid=C1 since 2012"), HERE)
    assert found.question == 'about "Me." since 2012'
    assert found.chosen.beside == (f"C1:{reply.ts}", f"C1:{root.ts}")
    assert sayings.resolve(found, HERE) is found


def test_link_to_many_words_leaves_room_for_the_question(sayings: Sayings, slack: StandInSlack):
    message = slack.workspace.add_message("C1", "U1", "tea " * 400)
    found = sayings.resolve(Asked(f"{link(message)} {'cake ' * 90}"), HERE)
    assert len(found.question) <= MAX_QUESTION_CHARS
    assert found.question.count('"') == 2
    assert found.question.endswith("cake ")


@pytest.mark.parametrize(
    ("channel", "viewer", "is_read"),
    [
        ("C1", HERE, True),
        ("C2", HERE, False),
        ("C2", Viewer.member("U1", workspace="T0STANDIN"), True),
        ("G1", Viewer.member("U1", workspace="T0STANDIN"), False),
        ("G1", Viewer.member("U1", workspace=None, channels=frozenset({"G1"})), True),
        ("C1", Viewer.channel_audience("C1"), True),
        ("C2", Viewer.channel_audience("C1"), False),
        ("C2", Viewer.anyone(), False),
    ],
)
def test_link_is_read_only_for_those_who_may(
    sayings: Sayings, slack: StandInSlack, channel: str, viewer: Viewer, *, is_read: bool
):
    message = slack.workspace.add_message(channel, "U1" if channel == "C1" else "U2", "Tea.")
    asked, before = Asked(link(message)), len(slack.list_calls("conversations.replies"))
    if is_read:
        assert sayings.resolve(asked, viewer).question == '"Tea."'
    else:
        with pytest.raises(UnreadableError):
            sayings.resolve(asked, viewer)
        # Nor is it even asked for.
        assert len(slack.list_calls("conversations.replies")) == before


def test_link_to_no_words_says_so(sayings: Sayings, slack: StandInSlack):
    with pytest.raises(UnreadableError, match="no words in that message"):
        sayings.resolve(Asked(link(slack.workspace.add_message("C1", "U1", "…"))), HERE)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("missing_scope", "the scope channels:history"),
        ("thread_not_found", "not there any more"),
        ("not_in_channel", "Find past discussions"),
        ("channel_not_found", "Find past discussions"),
    ],
)
def test_what_slack_refuses_has_a_next_step(sayings: Sayings, slack: StandInSlack, error: str, said: str):
    message = slack.workspace.add_message("C1", "U1", "Tea.")
    slack.fail_next("conversations.replies", error=error)
    with pytest.raises(UnreadableError, match=said):
        sayings.resolve(Asked(link(message)), HERE)


def test_what_slack_refuses_for_no_reason_of_ours_is_trouble(sayings: Sayings, slack: StandInSlack):
    slack.fail_next("conversations.replies", error="fatal_error")
    with pytest.raises(SlackApiError):
        sayings.fetch("C1", "1.0")


@pytest.mark.parametrize(
    ("question", "is_only"),
    [
        ("https://a.example/x", True),
        ("https://a.example/x , http://b.example!", True),
        ("see https://a.example", False),
        ("https://a.slack.com/archives/C0123ABCD/p1700000000000100", False),
        ("unconferences", False),
        ("…", False),
    ],
)
def test_only_links_are_no_question(question: str, *, is_only: bool):
    assert is_only_links(question) == is_only


def test_words_out_of_a_message_are_of_its_channel():
    assert is_said_in(Asked("tea"), "C1")
    assert is_said_in(Said("C1", "2.0", "1.0", "Tea.").ask(UTC), "C1")
    assert not is_said_in(Said("C2", "2.0", "", "Tea.").ask(UTC), "C1")
