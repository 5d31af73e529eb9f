"""What the archive holds and how it is, as private messages; and the no to whom it is none of their business."""

from collections.abc import Sequence
from datetime import datetime

from bot.overview import ArchiveStatus, SeenSource
from bot.slack.views.message import (
    MessageView,
    build_date,
    build_label,
    build_lines,
    build_notice,
    build_section,
    build_time,
    count_comments,
    count_problems,
    count_sources,
    speak_lines,
)
from bot.slack.views.refresh import describe_refresh
from bot.translations import join_parts, say, say_count
from store.domain.refresh import ProblemGroup, Refresh
from store.domain.source import SourceSummary
from store.domain.viewer import Visibility

_NAME_CHARS = 100
_REASON_CHARS = 200
_RECORDS = 2
_RECORD_CHARS = 60
_MAX_ADMINS = 3


def build_refused(admins: Sequence[str], *, with_workspace_admins: bool) -> MessageView:
    """Say who may do that, and what anyone can do."""
    labels = [build_label(admin, _NAME_CHARS) for admin in admins[:_MAX_ADMINS]]
    named = [*labels, *([say("others")] if len(admins) > _MAX_ADMINS else [])]
    who = [*named, *([say("owners and admins of this workspace")] if with_workspace_admins else [])]
    allowed = (
        say("Sorry, only these people may do that: {people}.", people=join_parts(who))
        if who
        else say("Sorry, nobody may do that from Slack: whoever runs me names admins in HARKBACK_ADMINS.")
    )
    hint = say("You can ask me a question, or see with `/hark sources` what I search for you.")
    return _build_list(f"{allowed} {hint}", [])


def build_unknown_source(verb: str, wanted: str, nearest: Sequence[str]) -> MessageView:
    """Tell an admin that no source is called so, which may be meant, and how to ask it as a question."""
    name = build_label(wanted, _NAME_CHARS)
    unknown = (
        say(
            "No source is called “{name}”. Did you mean one of these: {sources}?",
            name=name,
            sources=join_parts(build_label(one, _NAME_CHARS) for one in nearest),
        )
        if nearest
        else say("No source is called “{name}”: `/hark sources` lists them.", name=name)
    )
    quoted = f'/hark "{verb} {name}"'
    hint = say("If it is a question, put it in quotation marks: `{example}`.", example=quoted)
    return _build_list(f"{unknown} {hint}", [])


def build_seen_sources(sources: Sequence[SeenSource]) -> MessageView:
    """List the sources that somebody may see something of."""
    if not sources:
        return build_notice(say("There is nothing here that you may see so far. An admin can choose who may see what."))
    comments = count_comments(sum(source.comments for source in sources))
    head = say("You may see {comments} in {sources}.", comments=comments, sources=count_sources(len(sources)))
    return _build_list(head, [_describe_seen(source) for source in sources])


def build_sources(sources: Sequence[SourceSummary]) -> MessageView:
    """List all sources, for an admin."""
    if not sources:
        return build_notice(say("The archive is empty so far: bring one in with `harkback import`."))
    return _build_list(_count_all(sources), [_describe_summary(summary) for summary in sources])


def build_status(status: ArchiveStatus) -> MessageView:
    """Say how the archive is, for an admin."""
    lines = [
        *_describe_state(status),
        *([] if status.at_work else [say("No refresh is at work.")]),
        *(_describe_now(one) for one in status.at_work),
        *(_describe_trouble(one) for one in status.troubled),
    ]
    return _build_list(_count_all(status.sources), lines)


def build_problem_counts(sources: Sequence[SourceSummary]) -> MessageView:
    """List the sources of which something was not imported as it stood."""
    troubled = [summary for summary in sources if summary.problems]
    if not troubled:
        return build_notice(say("There are no problems: all was imported as it stood."))
    head = say(
        "{problems} in {sources}. `/hark problems` and the name of one tells more.",
        problems=count_problems(sum(summary.problems for summary in troubled)),
        sources=count_sources(len(troubled)),
    )
    lines = [f"*{build_label(one.source.name, _NAME_CHARS)}*: {count_problems(one.problems)}" for one in troubled]
    return _build_list(head, lines)


