"""What the verbs print: JSON by the contract, text for people, progress on a terminal."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from bot.found import find_other_urls, introduce_nearest
from bot.understood import describe_query
from store.domain.answer import Answer, Coverage, Hit, Outcome, group_by_discussion
from store.domain.comment import Comment
from store.domain.query import Filter, Query
from store.domain.refresh import Progress as Step
from store.domain.refresh import RefreshReport
from store.text.cleaning import collapse_spaces, shorten

_EXAMPLE_CHARS = 200
_WIDEST = 1_000
_LISTED = 20

# Of a list of what was done: how much of it.
limit_option = click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=_LISTED,
    show_default=True,
    help="How many to list, the latest first.",
)


def print_json(value: Any) -> None:
    """Print a value as JSON on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(table: Table) -> None:
    """Print a table; what is piped or redirected is not cut to the width of a terminal that is not there."""
    width = None if Console().is_terminal else _WIDEST
    # A name is what it says: brackets in it are no markup.
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)


def format_time(moment: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def build_answer_json(answer: Answer) -> dict[str, Any]:
    """Build what `ask --json` prints."""
    query = answer.query
    return {
        "question": answer.asked.question,
        "outcome": str(answer.outcome),
        "understood": {
            "topic": query.topic,
            "authors": list(query.authors),
            "not_by": list(query.not_by),
            "after": format_time(query.after),
            "before": format_time(query.before),
            "sources": list(query.sources),
            "channels": list(query.channels),
            "languages": list(query.languages),
        },
        "hits": [_build_hit_json(hit) for hit in answer.hits],
        "nearest": [_build_hit_json(hit) for hit in answer.nearest],
        "searched": {
            "comments": answer.coverage.comments,
            "sources": answer.coverage.sources,
            "newest": format_time(answer.coverage.newest),
        },
    }


def _build_hit_json(hit: Hit) -> dict[str, Any]:
    comment = hit.comment
    return {
        "rank": hit.rank,
        "score": hit.score,
        "comment": {
            "id": comment.native_id,
            "author": comment.author,
            "date": format_time(comment.published),
            "url": comment.url,
            "source": comment.source,
            "discussion": {"title": comment.discussion_title, "url": comment.discussion_url},
            "text": comment.text,
            "language": comment.language,
        },
        "also": [{"id": one.native_id, "url": one.url, "source": one.source} for one in hit.also],
        "excerpt": {"text": hit.excerpt.text, "highlights": [list(span) for span in hit.excerpt.highlights]},
    }


def print_answer(answer: Answer, without: Collection[Filter] = ()) -> None:
    """Print an answer for people: excerpts with *matching words* marked, author, date, link, coverage."""
    console = Console(soft_wrap=True, highlight=False)
    understood = describe_query(answer.query, without)
    if understood:
        console.print(Text(understood.removesuffix(".") + _hint_at_filters(answer.query) + "."))
    if answer.outcome is not Outcome.ANSWERED:
        console.print(Text(explain_nothing(answer)))
        if not answer.nearest:
            return
        console.print(Text(introduce_nearest()))
    for hits in group_by_discussion(answer.hits or answer.nearest):
        first = hits[0].comment
        console.print(Text(first.discussion_title or "Untitled discussion", style="bold"))
        for hit in hits:
            _print_hit(console, hit)
    left = answer.total - answer.asked.offset - len(answer.hits)
    if left > 0:
        console.print(Text(f"{left} more: ask with --limit {answer.total}"))
    console.print(Text(describe_coverage(answer.coverage)))


def _hint_at_filters(query: Query) -> str:
    """Say how to take away what narrows the topic."""
    names = [one for one in query.removable if one is not Filter.TOPIC]
    if not names:
        return ""
    return f" (drop {'one' if len(names) > 1 else 'it'} with --without {' or '.join(names)})"


def _print_hit(console: Console, hit: Hit) -> None:
    comment = hit.comment
    day = comment.published.date().isoformat() if comment.published else "undated"
    console.print(Text(f"{hit.rank}. {comment.author}, {day}"))
    quoted = Text("   “")
    position = 0
    for start, end in hit.excerpt.highlights:
        quoted.append(hit.excerpt.text[position:start])
        quoted.append(f"*{hit.excerpt.text[start:end]}*", style="bold")
        position = end
    quoted.append(hit.excerpt.text[position:] + "”")
    console.print(quoted)
    if comment.url:
        console.print(Text(f"   {comment.url}"))
    urls, left = find_other_urls(hit)
    for url in urls:
        console.print(Text(f"   also: {url}"))
    if left:
        console.print(Text(f"   and {left} more"))
    console.print()


def explain_nothing(answer: Answer) -> str:
    """Say why there is no hit, and what was searched unless something stands between the two."""
    coverage = answer.coverage
    if answer.outcome is Outcome.NOTHING_RELEVANT:
        return "Nothing relevant was found." + ("" if answer.nearest else f" {describe_coverage(coverage)}")
    if coverage.comments:
        return f"The archive is still being indexed: {coverage.pending:,} of {coverage.comments:,} comments wait."
    return "The archive is empty: bring one in with `harkback import FILE_OR_URL`."


def describe_coverage(coverage: Coverage) -> str:
    """Say what was searched, and how fresh it is."""
    comments = f"{coverage.comments:,} comment{'' if coverage.comments == 1 else 's'}"
    sources = f"{coverage.sources:,} source{'' if coverage.sources == 1 else 's'}"
    newest = f", newest from {coverage.newest.date().isoformat()}" if coverage.newest else ""
    return f"Searched {comments} in {sources}{newest}."


def build_reports_json(reports: Sequence[RefreshReport]) -> dict[str, Any]:
    """Build what `import --json` and `refresh --json` print."""
    return {
        "reports": [
            {
                "source": report.source,
                "format": report.format,
                "added": report.added,
                "edited": report.edited,
                "unchanged": report.unchanged,
                "deleted": report.deleted,
                "skipped": report.skipped,
                "problems": [{"record": one.record, "reason": one.reason} for one in report.problems],
                "problem_count": report.problem_count,
                "left_out": dict(report.left_out),
                "state": str(report.state),
                **({"examples": [_build_example_json(one) for one in report.examples]} if report.examples else {}),
            }
            for report in reports
        ]
    }


def _build_example_json(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.native_id,
        "author": comment.author.name,
        "date": format_time(comment.published),
        "url": comment.url,
        "discussion": {"title": comment.discussion.title, "url": comment.discussion.url},
        "text": comment.text,
    }


def print_reports(reports: Sequence[RefreshReport]) -> None:
    """Print receipts for people; those of a dry run with examples."""
    for report in reports:
        why = ", ".join(f"{count:,} {reason}" for reason, count in report.left_out)
        click.echo(
            f"{report.source} ({report.format}): {report.added:,} new, {report.edited:,} edited, "
            f"{report.unchanged:,} unchanged, {report.deleted:,} deleted, {report.skipped:,} left out on purpose"
            f"{f' ({why})' if why else ''}, {report.problem_count:,} problem{'' if report.problem_count == 1 else 's'}"
        )
        for problem in report.problems:
            click.echo(f"  {problem.reason} — {problem.record}")
        for number, comment in enumerate(report.examples, start=1):
            _print_example(number, comment)


def _print_example(number: int, comment: Comment) -> None:
    day = comment.published.date().isoformat() if comment.published else "undated"
    title = comment.discussion.title
    click.echo(f"\n  {number}. {comment.author.name}, {day}{f', in {title}' if title else ''}")
    click.echo(f"     “{shorten(collapse_spaces(comment.text), _EXAMPLE_CHARS)}”")
    if comment.url:
        click.echo(f"     {comment.url}")


@contextmanager
def showing_progress(counted: str = "comments") -> Iterator[Callable[[Step], None]]:
    """Show progress on a terminal's stderr: a line a source, with its stage, rate, time left and problems so far.

    Nothing is shown elsewhere. Do not print while it is shown.

    Args:
        counted: What is done, in the plural.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[problems]}"),
    )
    # What is printed to stdout is a result, and goes where that goes.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        lines: dict[str, TaskID] = {}

        def show(step: Step) -> None:
            name = f"{step.source}: {step.stage}" if step.source else step.stage
            key = step.source or step.stage
            if key not in lines:
                lines[key] = progress.add_task(name, total=step.total, rate="", problems="")
            line = lines[key]
            if progress.tasks[line].description != name:
                # Another stage of the same source goes at another rate.
                progress.reset(line, description=name, total=step.total)
            speed = progress.tasks[line].speed
            progress.update(
                line,
                completed=step.done,
                total=step.total,
                rate=f"{speed:,.0f} {counted}/s" if speed else "",
                problems=f"{step.problems:,} problems" if step.problems else "",
            )

        yield show
