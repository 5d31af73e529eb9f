"""Nothing to the wrong eyes: whatever is asked and pressed, no payload holds what one of its readers may not see.

Every comment has words, a name, a title, an address and a day that no other has, and every source and channel a name.
Who may see what is worked out here by the words of the rule, from Slack's memberships; the code under test is not
asked. A new way to ask goes into SURFACES; whatever can be pressed in what comes of it is pressed.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.slack.views.home import ASK
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.viewer import Visibility
from store.refresh.indexing import index_pending
from store.sources.formats.slack import name_workspace
from tests.bot.slack.stage import Stage, acting
from tests.fakes.slack import Channel, Post, StandInError, StandInSlack, Update, View
from tests.fakes.slack.limits import walk
from tests.store.factories import make_comment, put_comments

TEAM, BOT = StandInSlack.team_id, StandInSlack.bot_user_id
MENTION = f"<@{BOT}>"
PEOPLE: dict[str, dict[str, Any]] = {
    "UFULL": {},
    "UOTHER": {},
    "UGUEST": {"is_restricted": True},
    "USINGLE": {"is_ultra_restricted": True},
    "USTRANGER": {"team_id": "T0STRANGE"},
}
CHANNELS: dict[str, dict[str, Any]] = {
    "COPEN": {},
    "CCLOSED": {"is_private": True},
    "CGROUP": {"is_mpim": True},
    "CSHARED": {"is_ext_shared": True},
    "CWITHOUT": {"is_private": True},
}
VISIBILITIES = (
    *["public"] * 7, "nobody", f"workspace:{TEAM}", "workspace:T0STRANGE", "channel:COPEN",
    "channel:CCLOSED", "channel:CGROUP,CSHARED", "channel:CWITHOUT", "people:UFULL,UGUEST", "people:USTRANGER",
)  # fmt: skip
# Where a modal was opened is not to be seen in it.
ANYWHERE = "*"
# So many more that nobody may see: a count with them in it is too high for anybody.
HIDDEN = 40
# Of so many comments a discussion is talk enough to suggest a question about it.
MANY = 3
TOPIC = "zeppelin"
MAX_PRESSES = 4
FIRST_DAY = datetime(2001, 1, 1, tzinfo=UTC)

_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]


@cache
def make_mark(number: int, kind: str) -> str:
    """Make a word that is like no other."""
    return "".join(Random(f"{kind} {number}").choices(_SYLLABLES, k=5)).capitalize()


# The archive, and who may see what of it.


@dataclass(frozen=True)
class Told:
    """A comment, and all by which it is known."""

    source: str
    channel: str
    of_source: str
    own: str
    number: int
    thread: str
    is_hidden: bool = False

    @property
    def name(self) -> str:
        return f"{make_mark(self.number, 'first name')} {make_mark(self.number, 'last name')}"

    @property
    def word(self) -> str:
        return make_mark(self.number, "word")

    @property
    def title(self) -> str:
        return make_mark(self.number, "title")

    @property
    def published(self) -> datetime:
        return FIRST_DAY + timedelta(days=3 * self.number)

    @property
    def marks(self) -> set[str]:
        """What stands in it alone."""
        day = self.published
        return {*self.name.split(), self.word, self.title, day.date().isoformat(), f"^{int(day.timestamp())}^"}


@dataclass
class World:
    """The archive as it is meant to be: sources, by name, with who may see each, and what they hold."""

    told: list[Told] = field(default_factory=list)

    @property
    def sources(self) -> list[str]:
        return sorted({one.source for one in self.told})

    def show_source_to(self, source: str, who: str) -> None:
        self.told = [replace(one, of_source=who) if one.source == source else one for one in self.told]

    def find_to_hide(self, random: Random) -> Told:
        """Find a comment in any discussion; the many that nobody may see are but one of those."""
        return random.choice(list({one.thread: one for one in self.told}.values()))

    def hide(self, thread: str) -> None:
        self.told = [replace(one, is_hidden=True) if one.thread == thread else one for one in self.told]

    def find_visible(self, may_see: Callable[[str], bool]) -> list[Told]:
        return [one for one in self.told if may_see(one.of_source) and may_see(one.own) and not one.is_hidden]

    def find_marks(self) -> set[str]:
        return {mark for one in self.told for mark in (*one.marks, one.source, one.channel)}


@dataclass(frozen=True)
class Eyes:
    """Who reads something: one person, in a place, or everyone in a channel."""

    place: str
    person: str = ""

    def describe(self, slack: StandInSlack) -> Callable[[str], bool]:
        """Give the rule: which visibilities they see."""
        channels, workspaces = {self.place}, set()
        if self.place == ANYWHERE:
            channels = {one.id for one in slack.workspace.channels.values() if self.person in one.members}
        user = slack.workspace.users.get(self.person)
        if user and not user.is_stranger:
            channels |= {one.id for one in slack.workspace.channels.values() if _is_known_in(one, self.person)}
            if not user.is_restricted and not user.is_ultra_restricted:
                workspaces = {TEAM}

        def may_see(visibility: str) -> bool:
            kind, _, listed = visibility.partition(":")
            ids = set(listed.split(","))
            seen = {"channel": channels, "workspace": workspaces, "people": {self.person}}
            return kind == "public" or bool(ids & seen.get(kind, set()))

        return may_see


def _is_known_in(channel: Channel, user: str) -> bool:
    return user in channel.members and (channel.has_bot or not channel.is_private)


# Who may see each source, and each of its channels, with how many comments that has.
Holdings = list[tuple[str, list[tuple[str, int]]]]
holdings = st.lists(
    st.tuples(
        st.sampled_from(VISIBILITIES), st.lists(st.tuples(st.sampled_from(VISIBILITIES), st.integers(1, 5)), max_size=3)
    ),
    min_size=1,
    max_size=4,
)


def make_world(held: Holdings) -> World:
    world, numbers = World(), count(1)
    for place, (of_source, channels) in enumerate([*held, ("nobody", [("public", HIDDEN)])]):
        source = make_mark(place, "source")
        for number, (own, comments) in enumerate(channels):
            channel = make_mark(10 * place + number, "channel")
            # Many comments are one discussion, few are one each.
            for comment in range(comments):
                thread = f"t{place}-{number}-{0 if comments >= MANY else comment}"
                world.told.append(Told(source, channel, of_source, own, next(numbers), thread))
    return world


def fill(archive: Archive, world: World) -> None:
    for source in world.sources:
        some = [one for one in world.told if one.source == source]
        visibility = Visibility.parse(some[0].of_source)
        archive.put_source(source, "slack", source, visibility, identity=name_workspace(TEAM))
        comments = [
            make_comment(
                f"{one.number}",
                f"The {TOPIC} {one.word}.",
                author=one.name,
                account=find_account(one.number),
                title=one.title,
                thread=one.thread,
                thread_url=f"https://{one.title}.example/",
                url=f"https://{one.word}.example/{one.number}",
                published=one.published,
                channel=one.channel,
                visibility=one.own,
            )
            for one in some
        ]
        put_comments(archive, *comments, source=source)
    for one in world.told:
        if one.is_hidden:
            hide(archive, one)
    index_pending(archive, HashingEncoder)


def find_account(number: int) -> str:
    """Give who wrote a comment: some are of people who ask, most are not."""
    return [*PEOPLE, "", "", "", ""][number % 9] or f"U{number}"


def hide(archive: Archive, one: Told) -> None:
    """Hide the discussion of a comment, as an admin does."""
    stored = archive.read_comments(range(1, 1_000)).values()
    found = [comment.discussion_id for comment in stored if comment.native_id == f"{one.number}"]
    for discussion_id in found:
        archive.hiding.hide(discussion_id, "UFULL")


# What is sent, and who reads it.

Sent = Post | Update | View


def find_eyes(sent: Sent, slack: StandInSlack) -> Eyes:
    """Give who reads something that was sent; a modal may be of any place where its reader is."""
    if isinstance(sent, View):
        return Eyes(ANYWHERE, sent.user or "")
    channel = slack.workspace.channels[sent.channel]
    if sent.ephemeral_to:
        return Eyes(channel.id, sent.ephemeral_to)
    if channel.is_im:
        return Eyes(channel.id, next(iter(channel.members - {BOT})))
    return Eyes(channel.id)


def dump(sent: Sent, since: int = 0) -> str:
    """Give all that was sent; of a view, what it was from some version on: what it was before was right then."""
    said = sent.versions[since:] if isinstance(sent, View) else [sent.text, sent.blocks, sent.params]
    return json.dumps(said, ensure_ascii=False).lower()


_SEARCHED = re.compile(r"(?:searched|you may see) ([\d,]+) comments? in ([\d,]+) sources?")
_ALONE = re.compile(r"([\d,]+) more, only for you")
_COUNTED = re.compile(r"([\d,]+) (?:\w+ )?(?:more|comments?|sources?|people|hits?|discussions?|excerpts?|others?)\b")
_IS_OWN = re.compile(r"comments? of yours|shall i forget you")
_RECENT = re.compile(r'"ask again: ([^"]*)"')
_LEFT = re.compile(r"more \(([\d,]+)\)")


def _count_versions(slack: StandInSlack) -> dict[str, int]:
    return {view.id: len(view.versions) for view in slack.views}


def find_person(payload: dict[str, Any]) -> str:
    """Give who did what was delivered."""
    event = payload.get("event", {})
    said = event.get("message", event)
    return str(payload.get("user_id") or said.get("user") or payload.get("user", {}).get("id"))


def find_typed(payload: dict[str, Any]) -> str:
    """Give the words in what was delivered."""
    event = payload.get("event", {})
    typed = [action.get("value") for action in payload.get("actions", []) if action["type"] == "plain_text_input"]
    said = (payload.get("text"), event.get("message", event).get("text"), *typed)
    return " ".join(str(words) for words in said if words)


class Watcher:
    """Reads all that is sent, over its readers' shoulders, as soon as it is."""

    def __init__(self, stage: Stage, world: World) -> None:
        self._stage = stage
        self._world = world
        self._posts = len(stage.slack.posts)
        self._updates = len(stage.slack.updates)
        self._versions = _count_versions(stage.slack)
        self._calls = len(stage.slack.calls)
        self._deliveries = self._since = len(stage.slack.deliveries)

    def look(self, typed: str = "", carried: str = "") -> list[Sent]:
        """Wait for what comes, check it, and give it; what was typed may be repeated to anybody.

        What was pressed may go on unseen: what it `carried` is left out of what is checked, where it stands so.
        """
        slack = self._stage.slack
        self._stage.settle()
        before, now = self._versions, _count_versions(slack)
        views = [view for view in slack.views if before.get(view.id, 0) != now[view.id]]
        sent: list[Sent] = [*slack.posts[self._posts :], *slack.updates[self._updates :], *views]
        self._posts, self._updates, self._versions = len(slack.posts), len(slack.updates), now
        for one in sent:
            since = before.get(one.id, 0) if isinstance(one, View) else 0
            said, eyes = dump(one, since), find_eyes(one, slack)
            said = said.replace(json.dumps(carried.lower(), ensure_ascii=False)[1:-1], "") if carried else said
            own = self._find_typed_by(eyes.person)
            if isinstance(one, View) and one.content["type"] == "home":
                self._check(said, eyes, own)
                self._check_recent(said, own)
            else:
                self._check(said, eyes, f"{typed.lower()} {own}")
        self._check_acks(typed.lower())
        self._check_calls(typed.lower())
        return sent

    def _check(self, said: str, eyes: Eyes, typed: str) -> None:
        visible = self._world.find_visible(eyes.describe(self._stage.slack))
        self._check_marks(said, visible, typed)
        for found in _SEARCHED.findall(said):
            searched, held = tuple(map(int, found)), (len(visible), len({one.source for one in visible}))
            assert searched <= held if eyes.place == ANYWHERE else searched == held, said
        everyone = self._world.find_visible(Eyes(eyes.place).describe(self._stage.slack))
        for number in _ALONE.findall(said):
            assert 0 < int(number) <= len(visible) - len(everyone), said
            assert int(number) == len(visible) - len(everyone) or typed != TOPIC, said
        for number in (*_COUNTED.findall(said), *_LEFT.findall(said)):
            assert int(number.replace(",", "")) <= len(visible), said
        for source in {one.source for one in visible}:
            for number in re.findall(rf"\*{source.lower()}\*: ([\d,]+) comment", said):
                some = [one for one in visible if one.source == source]
                # What is told somebody of what they wrote counts that alone.
                own = [one for one in some if find_account(one.number) == eyes.person]
                counted, held = int(number.replace(",", "")), len(own if _IS_OWN.search(said) else some)
                assert counted <= held if eyes.place == ANYWHERE else counted == held, said

    def _check_marks(self, said: str, visible: list[Told], typed: str) -> None:
        shown = {mark for one in visible for mark in (*one.marks, one.source, one.channel)}
        hidden = {mark.lower() for mark in self._world.find_marks() - shown}
        assert [mark for mark in sorted(hidden) if mark in said and mark not in typed] == [], said

    def _find_typed_by(self, person: str) -> str:
        """Give what somebody typed so far: it may be repeated to them."""
        payloads = [delivery.payload for delivery in self._stage.slack.deliveries[self._since :]]
        return " ".join(find_typed(payload) for payload in payloads if find_person(payload) == person).lower()

    def _check_recent(self, said: str, own: str) -> None:
        """What is said to have been asked lately was asked by that person."""
        for question in _RECENT.findall(said):
            assert question.rstrip("…") in own, said

    def _check_acks(self, typed: str) -> None:
        """What an acknowledgement carries is read by whoever did what it acknowledges."""
        deliveries = self._stage.slack.deliveries
        for delivery in deliveries[self._deliveries :]:
            if delivery.ack_payload:
                eyes = Eyes(ANYWHERE, find_person(delivery.payload))
                self._check(json.dumps(delivery.ack_payload, ensure_ascii=False).lower(), eyes, typed)
        self._deliveries = len(deliveries)

    def _check_calls(self, typed: str) -> None:
        """Whatever else was told to Slack, as a status or a title of a thread, anybody in its channel may read."""
        calls = self._stage.slack.calls
        for call in calls[self._calls :]:
            if call.method not in _CHECKED_AS_SENT:
                place = str(call.params.get("channel_id") or call.params.get("channel") or "")
                person = place.removeprefix("D") if place.startswith("D") else ""
                self._check(json.dumps(call.params, ensure_ascii=False).lower(), Eyes(place, person), typed)
        self._calls = len(calls)