def build_problems(source: str, groups: Sequence[ProblemGroup]) -> MessageView:
    """List what of a source was not imported, or not as it stood, and why: in the words of whatever reads it."""
    name = build_label(source, _NAME_CHARS)
    if not groups:
        return _build_list(say("All of {source} was imported as it stood.", source=name), [])
    total = sum(group.count for group in groups if not group.is_on_purpose)
    head = say_count(
        "{source}: {number} problem at its last reading.",
        "{source}: {number} problems at its last reading.",
        total,
        source=name,
    )
    return _build_list(head, [_describe_group(group) for group in groups])


def _describe_state(status: ArchiveStatus) -> list[str]:
    problems = sum(summary.problems for summary in status.sources)
    refreshed = max((one.refreshed for one in status.sources if one.refreshed), default=None)
    return [
        say_count("{number} comment to be indexed.", "{number} comments to be indexed.", status.pending)
        if status.pending
        else say("All of it is indexed."),
        say_count(
            "{number} problem: `/hark problems` tells more.",
            "{number} problems: `/hark problems` tells more.",
            problems,
        )
        if problems
        else say("There are no problems."),
        say("Last refreshed {time}.", time=build_time(refreshed)) if refreshed else say("Never refreshed."),
        say("Next by itself {time}.", time=build_time(status.due))
        if status.due
        else say("Never by itself: see HARKBACK_REFRESH_EVERY."),
    ]


def _describe_now(refresh: Refresh) -> str:
    name = build_label(refresh.source, _NAME_CHARS)
    return say("*{source}* now: {state}", source=name, state=describe_refresh(refresh))


def _describe_trouble(refresh: Refresh) -> str:
    when = build_time(refresh.ended_at or refresh.seen_at)
    return f"*{build_label(refresh.source, _NAME_CHARS)}*, {when}: {describe_refresh(refresh)}"


def _describe_seen(source: SeenSource) -> str:
    return f"*{build_label(source.name, _NAME_CHARS)}*: {join_parts(_list_held(source.comments, source.newest))}"


def _list_held(comments: int, newest: datetime | None) -> list[str]:
    return [count_comments(comments), *([say("newest from {date}", date=build_date(newest))] if newest else [])]


def _describe_summary(summary: SourceSummary) -> str:
    source = summary.source
    parts = _list_held(summary.comments, summary.last)
    if summary.refreshed:
        parts.append(say("refreshed {time}", time=build_time(summary.refreshed)))
    parts.append(_describe_visibility(source.visibility))
    if summary.problems:
        parts.append(count_problems(summary.problems))
    if source.is_held:
        parts.append(say("rolled back, and so refreshed by its name only"))
    return f"*{build_label(source.name, _NAME_CHARS)}*: {join_parts(parts)}"


def _describe_visibility(visibility: Visibility) -> str:
    match visibility.kind:
        case "public":
            return say("for everyone")
        case "workspace":
            return say("for full members of some workspaces only")
        case "channel":
            return say("for people in some channels only")
        case "people":
            return say("for some people only")
        case _:
            return say("for nobody")


def _describe_group(group: ProblemGroup) -> str:
    examples = ", ".join(build_label(record, _RECORD_CHARS) for record in group.records[:_RECORDS])
    reason = build_label(group.reason, _REASON_CHARS)
    if group.is_on_purpose:
        reason = say("left out on purpose: {reason}", reason=reason)
    if examples:
        reason = say("{reason} (such as {examples})", reason=reason, examples=examples)
    return say("{number} × {reason}", number=group.count, reason=reason)


def _count_all(sources: Sequence[SourceSummary]) -> str:
    comments = count_comments(sum(summary.comments for summary in sources))
    return say("The archive holds {comments} in {sources}.", comments=comments, sources=count_sources(len(sources)))


def _build_list(head: str, lines: Sequence[str]) -> MessageView:
    return MessageView(
        speak_lines([head, *lines]), [build_section(head), *build_lines(lines)], "\n".join([head, *lines])
    )
