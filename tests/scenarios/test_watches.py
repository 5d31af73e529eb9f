"""Standing questions: watched, told when an import brings something new, listed, paused and removed."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.slack.views.watches import PAUSE, REMOVE, RESUME
from tests.databases import ArchivePlace, Databases, execute
from tests.fakes.slack import Post, StandInSlack
from tests.scenarios.conftest import fill_workspace, make_person, make_room, make_slack_settings
from tests.scenarios.forking import Forks
from tests.scenarios.process import serving
from tests.scenarios.room import GUEST, MEMBER, Room, dump, find_actions, find_links
from tests.waiting import wait_until

_numbers = count(1)


class Town:
    """A running bot, and an archive that grows."""

    def __init__(
        self, slack: StandInSlack, database: ArchivePlace, settings: dict[str, str], forks: Forks, folder: Path
    ) -> None:
        self.forks = forks
        self._folder = folder
        self.slack = slack
        self.database = database
        self.settings = settings

    def bring(self, *texts: str, visibility: str = "public") -> None:
        """Import comments that were not there."""
        number = next(_numbers)
        records = [
            {
                "id": f"w{number}-{place}",
                "text": text,
                "visibility": visibility,
                "url": f"https://news.example/{number}",
            }
            for place, text in enumerate(texts)
        ]
        path = self._folder / f"news-{number}.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        done = self.forks.run("import", path, database=self.database)
        assert (done.code, done.err) == (0, "")

    def direct(self, user: str) -> Room:
        return Room(self.slack, self.slack.workspace.open_direct_message(user).id)


@pytest.fixture(scope="module")
def town(
    databases: Databases, sample_archive: ArchivePlace, forks: Forks, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("watches")
    database = databases.copy(sample_archive)
    with StandInSlack() as slack:
        fill_workspace(slack)
        settings = make_slack_settings(slack) | {"HARKBACK_DIGEST_EVERY": "1s"}
        with serving(database, settings, folder / "log"):
            slack.wait_connected()
            yield Town(slack, database, settings, forks, folder)


@pytest.fixture
def person(town: Town) -> str:
    return make_person(town.slack)


@pytest.fixture
def room(town: Town, person: str) -> Room:
    room = make_room(town.slack)
    town.slack.workspace.channels[room.id].members.add(person)
    return room


def wait_until_noted(database: ArchivePlace) -> None:
    """Wait until it is noted that somebody was told."""
    wait_until(lambda: execute(database, "SELECT told_at FROM watch") != [(None,)])


def watch(room: Room, words: str, user: str) -> Post:
    before = len(room.posts)
    room.command(f"watch {words}", user=user)
    return room.wait_for_post(before + 1)


def test_watch_is_confirmed_and_what_is_new_is_told_directly(town: Town, room: Room, person: str):
    said = watch(room, "xylophones", person)
    assert (said.ephemeral_to, find_actions(said)) == (person, [PAUSE, REMOVE])
    assert said.text.startswith("I will write to you directly when something new comes into the archive about")
    town.bring("Xylophones are loud.", "Nothing of the kind.")
    news = town.direct(person).wait_for_post()
    assert news.text.startswith("New about “xylophones”, which you watch: ")
    assert "Xylophones are loud." in dump(news)
    assert (len(find_links(news)), find_actions(news)) == (1, [PAUSE, REMOVE])
    town.bring("Two xylophones.")
    assert "Two xylophones." in dump(town.direct(person).wait_for_post(2))
    assert "are loud" not in dump(town.direct(person).posts[1])


def test_watch_in_this_channel_is_told_there_for_everyone(town: Town, room: Room, person: str):
    assert "everyone in this channel" in watch(room, "theremins in this channel", person).text
    town.bring("A theremin hums.", "Theremins of the members.", visibility=f"workspace:{town.slack.team_id}")
    town.bring("Theremins for all.")
    news = room.wait_for_post(2)
    assert (news.ephemeral_to, news.thread_ts) == (None, None)
    assert news.text.startswith("New about “theremins”, which pat watches here: ")
    assert ["for all" in dump(news), "members" in dump(news), "hums" in dump(news)] == [True, False, False]
    assert town.direct(person).posts == []


def test_watch_in_a_channel_without_the_bot_is_told_directly(town: Town, person: str):
    room = make_room(town.slack, has_bot=False)
    town.slack.workspace.channels[room.id].members.add(person)
    assert "I am no member of this channel" in watch(room, "ocarinas in this channel", person).text
    town.bring("Ocarinas whistle.")
    assert "Ocarinas whistle." in dump(town.direct(person).wait_for_post())


def test_watch_tells_nobody_what_they_may_not_see(town: Town, room: Room, person: str):
    watch(room, "bagpipes", person)
    watch(room, "bagpipes", GUEST)
    town.bring("Bagpipes of the members.", visibility=f"workspace:{town.slack.team_id}")
    assert "of the members" in dump(town.direct(person).wait_for_post())
    town.bring("Bagpipes for everyone.")
    news = town.direct(GUEST).wait_for_post()
    assert ["for everyone" in dump(news), "members" in dump(news)] == [True, False]


def test_watches_are_listed_paused_resumed_and_removed(town: Town, room: Room, person: str):
    watch(room, "zithers", person)
    watch(room, "lutes in this channel", person)
    room.command("watches", user=person)
    listed = room.wait_for_post(3)
    assert (listed.text.split("\n")[0], listed.ephemeral_to) == ("You watch 2 questions.", person)
    assert [word in dump(listed) for word in ("zithers", "lutes", f"Told in <#{room.id}>.")] == [True, True, True]
    assert find_actions(listed) == [PAUSE, REMOVE, PAUSE, REMOVE]
    first, second = (block["elements"][0]["value"] for block in listed.blocks if block["type"] == "actions")
    town.slack.click(listed, PAUSE, user=person, value=first)
    paused = room.wait_for_updates(1)[0]
    assert (find_actions(paused), "until you go on" in paused.text) == ([RESUME, REMOVE, PAUSE, REMOVE], True)
    town.bring("Zithers, zithers.")
    town.bring("Lutes.")
    # The other one is told, so this one was looked at, if at all.
    room.wait_for_post(4)
    assert town.direct(person).posts == []
    town.slack.click(paused, RESUME, user=person)
    assert "Zithers, zithers." in dump(town.direct(person).wait_for_post())
    room.command("unwatch LUTES", user=person)
    assert "I do not watch “lutes” any more." in room.wait_for_post(5).text
    room.command("watches", user=person)
    assert room.wait_for_post(6).text.startswith("You watch 1 question.\n")
    assert second != first


def test_watch_of_somebody_else_is_not_changed(town: Town, room: Room, person: str):
    watch(room, "harps in this channel", person)
    town.bring("Harps.")
    news = room.wait_for_post(2)
    town.slack.click(news, REMOVE, user=MEMBER)
    refused = room.wait_for_post(3)
    assert (refused.ephemeral_to, refused.text.startswith("Sorry, only whoever asked")) == (MEMBER, True)
    town.slack.click(news, REMOVE, user=person)
    assert "I do not watch “harps” any more." in room.wait_for_post(4).text
    town.slack.click(news, PAUSE, user=person)
    assert "not watched any more" in room.wait_for_post(5).text


def test_watch_of_nothing_and_unwatch_of_what_is_not_watched_say_so(room: Room, person: str):
    room.command("watch", user=person)
    assert room.wait_for_post(1).text.startswith("You watch nothing so far.")
    room.command("watch ?!", user=person)
    assert room.wait_for_post(2).text.startswith("You watch nothing so far.")
    room.command("unwatch gongs", user=person)
    assert room.wait_for_post(3).text.startswith("You do not watch “gongs”.")


def test_watches_have_an_end(town: Town, room: Room, person: str):
    for number in range(21):
        room.command(f"watch cymbal {number}", user=person)
    said = [post.text for post in room.wait_for_posts(21)]
    assert sum(text.startswith("You watch 20 questions, and there is no room for more") for text in said) == 1
    assert town.direct(person).posts == []


def test_what_came_while_nothing_ran_is_told_once_it_runs(archive_copy: ArchivePlace, forks: Forks, tmp_path: Path):
    with StandInSlack() as slack:
        fill_workspace(slack)
        town = Town(slack, archive_copy, make_slack_settings(slack), forks, tmp_path)
        room = make_room(slack)
        with serving(archive_copy, town.settings, tmp_path / "log"):
            slack.wait_connected()
            watch(room, "celestas", MEMBER)
        town.bring("Celestas chime.")
        with serving(archive_copy, town.settings, tmp_path / "log2"):
            assert "Celestas chime." in dump(town.direct(MEMBER).wait_for_post())
            wait_until_noted(archive_copy)
        town.bring("More celestas.")
        with serving(archive_copy, town.settings, tmp_path / "log3"):
            slack.wait_connected()
            # A day has not passed.
            assert len(town.direct(MEMBER).settle()) == 1
