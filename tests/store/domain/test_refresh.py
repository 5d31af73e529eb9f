"""The receipt of a refresh."""

import pytest

from store.domain import refresh
from store.domain.comment import SkippedRecord, SourceProblem
from store.domain.refresh import EXAMPLES_PER_REASON, OTHER_REASONS, ProblemGroup, RefreshReport, RefreshTally


def test_tally_counts_all_that_was_not_imported_and_keeps_a_few_of_each_reason():
    tally = RefreshTally(added=3, edited=1, unchanged=4, deleted=1)
    broken = [SourceProblem(f"entry {number}", "broken") for number in range(8)]
    late = SourceProblem("entry 9", "undated")
    spam = [SkippedRecord(f"entry {number}", "spam") for number in range(10, 15)]

    for item in (*broken, late, *spam):
        tally.note(item)

    assert tally.report("Blog", "blogger") == RefreshReport(
        source="Blog",
        format="blogger",
        added=3,
        edited=1,
        unchanged=4,
        deleted=1,
        skipped=5,
        problems=(*broken[:EXAMPLES_PER_REASON], late),
        problem_count=9,
        left_out=(("spam", 5),),
    )
    assert tally.groups() == [
        ProblemGroup("broken", 8, tuple(problem.record for problem in broken)),
        ProblemGroup("undated", 1, ("entry 9",)),
        ProblemGroup("spam", 5, tuple(record.record for record in spam), is_on_purpose=True),
    ]


def test_tally_reports_at_any_time():
    tally = RefreshTally()
    before = tally.report("Blog", "blogger")
    tally.note(SourceProblem("entry 1", "broken"))

    assert (before.problem_count, before.problems) == (0, ())
    assert tally.report("Blog", "blogger").problem_count == 1


def test_reasons_without_end_are_counted_together(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(refresh, "_MAX_REASONS", 2)
    tally = RefreshTally()
    for number in range(5):
        tally.note(SourceProblem(f"entry {number}", f"reason {number}"))
    assert [(group.reason, group.count) for group in tally.groups()] == [
        ("reason 0", 1),
        ("reason 1", 1),
        (OTHER_REASONS, 3),
    ]
