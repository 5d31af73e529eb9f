"""Nothing to the wrong eyes whatever is pressed: each kind of thing that can be, by each kind of person who can.

The tests of random archives press a few things. Here the archive holds something for every kind of eyes, and all that
its answers offer is used: as it is shown, and once it is for nobody any more, or hidden.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from bot.slack.listeners.find import FIND
from bot.slack.views.buttons import FILTERS, HELPFUL, MORE, SHARE, UNHELPFUL, WHO, WHY, WITHOUT
from bot.slack.views.feedback import RATE, RATE_HELPFUL, RATE_UNHELPFUL
from bot.slack.views.filters import ASK_SHORTCUT
from bot.slack.views.home import AGAIN, FORGET_QUESTIONS
from bot.slack.views.menu import HIT_MENU
from bot.slack.views.own import FORGET, KEEP
from bot.slack.views.past import PAST
from bot.slack.views.reading import READ
from bot.slack.views.watches import PAUSE, REMOVE, RESUME
from bot.slack.views.who import PEOPLE as PEOPLE_PAGES
from bot.slack.views.who import PERSON
from store.archive import Archive
from store.domain.query import Filter
from store.domain.reading import Side
from store.domain.viewer import Visibility
from tests.bot.slack.stage import EMOJI, Stage, acting
from tests.bot.slack.test_wrong_eyes import (
    BOT,
    CHANNELS,
    MANY,
    PEOPLE,
    SURFACES,
    TOPIC,
    VISIBILITIES,
    Asker,
    Button,
    Sent,
    Told,
    Watcher,
    World,
    ask_for_more,
    command,
    edit_mention,
    empty,  # noqa: F401  # a fixture
    fill,
    find_buttons,
    find_eyes,
    find_readers,
    go_on_directly,
    hide,
    make_archive,  # noqa: F401  # a fixture
    make_mark,
    mention,
    press,
    slack,  # noqa: F401  # a fixture
    watch,
    write_directly,
)
from tests.fakes.slack import Post, StandInError, StandInSlack, View
from tests.fakes.slack.limits import walk

# More than is shown around any of them.
_LONG = 9
_KINDS = tuple(dict.fromkeys(VISIBILITIES))
# Somebody of each kind of people is beside somebody of another.
_MEMBERS = {
    "COPEN": ["UFULL", "UOTHER", "UGUEST", "USINGLE"],
    "CCLOSED": ["UFULL", "UGUEST"],
    "CGROUP": ["UFULL", "USINGLE"],
    "CSHARED": ["UFULL", "UGUEST", "USTRANGER"],
    "CWITHOUT": ["UFULL", "UOTHER"],
}
_ASKERS = (("UFULL", "CSHARED"), ("USTRANGER", "CSHARED"), ("UGUEST", "CCLOSED"))


_LEAST_POSTS: dict[Callable[[Asker], None], int] = {
    **dict.fromkeys((mention, edit_mention, write_directly), 1),
    **dict.fromkeys((ask_for_more, go_on_directly), 2),
}
# What a button holds of what was chosen.
_CHOSEN = re.compile(r'"c": \{.*?\}')
# What the first test is sure to have pressed.
_ALL_USED = {
    MORE, SHARE, WHO, WHY, FILTERS, HELPFUL, UNHELPFUL, HIT_MENU, PEOPLE_PAGES, PERSON, RATE_HELPFUL, RATE_UNHELPFUL,
    RATE, PAUSE, RESUME, REMOVE, AGAIN, FORGET_QUESTIONS, KEEP, FORGET,
    *(f"{READ}_{side}" for side in (Side.BEFORE, Side.AFTER, Side.WHOLE)),
    *(f"{PAST}_{way}" for way in ("more", "back")),
    *(f"{WITHOUT}_{one}" for one in (Filter.TOPIC, Filter.AUTHORS, Filter.DATES)),
}  # fmt: skip


def make_full_world() -> World:
    """Make a world with something for every kind of eyes: a source for each, and one with a channel for each."""
    numbers, told = count(1), []
    for place, kind in enumerate(_KINDS):
        for name, of_source, own in ((make_mark(place, "source"), kind, "public"), ("Everyone's", "public", kind)):
            channel = make_mark(place, f"channel of {name}")
            told += [
                Told(name, channel, of_source, own, next(numbers), f"t{place} {name}")
                for _ in range(_LONG if of_source == "public" else MANY)
            ]
            told.append(Told(name, channel, of_source, own, next(numbers), f"alone {place} {name}"))
    return World(told)


def look_for_past(asker: Asker) -> None:
    said = asker.slack.workspace.add_message(asker.channel, asker.user, f"What of a {asker.question}?")
    asker.slack.use_shortcut(FIND, user=asker.user, message=said.ts)


def react(asker: Asker) -> None:
    said = asker.slack.workspace.add_message(asker.channel, asker.user, f"What of a {asker.question}?")
    asker.slack.add_reaction(said.ts, EMOJI, user=asker.user)


def ask_by_shortcut(asker: Asker) -> None:
    asker.slack.use_shortcut(ASK_SHORTCUT, user=asker.user)


def ask_since(asker: Asker) -> None:
    mention(replace(asker, question=f"{asker.question} since 2000"))


@dataclass
class Presser:
    """Presses, chooses and fills in what is shown, and looks over the shoulders of whoever is shown what comes of it.

    Of what is alike, one is used by each kind of reader.
    """

    stage: Stage
    watcher: Watcher
    seen: set[tuple[object, ...]] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def use_all(self, shown: Iterable[Sent]) -> None:
        """Use all that can be used in something, and in what comes of that."""
        for sent in shown:
            for user in self._choose_readers(sent):
                for button in list(find_buttons(sent, self.stage.slack)):
                    if self._is_new(sent, user, button.action):
                        self.used.add(button.action["action_id"])
                        self._use_up(self.press(button, user))
                if isinstance(sent, View) and self._is_new(sent, user, {"action_id": sent.content.get("callback_id")}):
                    self._use_up(self.fill_in(sent, user))

    def press(self, button: Button, user: str) -> list[Sent]:
        """Press something."""
        try:
            press(button, user, self.stage.slack)
        except StandInError:
            return []
        chosen = _CHOSEN.search(button.action.get("value", ""))
        return self.watcher.look(TOPIC, chosen[0] if chosen else "")

    def fill_in(self, view: View, user: str) -> list[Sent]:
        """Look what names are offered in a modal, choose one of the first kind, and send it."""
        names = {menu: self.stage.slack.load_options(view, menu, "", user=user)[:1] for menu in find_menus(view)}
        sent = self.watcher.look(TOPIC)
        if not names:
            return sent
        first = next(iter(names))
        self.stage.slack.submit_view(view, user=user, filled={first: names[first], "question": TOPIC})
        return [*sent, *self.watcher.look(TOPIC)]

    def _use_up(self, shown: list[Sent]) -> None:
        self.use_all(shown)
        for sent in shown:
            # Nobody presses beneath a modal that is open.
            if isinstance(sent, View) and sent.id != sent.root_id:
                sent.is_closed = True

    def _choose_readers(self, sent: Sent) -> list[str]:
        """Give one of each kind of people who see something."""
        by_kind = {str(PEOPLE[user]): user for user in find_readers(sent, self.stage.slack) if user in PEOPLE}
        return list(by_kind.values())

    def _is_new(self, sent: Sent, user: str, action: dict[str, Any]) -> bool:
        # Of a menu's options, the first word says what it does; what was chosen before goes along.
        option = str(action.get("selected_option", {}).get("value")).partition(" ")[0]
        is_narrowed = bool(_CHOSEN.search(action.get("value", "")))
        place = find_eyes(sent, self.stage.slack).place[:1]
        where = (type(sent), place, bool(getattr(sent, "ephemeral_to", None)), str(PEOPLE[user]))
        # Some people wrote for other eyes too, others did not.
        person = action["value"] if action["action_id"] == PERSON else ""
        key = (*where, action["action_id"], option, person, is_narrowed)
        is_new = key not in self.seen
        self.seen.add(key)
        return is_new


def find_menus(view: View) -> list[str]:
    nodes = [node for block in view.blocks for _, node in walk(block, "")]
    return [node["action_id"] for node in nodes if node.get("type") == "multi_external_select"]


@pytest.fixture
def presser(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
) -> Iterator[tuple[Presser, Archive, World]]:
    slack.scopes = {*slack.scopes, "reactions:read"}
    for channel, members in _MEMBERS.items():
        bots = [] if channel == "CWITHOUT" else [BOT]
        slack.workspace.add_channel(channel, name=channel.lower(), members=[*members, *bots], **CHANNELS[channel])
    world, archive = make_full_world(), make_archive()
    fill(archive, world)
    with acting(slack, archive) as stage:
        yield Presser(stage, Watcher(stage, world)), archive, world


def test_whatever_is_pressed_shows_no_more_than_its_readers_may_see(presser: tuple[Presser, Archive, World]):
    pressing, *_ = presser
    for user, channel in _ASKERS:
        for surface in (*SURFACES, look_for_past, react, ask_by_shortcut, ask_since):
            surface(Asker(pressing.stage.slack, user, channel, TOPIC))
            shown = pressing.watcher.look(TOPIC)
            posted = [one for one in shown if isinstance(one, Post) and not one.ephemeral_to]
            # Nothing is wrong with what does not come.
            assert len(posted) >= _LEAST_POSTS.get(surface, 0), (surface, user)
            pressing.use_all(shown)
    assert sorted(_ALL_USED - pressing.used) == []


def close_all(archive: Archive, world: World) -> None:
    for source in world.sources:
        world.show_source_to(source, "nobody")
        archive.show_source_to(source, Visibility.parse("nobody"))


def hide_all(archive: Archive, world: World) -> None:
    for one in {one.thread: one for one in world.told}.values():
        world.hide(one.thread)
        hide(archive, one)


@pytest.mark.parametrize("take_away", [close_all, hide_all])
def test_whatever_is_pressed_shows_nothing_that_was_taken_away(
    presser: tuple[Presser, Archive, World], take_away: Callable[[Archive, World], None]
):
    pressing, archive, world = presser
    shown: list[Sent] = []
    for surface in (mention, command, write_directly, watch, look_for_past, react):
        surface(Asker(pressing.stage.slack, "UFULL", "CSHARED", TOPIC))
        shown += pressing.watcher.look(TOPIC)
    for sent in shown[:2]:
        for button in {one.action["action_id"]: one for one in find_buttons(sent, pressing.stage.slack)}.values():
            if button.action["action_id"] in (WHO, WHY, FILTERS, HIT_MENU):
                shown += pressing.press(button, "UFULL")
    for modal in [one for one in shown if isinstance(one, View) and find_menus(one)]:
        # Names that are chosen before they are nobody's to know.
        shown += pressing.fill_in(modal, "UFULL")
    take_away(archive, world)
    pressing.use_all(shown)
    for surface in SURFACES:
        surface(Asker(pressing.stage.slack, "UFULL", "CSHARED", TOPIC))
        pressing.use_all(pressing.watcher.look(TOPIC))
    assert {MORE, SHARE, WHO, WHY, FILTERS, HIT_MENU} <= pressing.used