_CHECKED_AS_SENT = {
    "chat.postMessage", "chat.postEphemeral", "chat.update", "response_url", "views.open", "views.push", "views.update",
    "views.publish",
}  # fmt: skip


# What people do.


@dataclass(frozen=True)
class Asker:
    """Somebody, in a place, with a question."""

    slack: StandInSlack
    user: str
    channel: str
    question: str


def mention(asker: Asker) -> None:
    if BOT in asker.slack.workspace.channels[asker.channel].members:
        asker.slack.send_mention(channel=asker.channel, user=asker.user, text=f"{MENTION} {asker.question}")


def edit_mention(asker: Asker) -> None:
    if BOT in asker.slack.workspace.channels[asker.channel].members:
        before = len(asker.slack.posts)
        said = asker.slack.send_mention(channel=asker.channel, user=asker.user, text=f"{MENTION} ?")
        asker.slack.wait_for_posts(before + 1)
        asker.slack.edit_message(said, f"{MENTION} {asker.question}")


def go_on_about(asker: Asker) -> None:
    go_on(asker, TOPIC, f"and about {asker.question}?")


def ask_for_more(asker: Asker) -> None:
    go_on(asker, asker.question, "more")


def go_on(asker: Asker, question: str, text: str) -> None:
    """Ask, and say something in the thread that does not mention the bot."""
    if BOT in asker.slack.workspace.channels[asker.channel].members:
        before = len(asker.slack.posts)
        said = asker.slack.send_mention(channel=asker.channel, user=asker.user, text=f"{MENTION} {question}")
        asker.slack.wait_for_posts(before + 1)
        # What comes for whoever asked alone comes first.
        asker.slack.wait_quiet(0.2)
        asker.slack.send_message(channel=asker.channel, user=asker.user, text=text, thread_ts=said.ts)


