"""Sources, and the receipt of bringing one up to date."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from store.domain.comment import SourceProblem
from store.domain.viewer import Visibility

EXAMPLES_PER_REASON = 5


@dataclass(frozen=True, slots=True)
class Source:
    """One archive: its name, its format, where it is read from, and who may see it."""

    id: int
    name: str
    format: str
    location: str
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """A source with what it holds."""

    source: Source
    comments: int
    discussions: int
    authors: int
    first: datetime | None
    last: datetime | None
    refreshed: datetime | None


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What one refresh of one source did. `problems` holds a few examples of each reason."""

    source: str
    format: str
    added: int
    edited: int
    unchanged: int
    deleted: int
    skipped: int
    problems: tuple[SourceProblem, ...]
    problem_count: int


@dataclass(slots=True)
class RefreshTally:
    """Counts while a refresh runs; `report` is the receipt."""

    added: int = 0
    edited: int = 0
    unchanged: int = 0
    deleted: int = 0
    skipped: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[SourceProblem] = field(default_factory=list)

    def note_problem(self, problem: SourceProblem) -> None:
        """Count a problem; keep it as an example while its reason has few."""
        self.reasons[problem.reason] += 1
        if self.reasons[problem.reason] <= EXAMPLES_PER_REASON:
            self.examples.append(problem)

    def report(self, source: str, format_name: str) -> RefreshReport:
        """Give the receipt as it stands now."""
        return RefreshReport(
            source=source,
            format=format_name,
            added=self.added,
            edited=self.edited,
            unchanged=self.unchanged,
            deleted=self.deleted,
            skipped=self.skipped,
            problems=tuple(self.examples),
            problem_count=self.reasons.total(),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one stage of a long job is; `total` is None where it cannot be known."""

    stage: str
    done: int
    total: int | None
