"""A refresh as one message: while it is at work, with a button to cancel it, and its receipt when it is over."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from bot.refreshing import Job, JobState, SourceState
from bot.slack.views.buttons import build_button
from bot.slack.views.message import (
    Block,
    MessageView,
    build_context,
    build_label,
    build_lines,
    build_notice,
    build_section,
    build_time,
    count_things,
)
from store.domain.refresh import Refresh, RefreshCounts, RefreshKind, RefreshState
from store.text.cleaning import clean_line

CANCEL = "hark_cancel_refresh"

_NAME_CHARS = 100
_REASON_CHARS = 250
# What comes first where there are more than are shown.
_MANY = 15
_ORDER = (
    RefreshState.RUNNING,
    RefreshState.CANCELLING,
    RefreshState.FAILED,
    RefreshState.STOPPED,
    RefreshState.INTERRUPTED,
    RefreshState.CANCELLED,
    None,
    RefreshState.DONE,
)
_SECONDS = ((3_600, "hour"), (60, "minute"), (1, "second"))
_WRONG = (RefreshState.STOPPED, RefreshState.FAILED)
_IS_AT_WORK = (RefreshState.RUNNING, RefreshState.CANCELLING)
_KINDS = {
    RefreshState.DONE: "done",
    RefreshState.STOPPED: "stopped",
    RefreshState.FAILED: "failed",
    RefreshState.CANCELLED: "cancelled",
    RefreshState.INTERRUPTED: "broken off",
}


def build_refresh(state: JobState) -> MessageView:
    """Build the message of a refresh, as far as it is."""
    sentence = _build_sentence(state)
    wrong = [one for one in state.retained if one.refresh and one.refresh.state in _WRONG]
    lines = [describe_source(one, is_over=state.is_over) for one in (*_order(state.sources), *wrong)]
    began = f"Begun by {build_label(state.job.by, _NAME_CHARS)}, {build_time(state.job.begun_at)}."
    foot = " ".join([began, *_explain_held(state), *_explain_retained(state), *_explain_reference(state.reference)])
    blocks: list[Block] = [build_section(f"*{sentence}*"), *build_lines(lines), build_context(foot)]
    if not state.is_over:
        label = "Stop this refresh; what it has stored is kept"
        button = build_button(CANCEL, "Cancel", build_value(state.job), label)
        blocks.append({"type": "actions", "elements": [button]})
    return MessageView(sentence, blocks, "\n".join([sentence, *lines, foot]))


def build_value(job: Job) -> str:
    """Write what the button carries: the job, so that it is found after a restart too."""
    held = {
        "o": job.owner,
        "s": job.source,
        "b": clean_line(job.by, _NAME_CHARS),
        "t": int(job.begun_at.timestamp()),
    }
    return json.dumps(held, ensure_ascii=False)


def read_job(value: str) -> Job | None:
    """Read which job a button is of; None if it is not one of this version's."""
    with suppress(TypeError, ValueError, OverflowError):
        held: Any = json.loads(value)
        match held:
            case {"o": str(owner), "s": str(source), "b": str(by), "t": int(seconds)}:
                return Job(owner, source, by, datetime.fromtimestamp(seconds, UTC))
    return None


def build_begun(job: Job, *, is_new: bool, is_posted: bool) -> MessageView:
    """Say, where it was asked for, that a refresh is at work, and where to look on."""
    name = build_label(job.source, _NAME_CHARS)
    what = f"{name or 'all sources'}"
    by, since = build_label(job.by, _NAME_CHARS), build_time(job.begun_at)
    first = (
        f"I am refreshing {what}."
        if is_new
        else f"A refresh of {what} is at work already, begun by {by}, {since}. Only one is at work at a time."
    )
    where = (
        "Our direct messages show how it goes on."
        if is_posted
        else "I cannot write to you directly: `/hark status` shows how it goes on."
    )
    text = f"{first} {where}"
    return MessageView(text, [build_section(text)], text)


def build_no_sources() -> MessageView:
    """Say that there is nothing to refresh."""
    return build_notice("There is nothing to refresh: the archive has no source. Bring one in with `harkback import`.")


def build_trouble(states: Sequence[SourceState], reference: str) -> MessageView:
    """Tell an admin what went wrong with a refresh that nobody watched."""
    lines = [*_explain_reference(reference), *(describe_source(state) for state in states)]
    count = len({state.name for state in states})
    sentence = (
        f"The scheduled refresh could not bring {count_things(count, 'source')} up to date."
        if states
        else "The scheduled refresh did not come to its end."
    )
    return MessageView(sentence, [build_section(f"*{sentence}*"), *build_lines(lines)], "\n".join([sentence, *lines]))


