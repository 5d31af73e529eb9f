"""Refreshes: what one is doing, what it did, and its receipt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from store.domain.comment import Comment, SkippedRecord, SourceProblem

EXAMPLES_PER_REASON = 5
# What is kept of one reason, so that the records can be found; the rest is counted.
RECORDS_PER_REASON = 1_000
# Reasons are constant sentences. Where a format is careless with that, the rest stands under one.
_MAX_REASONS = 200
OTHER_REASONS = "other reasons"


class RefreshKind(StrEnum):
    """Why a source is being changed."""

    IMPORT = "import"
    REFRESH = "refresh"
    ROLLBACK = "rollback"
    FORGET = "forget"
    RETENTION = "retention"


# What reads a place.
READINGS = (RefreshKind.IMPORT, RefreshKind.REFRESH)


class RefreshState(StrEnum):
    """How far a refresh is, or how it ended. INTERRUPTED is what nobody saw end."""

    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class RefreshCounts:
    """What a refresh has done so far, in comments; `problems` in records."""

    added: int = 0
    edited: int = 0
    unchanged: int = 0
    deleted: int = 0
    skipped: int = 0
    problems: int = 0

    @property
    def changed(self) -> int:
        """How many comments are not what they were."""
        return self.added + self.edited + self.deleted


@dataclass(frozen=True, slots=True)
class Refresh:
    """One time that a source was brought up to date: a generation.

    Attributes:
        id: Its number; later ones are higher.
        owner: The process at work, or that was.
        seen_at: When it last showed that it was alive.
        done: How far the stage is, of `total`; None where that cannot be known.
        seconds: Time spent, by stage.
        message: Why it stopped or failed; empty where it did not.
        undoes_id: Of a rollback, the first refresh that it undoes.
        is_purged: What it takes to undo it is gone for good.
    """

    id: int
    source: str
    kind: RefreshKind
    state: RefreshState
    owner: str
    begun_at: datetime
    ended_at: datetime | None
    seen_at: datetime
    stage: str
    done: int
    total: int | None
    counts: RefreshCounts
    seconds: Mapping[str, float]
    message: str = ""
    undoes_id: int | None = None
    is_purged: bool = False

    @property
    def is_at_work(self) -> bool:
        """Whether nobody has noted how it ended."""
        return self.state in (RefreshState.RUNNING, RefreshState.CANCELLING)


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Records that were not imported, or not as they stood, for one reason, and how many there are.

    `records` says where to find them, as many as are kept; `place` is what was read.
    """

    reason: str
    count: int
    records: tuple[str, ...]
    is_on_purpose: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What one refresh of one source did. `problems` holds a few examples of each reason.

    `left_out` counts what was left out on purpose by its reason; `examples` are comments that a dry run would import.
    `refresh_id` is the refresh that this is the receipt of, none for a dry run. A refresh that stopped changed nothing.
    """

    source: str
    format: str
    added: int
    edited: int
    unchanged: int
    deleted: int
    skipped: int
    problems: tuple[SourceProblem, ...]
    problem_count: int
    left_out: tuple[tuple[str, int], ...] = ()
    examples: tuple[Comment, ...] = field(default=(), compare=False)
    refresh_id: int | None = field(default=None, compare=False)
    state: RefreshState = RefreshState.DONE


@dataclass(slots=True)
class _Group:
    count: int = 0
    records: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RefreshTally:
    """Counts while a refresh runs; `report` is the receipt."""

    added: int = 0
    edited: int = 0
    unchanged: int = 0
    deleted: int = 0
    examples: list[Comment] = field(default_factory=list)
    _problems: dict[str, _Group] = field(default_factory=dict)
    _left_out: dict[str, _Group] = field(default_factory=dict)

    def note(self, item: SourceProblem | SkippedRecord) -> None:
        """Count what was not imported; keep where to find it while its reason has few."""
        groups = self._problems if isinstance(item, SourceProblem) else self._left_out
        reason = item.reason if item.reason in groups or len(groups) < _MAX_REASONS else OTHER_REASONS
        group = groups.setdefault(reason, _Group())
        group.count += 1
        if item.record and len(group.records) < RECORDS_PER_REASON:
            group.records.append(item.record)

    def note_example(self, comment: Comment) -> None:
        """Keep one of the first comments."""
        if len(self.examples) < EXAMPLES_PER_REASON:
            self.examples.append(comment)

    def count(self) -> RefreshCounts:
        """Give the counts as they stand now."""
        return RefreshCounts(
            added=self.added,
            edited=self.edited,
            unchanged=self.unchanged,
            deleted=self.deleted,
            skipped=sum(group.count for group in self._left_out.values()),
            problems=sum(group.count for group in self._problems.values()),
        )

    def groups(self) -> list[ProblemGroup]:
        """Give all that was not imported, by reason."""
        return [
            ProblemGroup(reason, group.count, tuple(group.records), is_on_purpose)
            for is_on_purpose, groups in ((False, self._problems), (True, self._left_out))
            for reason, group in groups.items()
        ]

    def report(self, source: str, format_name: str) -> RefreshReport:
        """Give the receipt as it stands now."""
        counts = self.count()
        return RefreshReport(
            source=source,
            format=format_name,
            added=counts.added,
            edited=counts.edited,
            unchanged=counts.unchanged,
            deleted=counts.deleted,
            skipped=counts.skipped,
            problems=tuple(
                SourceProblem(record, reason)
                for reason, group in self._problems.items()
                for record in group.records[:EXAMPLES_PER_REASON]
            ),
            problem_count=counts.problems,
            left_out=tuple((reason, group.count) for reason, group in self._left_out.items()),
            examples=tuple(self.examples),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one stage of a long job is; `total` is None where it cannot be known. `source` is the one at work on.

    `seconds` is the time spent so far in stages of its own that the job has beside this one.
    """

    stage: str
    done: int
    total: int | None
    source: str = ""
    problems: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
