"""The receipt of a refresh."""

from store.domain.comment import SourceProblem
from store.domain.source import EXAMPLES_PER_REASON, RefreshReport, RefreshTally


def test_tally_counts_all_problems_and_keeps_a_few_of_each_reason():
    tally = RefreshTally(added=3, edited=1, unchanged=4, deleted=1, skipped=5)
    broken = [SourceProblem(f"entry {number}", "broken") for number in range(8)]
    late = SourceProblem("entry 9", "undated")

    for problem in (*broken, late):
        tally.note_problem(problem)

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
    )


def test_tally_reports_at_any_time():
    tally = RefreshTally()
    before = tally.report("Blog", "blogger")
    tally.note_problem(SourceProblem("entry 1", "broken"))

    assert (before.problem_count, before.problems) == (0, ())
    assert tally.report("Blog", "blogger").problem_count == 1
