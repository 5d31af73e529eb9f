import io
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.cli.printing import build_answer_json, explain_nothing, format_time, print_answer, showing_progress
from store.domain.answer import Coverage, Outcome
from store.domain.query import Filter, Query, TimeOrder
from store.domain.refresh import Progress
from tests.bot.slack.views.factories import NEWEST, make_answer, make_hit, make_nearest_answer, make_typical_answer


def test_print_answer_for_people(capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion):
    print_answer(make_typical_answer())
    assert capsys.readouterr().out == snapshot


def test_print_answer_shows_what_is_nearest_as_what_it_is(
    capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
):
    print_answer(make_nearest_answer())
    assert capsys.readouterr().out == snapshot


def test_json_of_what_is_nearest_does_not_stand_among_the_hits():
    built = build_answer_json(make_nearest_answer())
    assert (built["outcome"], built["hits"]) == ("nothing_relevant", [])
    assert [(hit["rank"], hit["comment"]["id"]) for hit in built["nearest"]] == [(1, "c1"), (2, "c2")]
    assert list(built["nearest"][0]) == list(build_answer_json(make_typical_answer())["hits"][0])


def test_print_answer_says_where_else_a_comment_stands(capsys: pytest.CaptureFixture[str]):
    print_answer(make_answer([make_hit(url="", also=[f"https://b.example/{number}" for number in range(4)])]))
    lines = capsys.readouterr().out.splitlines()
    assert lines[3:7] == ["   also: https://b.example/0", "   also: https://b.example/1", "   and 2 more", ""]


def test_json_says_where_else_a_comment_stands_after_the_comment():
    (hit,) = build_answer_json(make_answer([make_hit(also=["https://b.example/", ""])]))["hits"]
    assert list(hit) == ["rank", "score", "comment", "also", "excerpt"]
    assert hit["also"] == [
        {"id": "c1-1", "url": "https://b.example/", "source": "Tideway"},
        {"id": "c1-2", "url": "", "source": "Tideway"},
    ]


def test_print_answer_says_how_to_see_the_rest(capsys: pytest.CaptureFixture[str]):
    print_answer(replace(make_typical_answer(), total=3))
    assert "more: ask with" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "without", "said"),
    [
        (
            Query("badges", authors=("Mihai",), after=datetime(2010, 1, 1, tzinfo=UTC)),
            (),
            "Understood: about “badges”, by Mihai, since 2010-01-01 (drop one with --without authors or dates).",
        ),
        (Query("x", channels=("hr",)), (), "Understood: about “x”, in #hr (drop it with --without channels)."),
        (
            Query("", authors=("Jon",), sources=("HCM", "Blog.")),
            (),
            "Understood: everything, by Jon, in HCM or Blog. (drop one with --without authors or sources).",
        ),
        (Query("", authors=("Jon",)), (), "Understood: everything, by Jon."),
        (Query("x", order=TimeOrder.OLDEST), (), "Understood: about “x”, oldest first."),
        (Query("x"), (Filter.DATES,), "Understood: about “x”, at any time."),
    ],
)
def test_print_answer_says_what_was_understood_and_how_to_widen_it(
    capsys: pytest.CaptureFixture[str], query: Query, without: tuple[Filter, ...], said: str
):
    print_answer(make_answer([make_hit()], query=query), without)
    assert capsys.readouterr().out.splitlines()[0] == said


@pytest.mark.parametrize(
    ("outcome", "coverage", "said"),
    [
        (
            Outcome.NOTHING_RELEVANT,
            Coverage(1, 1, NEWEST),
            "Nothing relevant was found. Searched 1 comment in 1 source",
        ),
        (Outcome.NOTHING_INDEXED, Coverage(0, 0, None), "The archive is empty: bring one in with"),
        (Outcome.NOTHING_INDEXED, Coverage(2_000, 1, None, 2_000), "still being indexed: 2,000 of 2,000 comments wait"),
    ],
)
def test_explain_nothing_says_why(outcome: Outcome, coverage: Coverage, said: str):
    assert said in explain_nothing(make_answer(outcome=outcome, coverage=coverage))


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (None, None),
        (datetime(2011, 11, 18, 12, tzinfo=UTC), "2011-11-18T12:00:00Z"),
        (datetime(2011, 11, 18, 0, 30, 1, 5, tzinfo=timezone(timedelta(hours=1))), "2011-11-17T23:30:01.000005Z"),
    ],
)
def test_format_time_is_iso_8601_in_utc(moment: datetime | None, written: str | None):
    assert format_time(moment) == written


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminals_stderr_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with showing_progress() as show:
        show(Progress("reading", 50, 100))
        show(Progress("reading", 100, 100))
        show(Progress("embedding", 1, None))
    assert "reading" in terminal.getvalue()
    assert "100/100" in terminal.getvalue()
    assert "embedding" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_progress_of_a_source_is_one_line_with_its_stage_and_problems(monkeypatch: pytest.MonkeyPatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with showing_progress() as show:
        show(Progress("reading", 500, 1_000, "Blog", 0))
        show(Progress("reading", 1_000, 1_000, "Blog", 1_200))
        show(Progress("embedding", 3, 70, "Blog", 1_200))
        show(Progress("reading", 5, 10, "List"))
    last = terminal.getvalue().rpartition("List: reading")[0].rpartition("\n")[0]
    assert "Blog: reading" in terminal.getvalue()
    shown = last.rpartition("Blog: embedding")[2]
    assert "3/70" in shown
    assert "1,200 problems" in shown
    assert "Blog: reading" not in last.rpartition("Blog: embedding")[2]


def test_results_printed_while_progress_is_shown_go_to_stdout(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with showing_progress() as show:
        show(Progress("reading", 50, 100))
        sys.stdout.write("a result\n")
    assert capsys.readouterr().out == "a result\n"


def test_progress_is_not_shown_elsewhere(capsys: pytest.CaptureFixture[str]):
    with showing_progress() as show:
        show(Progress("reading", 50, 100))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
