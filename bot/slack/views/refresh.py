"""A refresh as one message: while it is at work, with a button to cancel it, and its receipt when it is over."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from bot.refreshing import BY_SCHEDULE, Job, JobState, SourceState
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
    count_comments,
    count_problems,
    count_sources,
)
from bot.translations import join_all, join_parts, say, say_count
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
_MINUTE, _HOUR = 60, 3_600
_WRONG = (RefreshState.STOPPED, RefreshState.FAILED)
_IS_AT_WORK = (RefreshState.RUNNING, RefreshState.CANCELLING)
_ENDED = (
    RefreshState.DONE,
    RefreshState.STOPPED,
    RefreshState.FAILED,
    RefreshState.CANCELLED,
    RefreshState.INTERRUPTED,
)


def build_refresh(state: JobState) -> MessageView:
    """Build the message of a refresh, as far as it is."""
    sentence = _build_sentence(state)
    wrong = [one for one in state.retained if one.refresh and one.refresh.state in _WRONG]
    lines = [describe_source(one, is_over=state.is_over) for one in (*_order(state.sources), *wrong)]
    began = say("Begun by {name}, {time}.", name=_label_beginner(state.job), time=build_time(state.job.begun_at))
    foot = " ".join([began, *_explain_held(state), *_explain_retained(state), *_explain_reference(state.reference)])
    blocks: list[Block] = [build_section(f"*{sentence}*"), *build_lines(lines), build_context(foot)]
    if not state.is_over:
        label = say("Stop this refresh; what it has stored is kept")
        button = build_button(CANCEL, say("Cancel"), build_value(state.job), label)
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
    where = (
        say("Our direct messages show how it goes on.")
        if is_posted
        else say("I cannot write to you directly: `/hark status` shows how it goes on.")
    )
    text = f"{_say_begun(job) if is_new else _say_at_work(job)} {where}"
    return MessageView(text, [build_section(text)], text)


def _say_begun(job: Job) -> str:
    name = build_label(job.source, _NAME_CHARS)
    return say("I am refreshing {source}.", source=name) if name else say("I am refreshing all sources.")


def _say_at_work(job: Job) -> str:
    name = build_label(job.source, _NAME_CHARS)
    by, since = _label_beginner(job), build_time(job.begun_at)
    if not name:
        return say(
            "A refresh of all sources is at work already, begun by {name}, {time}. Only one is at work at a time.",
            name=by,
            time=since,
        )
    return say(
        "A refresh of {source} is at work already, begun by {name}, {time}. Only one is at work at a time.",
        source=name,
        name=by,
        time=since,
    )


def _label_beginner(job: Job) -> str:
    if job.by == BY_SCHEDULE:
        return say("the schedule")
    return build_label(job.by, _NAME_CHARS) or say("an admin")


def build_no_sources() -> MessageView:
    """Say that there is nothing to refresh."""
    return build_notice(
        say("There is nothing to refresh: the archive has no source. Bring one in with `harkback import`.")
    )


def build_trouble(states: Sequence[SourceState], reference: str) -> MessageView:
    """Tell an admin what went wrong with a refresh that nobody watched."""
    lines = [*_explain_reference(reference), *(describe_source(state) for state in states)]
    count = len({state.name for state in states})
    sentence = (
        say_count(
            "The scheduled refresh could not bring {number} source up to date.",
            "The scheduled refresh could not bring {number} sources up to date.",
            count,
        )
        if states
        else say("The scheduled refresh did not come to its end.")
    )
    return MessageView(sentence, [build_section(f"*{sentence}*"), *build_lines(lines)], "\n".join([sentence, *lines]))


def describe_source(state: SourceState, *, is_over: bool = True) -> str:
    """Say in a line how a source of a refresh is."""
    name = f"*{build_label(state.name, _NAME_CHARS)}*"
    if state.refresh and state.refresh.kind is RefreshKind.RETENTION:
        told = describe_refresh(state.refresh, state.rate)
        return say("{source}, removing what is too old: {state}", source=name, state=told)
    return f"{name}: {_describe_state(state, is_over=is_over)}"


def _describe_state(state: SourceState, *, is_over: bool) -> str:
    if state.refresh:
        return describe_refresh(state.refresh, state.rate)
    if state.other:
        since = build_time(state.other.begun_at)
        return say("left alone, because somebody else has been at work on it since {time}", time=since)
    return say("not begun") if is_over else say("waiting")


def describe_refresh(refresh: Refresh, rate: float | None = None) -> str:
    """Say how far a refresh of a source is, or how it ended; why it stopped is said in the words of what stopped it."""
    if refresh.state in _IS_AT_WORK:
        return _describe_work(refresh, rate)
    counts = _describe_counts(refresh.counts)
    match refresh.state:
        case RefreshState.DONE:
            return say("done: {counts}", counts=counts)
        case RefreshState.STOPPED:
            return say("stopped: {reason}", reason=build_label(refresh.message, _REASON_CHARS))
        case RefreshState.FAILED:
            return say(
                "failed, and what was stored is kept: `harkback refreshes` says why at number {id}", id=str(refresh.id)
            )
        case RefreshState.CANCELLED:
            return say("cancelled, and what was stored is kept: {counts}", counts=counts)
        case _:
            return say("broken off, and what was stored is kept: the next refresh goes on: {counts}", counts=counts)


def _describe_work(refresh: Refresh, rate: float | None) -> str:
    if refresh.state is RefreshState.CANCELLING:
        return say("being cancelled")
    counts = refresh.counts
    parts = [_name_stage(refresh.stage), *_describe_progress(refresh), *(_describe_rate(refresh, rate) if rate else [])]
    if counts.changed or counts.problems:
        parts.append(say("so far {counts}", counts=_describe_counts(counts, with_unchanged=False)))
    return join_parts(parts)


def _name_stage(stage: str) -> str:
    """Say what is being done; one that has no words here is only said to be at work."""
    named = {
        "reading": say("reading"),
        "comparing": say("comparing"),
        "removing": say("removing"),
        "restoring": say("restoring"),
        "noting": say("noting"),
        "cleaning": say("cleaning"),
        "embedding": say("embedding"),
    }
    return named.get(stage) or say("at work")


def _describe_progress(refresh: Refresh) -> list[str]:
    if refresh.total:
        return [say("{done} of {total}", done=refresh.done, total=refresh.total)]
    return [say("{number}", number=refresh.done)] if refresh.done else []


def _describe_rate(refresh: Refresh, rate: float) -> list[str]:
    pace = (
        say("{number} a second", number=round(rate)) if rate >= 1 else say("{number} a minute", number=round(rate * 60))
    )
    if not refresh.total or refresh.total <= refresh.done:
        return [pace]
    return [pace, say("about {time} left", time=_describe_seconds((refresh.total - refresh.done) / rate))]


def _describe_counts(counts: RefreshCounts, *, with_unchanged: bool = True) -> str:
    parts = [
        say("{number} new", number=counts.added),
        say("{number} edited", number=counts.edited),
        say("{number} removed", number=counts.deleted),
    ]
    if with_unchanged:
        parts.append(say("{number} unchanged", number=counts.unchanged))
    if counts.problems:
        parts.append(count_problems(counts.problems))
    return join_parts(parts)


def _describe_seconds(seconds: float) -> str:
    if seconds >= _HOUR:
        return say_count("{number} hour", "{number} hours", round(seconds / _HOUR))
    if seconds >= _MINUTE:
        return say_count("{number} minute", "{number} minutes", round(seconds / _MINUTE))
    return say_count("{number} second", "{number} seconds", max(1, round(seconds)))


def _count_state(state: RefreshState, number: int) -> str:
    match state:
        case RefreshState.DONE:
            return say("{number} done", number=number)
        case RefreshState.STOPPED:
            return say("{number} stopped", number=number)
        case RefreshState.FAILED:
            return say("{number} failed", number=number)
        case RefreshState.CANCELLED:
            return say("{number} cancelled", number=number)
        case _:
            return say("{number} broken off", number=number)


def _build_sentence(state: JobState) -> str:
    if not state.sources:
        return say("No source was refreshed.") if state.is_over else say("There is no source to refresh.")
    kinds = [one.refresh.state if one.refresh else None for one in state.sources]
    ended = [_count_state(kind, kinds.count(kind)) for kind in _ENDED if kind in kinds]
    return _say_over(state, kinds, ended) if state.is_over else _say_going_on(state, kinds, ended)


def _say_going_on(state: JobState, kinds: Sequence[RefreshState | None], ended: Sequence[str]) -> str:
    working, waiting = sum(kind in _IS_AT_WORK for kind in kinds), kinds.count(None)
    states = join_parts(
        [
            *ended,
            *([say("{number} at work", number=working)] if working else []),
            *([say("{number} waiting", number=waiting)] if waiting else []),
        ]
    )
    sources = count_sources(len(kinds))
    if state.is_cancelled:
        return say("Cancelling the refresh of {sources}: {states}.", sources=sources, states=states)
    return say("Refreshing {sources}: {states}.", sources=sources, states=states)


def _say_over(state: JobState, kinds: Sequence[RefreshState | None], ended: Sequence[str]) -> str:
    sources, left = count_sources(len(kinds)), kinds.count(None)
    states = join_parts([*ended, *([say("{number} not begun", number=left)] if left else [])])
    if state.is_cancelled:
        return say(
            "The refresh of {sources} was cancelled: {states}. What was stored is kept.", sources=sources, states=states
        )
    changes = _describe_counts(_sum_counts(state), with_unchanged=False)
    if left or RefreshState.INTERRUPTED in kinds:
        return say(
            "The refresh of {sources} is over: {states}; {changes}.", sources=sources, states=states, changes=changes
        )
    return say("Refreshed {sources}: {states}; {changes}.", sources=sources, states=states, changes=changes)


def _sum_counts(state: JobState) -> RefreshCounts:
    counts = [one.refresh.counts for one in state.sources if one.refresh]
    return RefreshCounts(
        added=sum(one.added for one in counts),
        edited=sum(one.edited for one in counts),
        deleted=sum(one.deleted for one in counts),
    )


def _order(states: Sequence[SourceState]) -> Sequence[SourceState]:
    """Put first what matters most, where not all can be shown."""
    if len(states) <= _MANY:
        return states
    return sorted(states, key=lambda one: _ORDER.index(one.refresh.state if one.refresh else None))


def _explain_reference(reference: str) -> list[str]:
    if not reference:
        return []
    return [
        say(
            "It ended before its time, and what was stored is kept: the log says why by this reference: {reference}.",
            reference=reference,
        )
    ]


def _explain_retained(state: JobState) -> list[str]:
    removed = sum(one.refresh.counts.deleted for one in state.retained if one.refresh)
    if not removed:
        return []
    return [
        say(
            "Removed for good, because HARKBACK_RETENTION says how old they may be: {comments}.",
            comments=count_comments(removed),
        )
    ]


def _explain_held(state: JobState) -> list[str]:
    if not state.held:
        return []
    names = build_label(join_all(state.held), 2 * _NAME_CHARS)
    return [say("Left alone after a rollback: {sources}; `/hark refresh` and its name refreshes it.", sources=names)]
