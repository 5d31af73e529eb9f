"""What is remembered of a thread, and for how long it goes on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from bot.slack.delivery import Place
from bot.slack.payloads import Message
from bot.slack.talk import MAX_FOLLOW_UPS, Talk
from bot.slack.viewers import Reader
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.conversation import Thread, Turn
from store.domain.query import Filter, Query
from store.domain.viewer import Viewer
from store.errors import ArchiveError
from store.query.moves import Move
from store.repositories.channel_settings import ChannelSettings
from store.repositories.conversations import Conversations
from store.search.searcher import Searcher
from tests.store.factories import make_comment, put_indexed

RIGA = ZoneInfo("Europe/Riga")
CHANNEL = Viewer.channel_audience("C1")
MENTION = Message("T1", "C1", "U1", "100.000001", "", "100.000001")
DIRECT = Message("T1", "D1", "U1", "100.000001", "", None)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    put_indexed(
        archive,
        HashingEncoder(),
        *(make_comment(f"c{number}", text=f"Badges, remark {number}.", author="Jon Ingham") for number in range(8)),
    )
    yield archive
    archive.close()


@pytest.fixture
def talk(archive: Archive) -> Talk:
    return Talk(Searcher(archive, HashingEncoder()), Conversations(archive.database), ChannelSettings(archive.database))


def ask(talk: Talk, message: Message, asked: Asked) -> None:
    """Let a message have been answered."""
    talk.note(message, talk.searcher.search(replace(asked, zone=RIGA), CHANNEL))


def say(talk: Talk, message: Message, text: str) -> Asked | Move | None:
    return talk.read(message, talk.recall(message), Asked(text, zone=RIGA), CHANNEL)


def reply(number: int, user: str = "U1") -> Message:
    """What somebody says in the thread of the mention."""
    return replace(MENTION, ts=f"100.{number:06}", user=user, is_addressed=False)


def test_talk_goes_on_from_the_last_question_with_all_it_was_narrowed_to(talk: Talk):
    ask(talk, MENTION, Asked("what did Jon say about badges?"))
    narrowed = Query("", ("Jon Ingham",))
    assert say(talk, reply(2), "and about pay?") == Asked("pay", zone=RIGA, chosen=narrowed)
    assert say(talk, reply(2), "more") == Asked("what did Jon say about badges?", 5, zone=RIGA, chosen=narrowed)


def test_talk_keeps_what_was_taken_away(talk: Talk):
    ask(talk, MENTION, Asked("what did Jon say about badges?", without=(Filter.AUTHORS,)))
    more = Asked("what did Jon say about badges?", 5, (Filter.AUTHORS,), RIGA)
    assert say(talk, reply(2), "more") == more
    ask(talk, MENTION, Asked("what did Jon say about badges?", without=(Filter.TOPIC,)))
    found = say(talk, reply(2), "only before 2012")
    assert isinstance(found, Asked)
    assert (found.without, found.chosen.authors) == ((Filter.TOPIC,), ("Jon Ingham",))
    assert say(talk, reply(2), "what did he say about it?") is None


def test_talk_knows_who_asked(talk: Talk):
    ask(talk, MENTION, Asked("badges"))
    assert isinstance(say(talk, reply(2), "what about pay?"), Asked)
    assert say(talk, reply(2, "U2"), "what about pay?") is None
    ask(talk, reply(3, "U2"), Asked("pay"))
    assert isinstance(say(talk, reply(4, "U2"), "what about pay?"), Asked)


def test_talk_reads_a_message_by_what_was_asked_before_it(talk: Talk):
    ask(talk, MENTION, Asked("badges"))
    ask(talk, reply(3), Asked("pay"))
    earlier, later = say(talk, reply(2), "only from Jon"), say(talk, reply(4), "only from Jon")
    assert isinstance(earlier, Asked)
    assert isinstance(later, Asked)
    assert (earlier.question, later.question) == ("badges", "pay")
    # Edited, it does not go on from itself.
    edited = say(talk, reply(3), "only from Jon")
    assert isinstance(edited, Asked)
    assert edited.question == "badges"


@pytest.mark.parametrize(
    "other",
    [
        replace(reply(2), thread_ts="100.000009"),
        replace(reply(2), channel="C2"),
        replace(reply(2), team="T2"),
        replace(reply(2), channel="D1", thread_ts=None, is_addressed=True),
    ],
)
def test_talk_of_one_thread_is_not_known_in_another(talk: Talk, other: Message):
    ask(talk, MENTION, Asked("badges"))
    assert talk.recall(other) == []
    assert say(talk, other, "more") is None


def test_direct_messages_are_known_in_a_thread_of_theirs_until_it_has_its_own_and_nowhere_else(talk: Talk):
    ask(talk, DIRECT, Asked("badges"))
    in_thread = replace(DIRECT, ts="100.000005", thread_ts="100.000001")
    before = replace(in_thread, thread_ts="100.000000")
    assert [turn.id for turn in talk.recall(in_thread)] == ["100.000001"]
    assert talk.recall(before) == []
    ask(talk, in_thread, Asked("pay"))
    assert [turn.id for turn in talk.recall(replace(in_thread, ts="100.000006"))] == ["100.000005"]
    assert talk.recall(replace(MENTION, thread_ts="100.000001")) == []


def test_talk_stops_and_is_taken_up_again_where_the_bot_is_spoken_to(talk: Talk):
    ask(talk, MENTION, Asked("badges"))
    talk.note_move(reply(2), Move.STOP)
    assert say(talk, reply(3), "more") is None
    more = say(talk, replace(reply(3), is_addressed=True), "more")
    assert isinstance(more, Asked)
    assert more.question == "badges"


def test_talk_begins_anew_with_nothing(talk: Talk):
    ask(talk, MENTION, Asked("what did Jon say about badges?"))
    talk.note_move(reply(2), Move.ANEW)
    assert say(talk, reply(3), "more") is None
    assert say(talk, reply(3), "and about pay?") == Asked("pay", zone=RIGA)


def test_talk_stops_by_itself_after_many_follow_ups_in_a_row_until_the_bot_is_spoken_to(talk: Talk):
    ask(talk, MENTION, Asked("badges"))
    for number in range(2, MAX_FOLLOW_UPS + 2):
        assert say(talk, reply(number), "and about badges?"), number
        ask(talk, reply(number), Asked("badges"))
    assert say(talk, reply(50), "and about badges?") is None
    ask(talk, replace(reply(51), is_addressed=True), Asked("badges"))
    assert say(talk, reply(52), "and about badges?")


def test_talk_is_off_where_an_admin_switched_it_off_unless_the_bot_is_spoken_to(talk: Talk):
    ask(talk, MENTION, Asked("badges"))
    talk.settings.set_follow_ups("T1", "C1", is_on=False, by="U9")
    assert say(talk, reply(2), "more") is None
    assert isinstance(say(talk, replace(reply(2), is_addressed=True), "more"), Asked)


def test_talk_goes_on_from_an_answer_that_was_posted_since(talk: Talk):
    ask(talk, MENTION, Asked("badges"))
    place = Place("C1", "100.000001", "100.000003")
    talk.note_posted(Reader("T1", "U2"), place, talk.searcher.search(Asked("pay"), CHANNEL))
    assert [turn.id for turn in talk.recall(reply(4))] == ["100.000003", "100.000001"]
    assert say(talk, reply(4, "U2"), "by Jon") == Asked("pay", zone=RIGA, chosen=Query("", ("Jon Ingham",)))


def test_talk_takes_thanks_for_what_is_long_ago_and_nothing_else_where_nothing_was_asked(talk: Talk):
    assert say(talk, DIRECT, "Thanks!") is Move.THANKS
    assert say(talk, DIRECT, "never mind") is Move.STOP
    assert [say(talk, DIRECT, text) for text in ("more", "who else?", "only from Jon", "badges")] == [None] * 4
    assert say(talk, reply(2), "never mind") is None


def test_talk_of_another_version_is_begun_anew(talk: Talk):
    talk.conversations.note(Thread("T1", "C1", "100.000001"), Turn("100.000001", "U1", '{"version": 99}'))
    assert say(talk, reply(2), "more") is None
    assert say(talk, reply(2), "and about pay?") == Asked("pay", zone=RIGA)


def test_answer_is_given_even_if_it_cannot_be_remembered(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise ArchiveError("cannot use the archive")

    monkeypatch.setattr(Conversations, "note", fail)
    with capture_logs() as logs:
        ask(talk, MENTION, Asked("badges"))
    assert [(log["event"], log["reason"]) for log in logs if log["log_level"] == "warning"] == [
        ("cannot remember what was asked", "cannot use the archive")
    ]


@pytest.mark.parametrize("text", ["only from Jon Ingham", "newest first", "before 2012"])
def test_words_out_of_a_message_stay_so(talk: Talk, text: str):
    ask(talk, DIRECT, Asked('"remark on badges"', chosen=Query("", beside=("C9:1.5",))))
    step = say(talk, replace(DIRECT, ts="100.000002"), text)
    assert isinstance(step, Asked)
    assert step.chosen.beside == ("C9:1.5",)


def test_new_words_are_not_out_of_the_message_before(talk: Talk):
    ask(talk, DIRECT, Asked('"remark on badges"', chosen=Query("", beside=("C9:1.5",))))
    step = say(talk, replace(DIRECT, ts="100.000002"), "and what about kettles?")
    assert isinstance(step, Asked)
    assert (step.question, step.chosen.beside) == ("kettles", ())