def go_on_directly(asker: Asker) -> None:
    before = len(asker.slack.posts)
    write_directly(replace(asker, question=TOPIC))
    asker.slack.wait_for_posts(before + 1)
    write_directly(replace(asker, question=f"and about {asker.question}?"))


def write_directly(asker: Asker) -> None:
    asker.slack.send_direct_message(user=asker.user, text=asker.question)


def command(asker: Asker) -> None:
    asker.slack.send_command("/hark", text=asker.question, user=asker.user, channel=asker.channel)


def list_sources(asker: Asker) -> None:
    asker.slack.send_command("/hark", text="sources", user=asker.user, channel=asker.channel)


def open_home(asker: Asker) -> None:
    asker.slack.open_app(user=asker.user)


def open_pane(asker: Asker) -> None:
    asker.slack.open_app(user=asker.user, tab="messages")


def ask_at_home(asker: Asker) -> None:
    shown = len(asker.slack.list_calls("views.publish"))
    open_home(asker)
    asker.slack.wait_for_calls("views.publish", shown + 1)
    home = next(one for one in asker.slack.views if one.user == asker.user and one.content["type"] == "home")
    asker.slack.enter(home, ASK, asker.question, user=asker.user)


def ask_about_me(asker: Asker) -> None:
    asker.slack.send_command("/hark", text="about-me", user=asker.user, channel=asker.channel)


