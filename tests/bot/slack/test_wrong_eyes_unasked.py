"""Nothing to the wrong eyes either where nobody asked: what is told of standing questions, and what is suggested."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import suggesting
from bot.slack.views.buttons import build_value
from store.archive import Archive
from store.domain.asked import Asked
from store.repositories.channel_settings import ChannelSettings
from tests.bot.slack.stage import Stage, acting
from tests.bot.slack.test_wrong_eyes import (
    CHANNELS,
    MAX_PRESSES,
    PEOPLE,
    QUESTIONS,
    RANDOM_ARCHIVES,
    TEAM,
    Watcher,
    World,
    change_something,
    empty,  # noqa: F401  # a fixture
    fill,
    find_asker,
    find_buttons,
    find_readers,
    holdings,
    make_archive,  # noqa: F401  # a fixture
    make_world,
    press,
    put_people_in,
    slack,  # noqa: F401  # a fixture
)
from tests.fakes.slack import StandInError, StandInSlack

_SETTINGS = settings(RANDOM_ARCHIVES, max_examples=10)
_NOW = datetime(2026, 3, 1, tzinfo=UTC)


def press_some(stage: Stage, watcher: Watcher, sent: list[object], typed: str, random: Random) -> None:
    """Press what can be pressed in what was sent."""
    buttons = [button for one in sent for button in find_buttons(one, stage.slack)]  # type: ignore[arg-type]
    for _ in range(min(MAX_PRESSES, len(buttons))):
        button = buttons.pop(random.randrange(len(buttons)))
        try:
            press(button, random.choice(find_readers(button.sent, stage.slack) or ["UFULL"]), stage.slack)
        except StandInError:
            continue
        buttons += [found for one in watcher.look(typed) for found in find_buttons(one, stage.slack)]


@_SETTINGS
@given(held=holdings, random=st.randoms(use_true_random=False))
def test_nothing_that_is_told_unasked_holds_what_a_reader_may_not_see(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
    held: list[tuple[str, list[tuple[str, int]]]],
    random: Random,
):
    put_people_in(slack, random)
    world, archive = make_world(held), make_archive()
    questions = [random.choice(QUESTIONS)(random.choice(world.told)) for _ in range(6)]
    for question in questions:
        channel = random.choice(["", *CHANNELS])
        archive.watches.add(TEAM, random.choice(sorted(PEOPLE)), channel, build_value(Asked(question)), 99)
    # All of it is new.
    fill(archive, world)
    with acting(slack, archive) as stage:
        watcher = Watcher(stage, world)
        typed = " ".join(questions)
        change_something(stage, archive, world, watcher, random)
        stage.teller.tell_all(_NOW)
        press_some(stage, watcher, [*watcher.look(typed)], typed, random)


@_SETTINGS
@given(held=holdings, random=st.randoms(use_true_random=False))
def test_no_suggestion_holds_what_a_reader_may_not_see(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
    held: list[tuple[str, list[tuple[str, int]]]],
    random: Random,
):
    put_people_in(slack, random)
    world, archive = make_world(held), make_archive()
    fill(archive, world)
    for channel in CHANNELS:
        ChannelSettings(archive.database).set_suggestions(TEAM, channel, is_on=True, by="UFULL")
    with pytest.MonkeyPatch.context() as patched, acting(slack, archive) as stage:
        # Whatever is found at all is suggested.
        for name, value in (("SUGGESTION_FLOOR", 0.0), ("MIN_TERMS", 1), ("MIN_COMMENTS", 1), ("MAX_A_DAY", 99)):
            patched.setattr(suggesting, name, value)
        ask_everybody(stage, archive, world, random)


def ask_everybody(stage: Stage, archive: Archive, world: World, random: Random) -> None:
    """Ask questions of nobody in particular, in channels."""
    watcher = Watcher(stage, world)
    for _ in range(6):
        question = f"{random.choice(QUESTIONS)(random.choice(world.told)).removesuffix('?')}?"
        user, channel = find_asker(stage.slack, random)
        try:
            stage.slack.send_message(channel=channel, user=user, text=question)
        except StandInError:
            continue
        press_some(stage, watcher, [*watcher.look(question)], question, random)
        change_something(stage, archive, world, watcher, random)
