"""What the archive holds and how it is, as private messages; and the no to whom it is none of their business."""

from collections.abc import Sequence

from bot.overview import ArchiveStatus, SeenSource
from bot.slack.views.message import (
    MessageView,
    build_date,
    build_label,
    build_lines,
    build_notice,
    build_section,
    build_time,
    count_things,
)
from bot.slack.views.refresh import describe_refresh
from store.domain.refresh import ProblemGroup
from store.domain.source import SourceSummary

_NAME_CHARS = 100
_REASON_CHARS = 200
_RECORDS = 2
_RECORD_CHARS = 60
_MAX_ADMINS = 3


def build_refused(admins: Sequence[str], *, with_workspace_admins: bool) -> MessageView:
    """Say who may do that, and what anyone can do."""
    labels = [build_label(admin, _NAME_CHARS) for admin in admins[:_MAX_ADMINS]]
    named = [*labels, *(["others"] if len(admins) > _MAX_ADMINS else [])]
    who = [*named, *(["owners and admins of this workspace"] if with_workspace_admins else [])]
    allowed = (
        f"Sorry, only these people may do that: {', '.join(who)}."
        if who
        else "Sorry, nobody may do that from Slack: whoever runs me names admins in HARKBACK_ADMINS."
    )
    return _build_list(f"{allowed} You can ask me a question, or see with `/hark sources` what I search for you.", [])


def build_unknown_source(verb: str, wanted: str, nearest: Sequence[str]) -> MessageView:
    """Tell an admin that no source is called so, which may be meant, and how to ask it as a question."""
    name = build_label(wanted, _NAME_CHARS)
    names = ", ".join(build_label(one, _NAME_CHARS) for one in nearest)
    text = (
        f"No source is called “{name}”. Did you mean one of these: {names}? "
        f'If it is a question, put it in quotation marks: `/hark "{verb} {name}"`.'
        if nearest
        else f"No source is called “{name}”: `/hark sources` lists them. "
        f'If it is a question, put it in quotation marks: `/hark "{verb} {name}"`.'
    )
    return _build_list(text, [])


def build_seen_sources(sources: Sequence[SeenSource]) -> MessageView:
    """List the sources that somebody may see something of."""
    if not sources:
        return build_notice("There is nothing here that you may see so far.")
    comments = sum(source.comments for source in sources)
    head = f"You may see {count_things(comments, 'comment')} in {count_things(len(sources), 'source')}."
    return _build_list(head, [_describe_seen(source) for source in sources])


def build_sources(sources: Sequence[SourceSummary]) -> MessageView:
    """List all sources, for an admin."""
    if not sources:
        return build_notice("The archive is empty so far: bring one in with `harkback import`.")
    return _build_list(_count_all(sources), [_describe_summary(summary) for summary in sources])


def build_status(status: ArchiveStatus) -> MessageView:
    """Say how the archive is, for an admin."""
    problems = sum(summary.problems for summary in status.sources)
    refreshed = max((one.refreshed for one in status.sources if one.refreshed), default=None)
    lines = [
        f"{count_things(status.pending, 'comment')} to be indexed." if status.pending else "All of it is indexed.",
        f"{count_things(problems, 'problem')}: `/hark problems` tells more." if problems else "There are no problems.",
        f"Last refreshed {build_time(refreshed)}." if refreshed else "Never refreshed.",
        f"Next by itself {build_time(status.due)}." if status.due else "Never by itself: see HARKBACK_REFRESH_EVERY.",
        *([] if status.at_work else ["No refresh is at work."]),
        *(f"*{build_label(one.source, _NAME_CHARS)}* now: {describe_refresh(one)}" for one in status.at_work),
        *(
            f"*{build_label(one.source, _NAME_CHARS)}*, {build_time(one.ended_at or one.seen_at)}: "
            f"{describe_refresh(one)}"
            for one in status.troubled
        ),
    ]
    return _build_list(_count_all(status.sources), lines)


def build_problem_counts(sources: Sequence[SourceSummary]) -> MessageView:
    """List the sources of which something was not imported as it stood."""
    troubled = [summary for summary in sources if summary.problems]
    if not troubled:
        return build_notice("There are no problems: all was imported as it stood.")
    total = sum(summary.problems for summary in troubled)
    head = f"{count_things(total, 'problem')} in {count_things(len(troubled), 'source')}."
    lines = [
        f"*{build_label(one.source.name, _NAME_CHARS)}*: {count_things(one.problems, 'problem')}" for one in troubled
    ]
    return _build_list(f"{head} `/hark problems` and the name of one tells more.", lines)


def build_problems(source: str, groups: Sequence[ProblemGroup]) -> MessageView:
    """List what of a source was not imported, or not as it stood, and why."""
    name = build_label(source, _NAME_CHARS)
    if not groups:
        return _build_list(f"All of {name} was imported as it stood.", [])
    total = sum(group.count for group in groups if not group.is_on_purpose)
    head = f"{name}: {count_things(total, 'problem')} at its last reading."
    return _build_list(head, [_describe_group(group) for group in groups])


def _describe_seen(source: SeenSource) -> str:
    newest = f", newest from {build_date(source.newest)}" if source.newest else ""
    return f"*{build_label(source.name, _NAME_CHARS)}*: {count_things(source.comments, 'comment')}{newest}"


def _describe_summary(summary: SourceSummary) -> str:
    source = summary.source
    parts = [_describe_seen(SeenSource(source.name, summary.comments, summary.last))]
    if summary.refreshed:
        parts.append(f"refreshed {build_time(summary.refreshed)}")
    parts.append("for everyone" if source.visibility.kind == "public" else f"for {source.visibility.kind} only")
    if summary.problems:
        parts.append(count_things(summary.problems, "problem"))
    if source.is_held:
        parts.append("rolled back, and so refreshed by its name only")
    return ", ".join(parts)


def _describe_group(group: ProblemGroup) -> str:
    purpose = "left out on purpose: " if group.is_on_purpose else ""
    examples = ", ".join(build_label(record, _RECORD_CHARS) for record in group.records[:_RECORDS])
    reason = build_label(group.reason, _REASON_CHARS)
    return f"{group.count:,} × {purpose}{reason}{f' (such as {examples})' if examples else ''}"


def _count_all(sources: Sequence[SourceSummary]) -> str:
    comments = sum(summary.comments for summary in sources)
    return f"The archive holds {count_things(comments, 'comment')} in {count_things(len(sources), 'source')}."


def _build_list(head: str, lines: Sequence[str]) -> MessageView:
    return MessageView(head, [build_section(head), *build_lines(lines)], "\n".join([head, *lines]))