def ask_to_be_forgotten(asker: Asker) -> None:
    asker.slack.send_command("/hark", text="forget-me", user=asker.user, channel=asker.channel)


def ask_for_help(asker: Asker) -> None:
    asker.slack.send_command("/hark", text="help", user=asker.user, channel=asker.channel)


def watch(asker: Asker) -> None:
    asker.slack.send_command("/hark", text=f"watch {asker.question}", user=asker.user, channel=asker.channel)


SURFACES = (
    mention, edit_mention, go_on_about, ask_for_more, go_on_directly, write_directly, command, list_sources,
    open_pane, watch, ask_about_me, ask_to_be_forgotten, ask_for_help, open_home, ask_at_home,
)  # fmt: skip


@dataclass(frozen=True)
class Button:
    """Something that can be pressed, or chosen from a menu, and where it is seen."""

    sent: Sent
    block_id: str
    action: dict[str, Any]


def find_buttons(sent: Sent, slack: StandInSlack) -> Iterator[Button]:
    """Give everything in a message or modal that can be pressed: buttons, and each choice of each menu."""
    shown = sent.blocks if isinstance(sent, View) else slack.find_message(sent).blocks
    for block in shown:
        for _, node in walk(block, ""):
            action = {key: node[key] for key in ("type", "action_id", "value") if key in node}
            if node.get("type") == "button" and "url" not in node:
                yield Button(sent, block.get("block_id", ""), action)
            elif node.get("type") in ("overflow", "static_select"):
                for option in node["options"]:
                    yield Button(sent, block.get("block_id", ""), action | {"selected_option": option})


