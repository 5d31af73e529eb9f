"""What is new about standing questions: told once a day at most, to who may see it then, and never lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from sqlalchemy import update

from bot.slack.telling import MAX_PEOPLE, Teller
from bot.slack.viewers import People, Reader
from bot.slack.views.buttons import build_value
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.tables import ReplyRow
from store.domain.asked import Asked
from store.domain.comment import Comment
from store.domain.watch import Watch
from store.repositories.replies import Replies
from store.search.searcher import Searcher
from tests.fakes.slack import Post, StandInSlack
from tests.store.factories import make_comment, put_comments, put_indexed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ENCODER = HashingEncoder()


@dataclass
class Desk:
    """A teller with its archive, and a Slack of its own."""

    slack: StandInSlack
    archive: Archive
    people: People
    teller: Teller

    def watch(self, question: str = "kettles", *, person: str = "U1", channel: str = "") -> Watch:
        watch = self.archive.watches.add(self.slack.team_id, person, channel, build_value(Asked(question)), 99)
        assert watch
        return watch

    def put(self, *comments: Comment) -> None:
        put_indexed(self.archive, ENCODER, *comments)

    def tell(self, after: timedelta = timedelta(0)) -> list[Post]:
        """Tell, and give what was posted."""
        before = len(self.slack.posts)
        self.teller.tell_all(NOW + after)
        return self.slack.posts[before:]

    def find(self, watch: Watch) -> Watch:
        found = self.archive.watches.find(watch.id)
        assert found
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with StandInSlack() as slack:
        slack.workspace.add_user("U1", name="ada")
        slack.workspace.add_user("U2", name="gus")
        slack.workspace.add_channel("C1", name="tea", members=["U1", "U2", slack.bot_user_id])
        client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
        put_indexed(archive, ENCODER, make_comment("old", "The kettles whistle."))
        people = People(client)
        teller = Teller(archive, Searcher(archive, ENCODER), people, client, DAY)
        yield Desk(slack, archive, people, teller)
        archive.close()


def make_new(native_id: str = "new", text: str = "My kettles sing.", **more: Any) -> Comment:
    return make_comment(native_id, text, thread=native_id, published=datetime(1999, 1, 1, tzinfo=UTC), **more)


def test_what_came_since_is_told_once_whenever_it_was_said(desk: Desk):
    watch = desk.watch()
    assert desk.tell() == []
    desk.put(make_new(), make_new("other", "A gull."))
    (post,) = desk.tell()
    assert post.channel == "DU1"
    assert post.text.startswith("New about “kettles”, which you watch: Ann wrote on 1999-01-01: “My kettles sing.”")
    assert "whistle" not in str(post.blocks)
    assert (desk.find(watch).seen_id, desk.find(watch).told_at) == (3, NOW)
    assert desk.tell(2 * DAY) == []


def test_nothing_relevant_is_not_told_and_not_looked_at_again(desk: Desk):
    watch = desk.watch()
    desk.put(make_new("other", "A gull."))
    assert desk.tell() == []
    assert (desk.find(watch).seen_id, desk.find(watch).told_at) == (2, None)


def test_next_digest_comes_a_day_later_with_all_that_came(desk: Desk):
    desk.watch()
    desk.put(make_new())
    assert len(desk.tell()) == 1
    desk.put(make_new("second", "Two kettles."))
    assert desk.tell(timedelta(hours=23)) == []
    desk.put(make_new("third", "Three kettles."))
    (post,) = desk.tell(DAY)
    assert [word in str(post.blocks) for word in ("sing", "Two", "Three")] == [False, True, True]


def test_what_is_not_indexed_yet_is_told_when_it_is(desk: Desk):
    desk.watch()
    put_comments(desk.archive, make_new())
    assert desk.tell() == []
    desk.put(make_new("second", "A gull."))
    assert len(desk.tell()) == 1


def test_what_slack_did_not_take_is_told_when_it_does(desk: Desk):
    watch = desk.watch()
    desk.put(make_new())
    desk.slack.fail_next("chat.postMessage", error="internal_error")
    assert desk.tell() == []
    assert desk.find(watch) == watch
    let_leases_end(desk)
    desk.put(make_new("second", "Two kettles."))
    (post,) = desk.tell()
    assert [word in str(post.blocks) for word in ("sing", "Two")] == [True, True]
    assert desk.tell(2 * DAY) == []


def test_what_somebody_else_is_telling_is_left_to_them(desk: Desk):
    watch = desk.watch()
    desk.put(make_new())
    assert Replies(desk.archive.database).take(f"watch:{watch.id}:{watch.seen_id}")
    assert desk.tell() == []
    let_leases_end(desk)
    assert len(desk.tell()) == 1


def test_what_was_posted_and_not_noted_is_not_told_again(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """As where the process was killed in between."""
    watch = desk.watch()
    desk.put(make_new())
    with monkeypatch.context() as patched:
        patched.setattr(desk.archive.watches, "note_told", lambda *_: None)
        (post,) = desk.tell()
    assert desk.find(watch) == watch
    desk.put(make_new("second", "Two kettles."))
    let_leases_end(desk)
    assert desk.tell() == []
    assert (desk.find(watch).seen_id, desk.find(watch).told_at) == (2, NOW)
    assert Replies(desk.archive.database).find_place(f"watch:{watch.id}:{watch.seen_id}") == f"DU1 {post.ts}"
    (later,) = desk.tell(DAY)
    assert [word in str(later.blocks) for word in ("sing", "Two")] == [False, True]


def test_what_was_posted_in_a_channel_and_not_noted_is_not_told_again(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.watch(channel="C1")
    desk.put(make_new())
    with monkeypatch.context() as patched:
        patched.setattr(desk.archive.watches, "note_told", lambda *_: None)
        assert len(desk.tell()) == 1
    let_leases_end(desk)
    assert desk.tell() == []


def test_nothing_is_concluded_where_slack_does_not_say_who_somebody_is(desk: Desk):
    watch = desk.watch()
    desk.put(make_new("den", "Kettles of the den.", channel="den", visibility=f"workspace:{desk.slack.team_id}"))
    desk.slack.fail_next("users.conversations", error="internal_error")
    assert desk.tell() == []
    assert desk.find(watch) == watch
    assert len(desk.tell()) == 1


def test_person_is_told_what_they_may_see_at_that_moment(desk: Desk):
    desk.watch()
    desk.put(make_new("den", "Kettles of the den.", channel="den", visibility="channel:C1"))
    # It is remembered that they are there, and nothing tells that they left.
    assert desk.people.get_viewer(Reader(desk.slack.team_id, "U1"))
    desk.slack.workspace.channels["C1"].members.discard("U1")
    assert desk.tell() == []


def test_channel_is_told_what_all_of_it_may_see(desk: Desk):
    desk.watch(channel="C1")
    desk.put(
        make_new("all", "Kettles for all.", channel="all"),
        make_new("den", "Kettles of the den.", channel="den", visibility="channel:C1"),
        make_new("mine", "Kettles of mine.", channel="mine", visibility="people:U1"),
    )
    (post,) = desk.tell()
    assert (post.channel, post.text.startswith("New about “kettles”, which ada watches here: ")) == ("C1", True)
    assert [word in str(post.blocks) for word in ("for all", "of the den", "of mine")] == [True, True, False]


def test_who_watches_is_told_where_the_bot_left_the_channel(desk: Desk):
    desk.watch(channel="C1")
    desk.slack.workspace.channels["C1"].members.discard(desk.slack.bot_user_id)
    desk.put(make_new("mine", "Kettles of mine.", channel="mine", visibility="people:U1"), make_new())
    (post,) = desk.tell()
    assert (post.channel, "of mine" in str(post.blocks)) == ("DU1", True)


def test_what_nobody_could_be_told_keeps_no_later_news_waiting(desk: Desk):
    watch = desk.watch(channel="C1")
    desk.put(make_new(visibility="channel:C1", channel="tea"))
    members = desk.slack.workspace.channels["C1"].members
    members.clear()
    assert desk.tell() == []
    assert (desk.find(watch).seen_id, desk.find(watch).told_at) == (2, None)
    members |= {"U2", desk.slack.bot_user_id}
    desk.put(make_new("second", "Two kettles."))
    (post,) = desk.tell(timedelta(hours=1))
    assert [word in str(post.blocks) for word in ("sing", "Two")] == [False, True]


def test_watch_of_an_archived_channel_is_paused(desk: Desk):
    watch = desk.watch(channel="C1")
    desk.slack.workspace.channels["C1"].is_archived = True
    desk.put(make_new())
    assert desk.tell() == []
    assert desk.find(watch).is_paused


def test_watch_of_who_left_is_paused(desk: Desk):
    watch, other = desk.watch(), desk.watch(person="U2")
    desk.slack.workspace.users["U1"].deleted = True
    desk.put(make_new())
    assert [post.channel for post in desk.tell()] == ["DU2"]
    assert (desk.find(watch).is_paused, desk.find(other).is_paused) == (True, False)


def test_paused_watch_is_told_of_all_that_came_when_it_goes_on(desk: Desk):
    watch = desk.watch()
    desk.archive.watches.pause(watch.id)
    desk.put(make_new())
    assert desk.tell() == []
    desk.archive.watches.pause(watch.id, is_paused=False)
    assert len(desk.tell()) == 1


def test_all_people_get_their_turn_though_slack_is_asked_of_few_at_once(desk: Desk):
    people = [f"UMANY{number}" for number in range(MAX_PEOPLE + 5)]
    for person in people:
        desk.slack.workspace.add_user(person)
        desk.watch(person=person)
    desk.put(make_new())
    assert [len(desk.tell()), len(desk.tell()), len(desk.tell())] == [MAX_PEOPLE, 5, 0]
    assert {post.channel for post in desk.slack.posts} == {f"D{person}" for person in people}


def test_teller_that_is_closed_begins_nothing(desk: Desk):
    desk.watch()
    desk.put(make_new())
    desk.teller.close()
    assert desk.tell() == []


def let_leases_end(desk: Desk) -> None:
    with desk.archive.database.writing() as connection:
        connection.execute(update(ReplyRow).values(taken_at=datetime.now(UTC) - timedelta(hours=1)))
