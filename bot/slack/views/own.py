"""What somebody wrote themselves: what others can find of it, and forgetting it."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.slack.views.buttons import build_button
from bot.slack.views.message import (
    Block,
    MessageView,
    build_context,
    build_date,
    build_label,
    build_lines,
    build_section,
    build_time,
    speak_lines,
)
from bot.translations import join_parts, say, say_count

FORGET = "hark_forget_me"
KEEP = "hark_keep_me"
APPROVE = "hark_approve_removal"
DECLINE = "hark_decline_removal"

_NAME_CHARS = 100
_MAX_NAMES = 3


@dataclass(frozen=True, slots=True)
class OwnSource:
    """What somebody wrote in a source that they may see, under which names."""

    name: str
    comments: int
    first: datetime | None
    last: datetime | None
    names: tuple[str, ...]


def build_about(sources: Sequence[OwnSource]) -> MessageView:
    """Say what others can find of somebody's, to them alone."""
    if not sources:
        return _build(_say_nothing_known(), [], [_say_by_account(), _say_out_of_sight()])
    names = list(dict.fromkeys(name for source in sources for name in source.names))[:_MAX_NAMES]
    ways = join_parts(f"`/hark by {build_label(name, _NAME_CHARS)}`" for name in names)
    foot = [
        say("To see them: {ways}", ways=ways),
        _say_by_account(),
        _say_out_of_sight(),
        say("To remove all of it: {command}", command="`/hark forget-me`"),
    ]
    head = say_count(
        "Others can find {number} comment of yours, as far as they may see it.",
        "Others can find {number} comments of yours, as far as they may see them.",
        sum(source.comments for source in sources),
    )
    return _build(head, [_describe(source) for source in sources], foot)


def build_forget(sources: Sequence[OwnSource], *, needs_approval: bool) -> MessageView:
    """Ask whether somebody wants to be forgotten, and say what that does."""
    head = say("Shall I forget you, for good? Nothing brings it back.") if sources else _say_nothing_known()
    what = [
        say("What others quote of it word for word goes too, and so do your recent questions, watches and feedback."),
        say("It stays away when sources are refreshed. The places where you wrote it are not touched."),
    ]
    foot = [
        *(what if sources else [say("I can still forget your recent questions, watches and feedback.")]),
        _say_by_account(),
        say("What you wrote in places that you may not see any more goes too."),
        *([say("An admin has to approve it.")] if needs_approval else []),
    ]
    view = _build(head, [_describe(source) for source in sources], foot)
    forget = build_button(FORGET, say("Forget me"), "{}", say("Remove what I wrote, for good"))
    keep = build_button(KEEP, say("Keep it"), "{}", say("Remove nothing"))
    return replace(view, blocks=[*view.blocks, {"type": "actions", "elements": [forget | {"style": "danger"}, keep]}])


def build_kept() -> MessageView:
    """Say that nothing was removed."""
    return replace(_build(say("Nothing was removed."), [], []), replaces=True)


def build_forgetting() -> MessageView:
    """Say that it goes on."""
    text = say("I am forgetting you. It may take some minutes; I write to you when it is done.")
    return replace(_build(text, [], []), replaces=True)


def build_delayed(reference: str) -> MessageView:
    """Say that something is in the way, and where an admin finds what."""
    head = say("I could not forget you yet. I go on trying, and write to you when it is done.")
    return _build(head, [], [say("If it takes long, tell an admin this reference: {reference}.", reference=reference)])


def build_waiting(asked_at: datetime, *, is_asked: bool) -> MessageView:
    """Say that an admin has to approve, and whether one was asked."""
    text = (
        say("An admin has to approve this, and was asked. I write to you when it is done.")
        if is_asked
        else say(
            "An admin has to approve this, and I could reach none: please write to one yourself. "
            "You asked for it {time}.",
            time=build_time(asked_at),
        )
    )
    return replace(_build(text, [], []), replaces=True)