def press(button: Button, user: str, slack: StandInSlack) -> None:
    _, place = slack._look_at(button.sent, user)
    action = button.action | {"block_id": button.block_id, "action_ts": slack.workspace.next_ts()}
    slack.send_interaction({"type": "block_actions", "actions": [action], **place}, user=user)


def find_readers(sent: Sent, slack: StandInSlack) -> list[str]:
    if isinstance(sent, View):
        return [sent.user or ""]
    members = slack.workspace.channels[sent.channel].members - {BOT}
    return [sent.ephemeral_to] if sent.ephemeral_to else sorted(members)


# The property.

# A failure is told as it is found: to make it smaller takes minutes.
RANDOM_ARCHIVES = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
)
# Where it is asked for, of other archives each time, wherever that is run.
MANY_RANDOM_ARCHIVES = settings(RANDOM_ARCHIVES, max_examples=300, derandomize=False)


@pytest.fixture(scope="module")
def slack() -> Iterator[StandInSlack]:
    with StandInSlack(redelivery_delays=(), reads_channels=True) as running:
        for user, kind in PEOPLE.items():
            running.workspace.add_user(user, **kind)
        yield running


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "archive.db"
    Archive.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def make_archive(empty: Path, tmp_path: Path) -> Iterator[Callable[[], Archive]]:
    opened: list[Archive] = []

    def make() -> Archive:
        path = shutil.copy(empty, tmp_path / f"{len(opened)}.db")
        opened.append(Archive.open(f"sqlite:///{path}"))
        return opened[-1]

    yield make
    for archive in opened:
        archive.close()


