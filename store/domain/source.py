"""Sources, and the receipt of bringing one up to date."""

from dataclasses import dataclass, field
from datetime import datetime

from store.domain.comment import Comment, SkippedRecord, SourceProblem
from store.domain.viewer import Visibility

EXAMPLES_PER_REASON = 5
# What is kept of one reason, so that the records can be found; the rest is counted.
RECORDS_PER_REASON = 1_000
# Reasons are constant sentences. Where a format is careless with that, the rest stands under one.
_MAX_REASONS = 200
OTHER_REASONS = "other reasons"


@dataclass(frozen=True, slots=True)
class Source:
    """One archive: its name, its format, where it is read from, and who may see it.

    `identity` names the place that it was exported from, such as a blog's number, in whatever way it was; empty where
    that is not known. Private conversations in it are left out unless `include_private`. `is_format_given` where
    somebody said which format it is, whatever the content looks like.
    """

    id: int
    name: str
    format: str
    location: str
    visibility: Visibility
    identity: str = ""
    include_private: bool = False
    is_format_given: bool = False


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """A source with what it holds. `problems` counts those of the latest reading of each place."""

    source: Source
    comments: int
    discussions: int
    authors: int
    first: datetime | None
    last: datetime | None
    refreshed: datetime | None
    problems: int = 0


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
        if len(group.records) < RECORDS_PER_REASON:
            group.records.append(item.record)

    def note_example(self, comment: Comment) -> None:
        """Keep one of the first comments."""
        if len(self.examples) < EXAMPLES_PER_REASON:
            self.examples.append(comment)

    def groups(self) -> list[ProblemGroup]:
        """Give all that was not imported, by reason."""
        return [
            ProblemGroup(reason, group.count, tuple(group.records), is_on_purpose)
            for is_on_purpose, groups in ((False, self._problems), (True, self._left_out))
            for reason, group in groups.items()
        ]

    def report(self, source: str, format_name: str) -> RefreshReport:
        """Give the receipt as it stands now."""
        return RefreshReport(
            source=source,
            format=format_name,
            added=self.added,
            edited=self.edited,
            unchanged=self.unchanged,
            deleted=self.deleted,
            skipped=sum(group.count for group in self._left_out.values()),
            problems=tuple(
                SourceProblem(record, reason)
                for reason, group in self._problems.items()
                for record in group.records[:EXAMPLES_PER_REASON]
            ),
            problem_count=sum(group.count for group in self._problems.values()),
            left_out=tuple((reason, group.count) for reason, group in self._left_out.items()),
            examples=tuple(self.examples),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one stage of a long job is; `total` is None where it cannot be known."""

    stage: str
    done: int
    total: int | None