def build_receipt(told: Sequence[tuple[str, int]]) -> MessageView:
    """Say that it is done, and what went."""
    head = say("You are forgotten, as you asked.")
    foot = [
        say("What others quoted of it went too, and so did your recent questions, watches and feedback."),
        say("Backups of the archive, and the places where you wrote it, are not touched."),
    ]
    return _build(head, [_describe_count(source, count) for source, count in told], foot)


def build_request(name: str, person: str, team: str, told: Sequence[tuple[str, int]]) -> MessageView:
    """Ask an admin whether somebody may be forgotten."""
    # Anybody may go by any name.
    who = {"name": build_label(name, _NAME_CHARS), "id": build_label(person, _NAME_CHARS)}
    head = say("{name} (member id {id}) asks to be forgotten, for good.", **who)
    foot = [say("All that they wrote goes, and what others quote of it. Nothing brings it back.")]
    view = _build(head, [_describe_count(source, count) for source, count in told], foot)
    return replace(view, blocks=[*view.blocks, build_decision(person, team)])


def build_decision(person: str, team: str) -> Block:
    """Build the buttons by which an admin decides."""
    value = json.dumps({"t": team, "p": person})
    approve = build_button(APPROVE, say("Approve"), value, say("Let them be forgotten"))
    decline = build_button(DECLINE, say("Decline"), value, say("Do not let them be forgotten"))
    return {"type": "actions", "elements": [approve | {"style": "primary"}, decline]}


def read_decision(value: str) -> tuple[str, str] | None:
    """Read whose request a button decides, by team and person; None if it is not one of this version's."""
    with suppress(TypeError, ValueError):
        held: Any = json.loads(value)
        match held:
            case {"t": str(team), "p": str(person)}:
                return team, person
    return None


def build_approved(name: str, by: str) -> MessageView:
    """Say, in place of the request, that it was approved."""
    named = {"name": build_label(name, _NAME_CHARS), "admin": build_label(by, _NAME_CHARS)}
    return _build(say("{name} asked to be forgotten; {admin} approved it. It is being done.", **named), [], [])


def build_declined(name: str, by: str, *, is_told: bool) -> MessageView:
    """Say, in place of the request, that it was declined, and whether they know."""
    named = {"name": build_label(name, _NAME_CHARS), "admin": build_label(by, _NAME_CHARS)}
    if is_told:
        return _build(say("{name} asked to be forgotten; {admin} declined it. They were told.", **named), [], [])
    head = say("{name} asked to be forgotten; {admin} declined it. I could not reach them: please tell them.", **named)
    return _build(head, [], [])


def build_decided() -> MessageView:
    """Say, in place of the request, that it is not open any more."""
    return _build(say("Somebody asked to be forgotten; that was decided already."), [], [])


def build_refusal() -> MessageView:
    """Tell whoever asked that they are not forgotten."""
    return _build(say("You asked to be forgotten, and an admin declined it: please talk to one."), [], [])


def _say_nothing_known() -> str:
    return say("I know of nothing in the archive that is surely yours.")


def _say_by_account() -> str:
    return say(
        "I go by your Slack account, and by what an admin said is yours as well. "
        "A name alone is no proof: what somebody of your name wrote elsewhere is not counted."
    )


def _say_out_of_sight() -> str:
    return say("Places that you may not see now are left out here.")


def _describe(source: OwnSource) -> str:
    counted = _describe_count(source.name, source.comments)
    if source.first is None or source.last is None:
        return counted
    first, last = build_date(source.first), build_date(source.last)
    return say("{source}, from {first} to {last}", source=counted, first=first, last=last)


def _describe_count(source: str, count: int) -> str:
    name = f"*{build_label(source, _NAME_CHARS)}*"
    return say_count("{source}: {number} comment", "{source}: {number} comments", count, source=name)


def _build(head: str, lines: Sequence[str], foot: Sequence[str]) -> MessageView:
    blocks = [build_section(head), *build_lines(lines), *(build_context(line) for line in foot)]
    return MessageView(speak_lines([head, *lines, *foot]), blocks, "\n".join([head, *lines, *foot]))