def put_people_in(slack: StandInSlack, random: Random) -> None:
    for channel, kind in CHANNELS.items():
        people = [user for user in PEOPLE if channel == "CSHARED" or user != "USTRANGER"]
        members = random.sample(people, random.randint(1, len(people)))
        bots = [] if channel == "CWITHOUT" else [BOT]
        slack.workspace.add_channel(channel, name=channel.lower(), members=[*members, *bots], **kind)


QUESTIONS: tuple[Callable[[Told], str], ...] = (
    lambda _: TOPIC,
    lambda _: TOPIC,
    lambda one: f"{TOPIC} by {one.name}",
    lambda one: f"{TOPIC} not by {one.name}",
    lambda one: f"what did {one.name} say?",
    lambda one: f"{TOPIC} in #{one.channel}",
    lambda one: f"{TOPIC} in {one.source}",
    lambda one: f"{one.word} {TOPIC}",
    lambda one: one.title,
    lambda one: f"{TOPIC} before {one.published.date().isoformat()}",
)


def find_asker(slack: StandInSlack, random: Random) -> tuple[str, str]:
    """Find somebody, and a channel where they are."""
    there = [(user, one) for one in CHANNELS for user in sorted(slack.workspace.channels[one].members - {BOT})]
    channel = random.choice(sorted({one for _, one in there}))
    return random.choice([user for user, one in there if one == channel]), channel


def change_something(stage: Stage, archive: Archive, world: World, watcher: Watcher, random: Random) -> None:
    """Let a source be for others, hide a discussion, or let somebody come or go: at once, as for what comes next."""
    what = random.random()
    if what < 0.2:
        one = world.find_to_hide(random)
        world.hide(one.thread)
        hide(archive, one)
        return
    if what < 0.6:
        source, who = random.choice(world.sources[:-1] or world.sources), random.choice(VISIBILITIES)
        world.show_source_to(source, who)
        archive.show_source_to(source, Visibility.parse(who))
        return
    user, channel = random.choice([one for one in PEOPLE if one != "USTRANGER"]), random.choice(list(CHANNELS))
    write_directly(Asker(stage.slack, user, channel, TOPIC))
    watcher.look(TOPIC)
    members = stage.slack.workspace.channels[channel].members - {BOT}
    # Somebody stays, to ask.
    if user in members and len(members) > 1:
        stage.slack.leave_channel(user, channel)
    elif user not in members:
        stage.slack.join_channel(user, channel)
    stage.settle()
    write_directly(Asker(stage.slack, user, channel, TOPIC))
    watcher.look(TOPIC)


@settings(RANDOM_ARCHIVES, max_examples=5)
@given(held=holdings, random=st.randoms(use_true_random=False))
def test_no_payload_holds_what_a_reader_may_not_see(
    slack: StandInSlack, make_archive: Callable[[], Archive], held: Holdings, random: Random
):
    check_no_payload_holds_what_a_reader_may_not_see(slack, make_archive, held, random)


@pytest.mark.slow
@pytest.mark.timeout(0)
@settings(MANY_RANDOM_ARCHIVES)
@given(held=holdings, random=st.randoms(use_true_random=False))
def test_no_payload_of_hundreds_of_archives_holds_what_a_reader_may_not_see(
    slack: StandInSlack, make_archive: Callable[[], Archive], held: Holdings, random: Random
):
    check_no_payload_holds_what_a_reader_may_not_see(slack, make_archive, held, random)