def describe_source(state: SourceState, *, is_over: bool = True) -> str:
    """Say in a line how a source of a refresh is."""
    name = f"*{build_label(state.name, _NAME_CHARS)}*"
    if state.refresh and state.refresh.kind is RefreshKind.RETENTION:
        return f"{name}, removing what is too old: {describe_refresh(state.refresh, state.rate)}"
    if state.refresh:
        return f"{name}: {describe_refresh(state.refresh, state.rate)}"
    if state.other:
        since = build_time(state.other.begun_at)
        return f"{name}: left alone, because somebody else has been at work on it since {since}"
    return f"{name}: {'not begun' if is_over else 'waiting'}"


def describe_refresh(refresh: Refresh, rate: float | None = None) -> str:
    """Say how far a refresh of a source is, or how it ended."""
    if refresh.state in _IS_AT_WORK:
        return _describe_work(refresh, rate)
    counts = _describe_counts(refresh.counts)
    match refresh.state:
        case RefreshState.DONE:
            return f"done: {counts}"
        case RefreshState.STOPPED:
            return f"stopped: {build_label(refresh.message, _REASON_CHARS)}"
        case RefreshState.FAILED:
            why = f"`harkback refreshes` says why at number {refresh.id}"
            return f"failed, and what was stored is kept: {why}"
        case RefreshState.CANCELLED:
            return f"cancelled, and what was stored is kept: {counts}"
        case _:
            return f"broken off, and what was stored is kept: the next refresh goes on: {counts}"


def _describe_work(refresh: Refresh, rate: float | None) -> str:
    if refresh.state is RefreshState.CANCELLING:
        return "being cancelled"
    counts = refresh.counts
    parts = [build_label(refresh.stage, _NAME_CHARS) or "at work"]
    if refresh.done or refresh.total:
        parts.append(f"{refresh.done:,} of {refresh.total:,}" if refresh.total else f"{refresh.done:,}")
    if rate:
        parts.append(f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:,.0f} a minute")
        if refresh.total and refresh.total > refresh.done:
            parts.append(f"about {_describe_seconds((refresh.total - refresh.done) / rate)} left")
    if counts.changed or counts.problems:
        parts.append(f"so far {_describe_counts(counts, with_unchanged=False)}")
    return ", ".join(parts)


def _describe_counts(counts: RefreshCounts, *, with_unchanged: bool = True) -> str:
    parts = [f"{counts.added:,} new", f"{counts.edited:,} edited", f"{counts.deleted:,} removed"]
    if with_unchanged:
        parts.append(f"{counts.unchanged:,} unchanged")
    if counts.problems:
        parts.append(count_things(counts.problems, "problem"))
    return ", ".join(parts)


def _describe_seconds(seconds: float) -> str:
    for size, unit in _SECONDS:
        if seconds >= size:
            return count_things(round(seconds / size), unit)
    return "a second"


def _build_sentence(state: JobState) -> str:
    if not state.sources:
        return "No source was refreshed." if state.is_over else "There is no source to refresh."
    kinds = [one.refresh.state if one.refresh else None for one in state.sources]
    counts = [f"{kinds.count(kind)} {word}" for kind, word in _KINDS.items() if kind in kinds]
    what = count_things(len(kinds), "source")
    if not state.is_over:
        working = sum(kind in _IS_AT_WORK for kind in kinds)
        waiting = kinds.count(None)
        counts += [f"{working} at work"] if working else []
        counts += [f"{waiting} waiting"] if waiting else []
        return f"{'Cancelling the refresh of' if state.is_cancelled else 'Refreshing'} {what}: {', '.join(counts)}."
    if None in kinds:
        counts.append(f"{kinds.count(None)} not begun")
    if state.is_cancelled:
        return f"The refresh of {what} was cancelled: {', '.join(counts)}. What was stored is kept."
    total = RefreshCounts(
        **{
            name: sum(getattr(one.refresh.counts, name) for one in state.sources if one.refresh)
            for name in ("added", "edited", "deleted")
        }
    )
    begin = (
        f"The refresh of {what} is over" if None in kinds or RefreshState.INTERRUPTED in kinds else f"Refreshed {what}"
    )
    return f"{begin}: {', '.join(counts)}; {_describe_counts(total, with_unchanged=False)}."


def _order(states: Sequence[SourceState]) -> Sequence[SourceState]:
    """Put first what matters most, where not all can be shown."""
    if len(states) <= _MANY:
        return states
    return sorted(states, key=lambda one: _ORDER.index(one.refresh.state if one.refresh else None))


def _explain_reference(reference: str) -> list[str]:
    if not reference:
        return []
    return [f"It ended before its time, and what was stored is kept: the log says why by this reference: {reference}."]


def _explain_retained(state: JobState) -> list[str]:
    removed = sum(one.refresh.counts.deleted for one in state.retained if one.refresh)
    if not removed:
        return []
    return [
        f"Removed for good, because HARKBACK_RETENTION says how old they may be: {count_things(removed, 'comment')}."
    ]


def _explain_held(state: JobState) -> list[str]:
    if not state.held:
        return []
    names = build_label(", ".join(state.held), 2 * _NAME_CHARS)
    return [f"Left alone after a rollback: {names}; `/hark refresh` and its name refreshes it."]