def check_no_payload_holds_what_a_reader_may_not_see(
    slack: StandInSlack, make_archive: Callable[[], Archive], held: Holdings, random: Random
) -> None:
    put_people_in(slack, random)
    world, archive = make_world(held), make_archive()
    world.hide(world.find_to_hide(random).thread)
    fill(archive, world)
    with acting(slack, archive) as stage:
        watcher = Watcher(stage, world)
        for surface in random.sample(SURFACES, len(SURFACES)):
            # What is named may be anybody's, whoever asks.
            question = random.choice(QUESTIONS)(random.choice(world.told))
            try:
                surface(Asker(slack, *find_asker(slack, random), question))
            except StandInError:
                continue
            buttons = [button for one in watcher.look(question) for button in find_buttons(one, slack)]
            for _ in range(min(MAX_PRESSES, len(buttons))):
                if random.random() < 0.3:
                    change_something(stage, archive, world, watcher, random)
                button = buttons.pop(random.randrange(len(buttons)))
                try:
                    press(button, random.choice(find_readers(button.sent, slack) or ["UFULL"]), slack)
                except StandInError:
                    continue
                buttons += [found for one in watcher.look(question) for found in find_buttons(one, slack)]


@settings(RANDOM_ARCHIVES, max_examples=2)
@given(held=holdings, random=st.randoms(use_true_random=False))
def test_every_payload_is_what_it_would_be_if_there_were_only_what_its_reader_may_see(
    slack: StandInSlack, make_archive: Callable[[], Archive], held: Holdings, random: Random
):
    check_every_payload_is_what_it_would_be(slack, make_archive, held, random)


@pytest.mark.slow
@pytest.mark.timeout(0)
@settings(MANY_RANDOM_ARCHIVES)
@given(held=holdings, random=st.randoms(use_true_random=False))
def test_every_payload_of_hundreds_of_archives_is_what_it_would_be_with_only_what_its_reader_may_see(
    slack: StandInSlack, make_archive: Callable[[], Archive], held: Holdings, random: Random
):
    check_every_payload_is_what_it_would_be(slack, make_archive, held, random)


def check_every_payload_is_what_it_would_be(
    slack: StandInSlack, make_archive: Callable[[], Archive], held: Holdings, random: Random
) -> None:
    put_people_in(slack, random)
    world = make_world(held)
    world.hide(world.find_to_hide(random).thread)
    asked = [
        (surface, Asker(slack, *find_asker(slack, random), random.choice(QUESTIONS)(random.choice(world.told))))
        for surface in SURFACES
    ]
    shown = play(slack, make_archive(), world, asked)
    for eyes in {eyes for some in shown for eyes in some}:
        only = World(world.find_visible(eyes.describe(slack)))
        shown_then = play(slack, make_archive(), only, asked)
        assert [arrange(some, eyes) for some in shown] == [arrange(some, eyes) for some in shown_then]


def play(
    slack: StandInSlack, archive: Archive, world: World, asked: list[tuple[Callable[[Asker], None], Asker]]
) -> list[dict[Eyes, list[object]]]:
    """Let people ask an archive of what is in a world; give what each reader is shown, for each question."""
    fill(archive, world)
    shown: list[dict[Eyes, list[object]]] = []
    with acting(slack, archive) as stage:
        watcher = Watcher(stage, world)
        for surface, asker in asked:
            shown.append({})
            surface(asker)
            for sent in watcher.look(asker.question):
                shown[-1].setdefault(find_eyes(sent, slack), []).append(strip(sent.blocks))
    return shown


def arrange(shown: dict[Eyes, list[object]], eyes: Eyes) -> list[str]:
    """Give what some eyes see, in no order: what comes of one thing may overtake what comes of another."""
    return sorted(json.dumps(one) for one in shown.get(eyes, []))


def strip(shown: Any) -> Any:
    """Leave out what buttons carry: comments are known there by numbers that depend on what else there is.

    And the addresses of answers, which are new ones each time.
    """
    if isinstance(shown, dict):
        return {key: strip(value) for key, value in shown.items() if key not in ("value", "block_id", "url")}
    return [strip(one) for one in shown] if isinstance(shown, list) else shown
