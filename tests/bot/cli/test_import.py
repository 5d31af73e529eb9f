import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.sample import COMMENTS
from embeddings.errors import EncoderError
from store.archive import Archive
from store.domain.comment import Comment
from store.domain.refresh import RefreshKind
from store.errors import ArchiveError, RefreshCancelledError, ReindexError
from store.refresh import reading
from store.refresh.owner import Process
from store.refresh.plan import fingerprint
from tests.bot.cli.conftest import Done, Run
from tests.bot.cli.test_main import assert_four_parts

GOOD = '{"id": "1", "text": "Wikis are gardens.", "author": "Ann"}\n{"id": "2", "text": "Weeds too.", "author": "Bo"}\n'


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.jsonl"
    path.write_text(GOOD)
    return path


def make_report(source: str, **counts: object) -> dict[str, object]:
    report: dict[str, object] = {"source": source, "format": "jsonl"}
    report |= dict.fromkeys(("added", "edited", "unchanged", "deleted", "skipped"), 0)
    return report | {"problems": [], "problem_count": 0, "left_out": {}, "state": "done"} | counts


def make_failed(source: str, place: Path, reason: str, **counts: object) -> dict[str, object]:
    problems = {"problems": [{"record": str(place), "reason": reason}], "problem_count": 1}
    return make_report(source, state="failed", **problems, **counts)


def count_comments(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        count: int = connection.execute("SELECT count(*) FROM comment").fetchone()[0]
        return count
    finally:
        connection.close()


def test_import_json_has_the_contracts_keys_and_values(run: Run, good: Path):
    done = run("import", good, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {"reports": [make_report("good", added=2)]}
    assert list(done.json["reports"][0]) == [
        "source", "format", "added", "edited", "unchanged", "deleted", "skipped", "problems", "problem_count",
        "left_out", "state",
    ]  # fmt: skip


def test_import_again_changes_nothing(run: Run, good: Path):
    run("import", good)
    done = run("import", good, "--json")
    assert (done.code, done.json) == (0, {"reports": [make_report("good", unchanged=2)]})


def test_import_of_an_edited_file_updates_and_adds(run: Run, good: Path):
    run("import", good)
    good.write_text(GOOD.replace("gardens", "jungles") + '{"id": "3", "text": "New."}\n')
    done = run("import", good, "--json")
    assert done.json == {"reports": [make_report("good", added=1, edited=1, unchanged=1)]}
    assert "*jungles*" in run("ask", "jungles").out


def test_import_with_problems_exits_with_1_and_counts_them(run: Run, good: Path):
    good.write_text(GOOD + "not json\n" * 7 + '{"text": ""}\n')
    done = run("import", good, "--json")
    (report,) = done.json["reports"]
    assert (done.code, report["added"], report["problem_count"], len(report["problems"])) == (1, 2, 8, 6)
    assert report["problems"][0] == {"record": "line 3: 'not json'", "reason": "the line is not JSON"}


def test_import_prints_receipts_for_people(run: Run, good: Path):
    good.write_text(GOOD + "not json\n")
    done = run("import", good)
    assert (done.code, done.err) == (1, "")
    assert done.out == (
        "good (jsonl): 2 new, 0 edited, 0 unchanged, 0 deleted, 0 left out on purpose, 1 problem\n"
        "  the line is not JSON — line 3: 'not json'\n"
    )


def test_import_goes_on_after_a_place_that_fails(run: Run, good: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    done = run("import", tmp_path / "missing.xml", good, tmp_path / "empty", "--json")
    assert (done.code, done.json) == (1, {"reports": [make_report("good", added=2)]})
    assert done.err.splitlines() == [
        (
            f"harkback: cannot import: '{tmp_path}/missing.xml': no such file or directory: "
            "check the path and its permissions"
        ),
        f"harkback: cannot import: '{tmp_path}/empty': it holds no file that could be an export: check the path",
    ]


def test_import_where_every_place_fails_exits_with_3(run: Run, tmp_path: Path):
    done = run("import", tmp_path / "a", tmp_path / "b", "--json")
    assert (done.code, done.json, done.err.count("\n")) == (3, {"reports": []}, 2)


def import_bad(run: Run, path: Path) -> Done:
    done = run("import", path)
    assert (done.code, done.out) == (3, "")
    return done


def test_import_of_a_missing_file_is_told_about(run: Run, tmp_path: Path):
    done = import_bad(run, tmp_path / "takeout.xml")
    assert_four_parts(done.err, "cannot import", "takeout.xml", "no such file", "check the path")


def test_import_of_an_empty_folder_is_told_about(run: Run, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    done = import_bad(run, tmp_path / "empty")
    assert_four_parts(
        done.err, "cannot import", str(tmp_path), "it holds no file that could be an export", "check the path"
    )


def test_import_of_a_folder_takes_every_file_in_it(run: Run, good: Path):
    (good.parent / "exports" / "deep").mkdir(parents=True)
    good.rename(good.parent / "exports" / "good.jsonl")
    (good.parent / "exports" / "deep" / "more.csv").write_text("id,text\n7,From a table.\n")
    done = run("import", good.parent / "exports", "--source", "Mine", "--json")
    assert (done.code, done.json) == (0, {"reports": [make_report("Mine", added=3, format="csv")]})


def test_import_of_an_empty_file_is_told_about(run: Run, tmp_path: Path):
    (tmp_path / "empty.xml").touch()
    done = import_bad(run, tmp_path / "empty.xml")
    assert_four_parts(done.err, "cannot import", "empty.xml", "the file is empty", "export it again")


@pytest.mark.parametrize("page", ["<!DOCTYPE html>\n<html><body>Sign in", "\n  <HTML lang='en'><head>"])
def test_import_of_a_web_page_is_told_about(run: Run, tmp_path: Path, page: str):
    (tmp_path / "blog.xml").write_text(page)
    done = import_bad(run, tmp_path / "blog.xml")
    assert_four_parts(done.err, "cannot import", "blog.xml", "it is a web page, not an archive", "give the address")


def test_import_of_something_else_is_told_about(run: Run, tmp_path: Path):
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40)
    done = import_bad(run, tmp_path / "photo.jpg")
    assert_four_parts(done.err, "cannot import", "photo.jpg", "none of the known formats", "--format")


@pytest.mark.parametrize("place", ["ftp://files.example/x.xml", "file:///etc/passwd", "http://127.0.0.1:9/feed"])
def test_import_of_an_address_that_may_not_be_fetched_is_told_about(run: Run, place: str):
    done = run("import", place)
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "cannot fetch", place)


def test_import_of_a_private_address_says_how_to_allow_it(run: Run):
    assert "HARKBACK_FETCH_PRIVATE_ADDRESSES=true" in run("import", "http://127.0.0.1:9/feed").err


def test_import_in_an_unknown_format_is_a_usage_error_that_names_the_known(run: Run, good: Path, database: Path):
    done = run("import", good, "--format", "papyrus")
    assert (done.code, done.out) == (2, "")
    assert "cannot use the format: 'papyrus': it is not a known one: give one of askbot, blogger" in done.err
    assert not database.exists()


@pytest.mark.parametrize("visibility", ["friends", "channel", "channel:", "public:C1", "workspace"])
def test_import_with_a_wrong_visibility_is_a_usage_error_that_names_the_right(
    run: Run, good: Path, database: Path, visibility: str
):
    done = run("import", good, "--visibility", visibility)
    assert (done.code, done.out) == (2, "")
    assert f"cannot read the visibility: '{visibility}'" in done.err
    assert "give public, nobody, workspace:T…, channel:C… or people:U…" in done.err
    assert not database.exists()


def test_import_takes_format_source_and_visibility_as_given(run: Run, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("author,text\nAnn,Wikis are gardens.\n")
    options = ("--format", "csv", "--source", "Our notes", "--visibility", "channel:C2,C1")
    assert run("import", tmp_path / "notes.txt", *options).code == 0
    (source,) = run("sources", "--json").json["sources"]
    assert (source["name"], source["format"], source["visibility"]) == ("Our notes", "csv", "channel:C1,C2")


def test_import_as_a_trial_changes_nothing(run: Run, good: Path, database: Path):
    done = run("import", good, "--dry-run", "--json")
    (report,) = done.json["reports"]
    assert [(one["author"], one["text"]) for one in report.pop("examples")] == [
        ("Ann", "Wikis are gardens."),
        ("Bo", "Weeds too."),
    ]
    assert report == make_report("good", added=2)
    assert not database.exists()
    run("import", good)
    report = run("import", good, "--dry-run", "--json").json["reports"][0]
    assert (report["added"], report["unchanged"], count_comments(database)) == (0, 2, 2)


def test_import_as_a_trial_indexes_nothing_either(run: Run, archive: Path, good: Path):
    with sqlite3.connect(archive) as connection:
        connection.execute("INSERT INTO change (comment_id) SELECT id FROM comment LIMIT 5")
    connection.close()
    run("import", good, "--dry-run")
    connection = sqlite3.connect(archive)
    assert connection.execute("SELECT count(*) FROM change").fetchone() == (5,)
    connection.close()


def test_import_names_a_source_after_its_file(run: Run, tmp_path: Path):
    (tmp_path / "the.export.jsonl").write_text(GOOD)
    run("import", tmp_path / "the.export.jsonl")
    assert [source["name"] for source in run("sources", "--json").json["sources"]] == ["the"]


def test_import_remembers_the_whole_path(run: Run, good: Path):
    run("import", good.name)
    assert run("sources", "--json").json["sources"][0]["place"] == str(good)


def test_import_writes_nothing_to_stderr_where_there_is_no_terminal(run: Run):
    done = run("import", COMMENTS)
    assert (done.code, done.err) == (0, "")


def test_refresh_json_reads_every_source_again(run: Run, good: Path, tmp_path: Path):
    (tmp_path / "other.jsonl").write_text('{"id": "9", "text": "Other."}\n')
    run("import", good, tmp_path / "other.jsonl")
    good.write_text(GOOD.replace("gardens", "jungles"))
    done = run("refresh", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {"reports": [make_report("good", edited=1, unchanged=1), make_report("other", unchanged=1)]}


def test_refresh_of_one_source_leaves_the_others(run: Run, good: Path, tmp_path: Path):
    (tmp_path / "other.jsonl").write_text('{"id": "9", "text": "Other."}\n')
    run("import", good, tmp_path / "other.jsonl", "--visibility", "channel:C1")
    assert run("refresh", "other", "--json").json == {"reports": [make_report("other", unchanged=1)]}
    assert {source["visibility"] for source in run("sources", "--json").json["sources"]} == {"channel:C1"}


def test_refresh_of_a_file_that_is_gone_exits_with_3_and_keeps_what_was_read(run: Run, good: Path, database: Path):
    run("import", good)
    good.unlink()
    done = run("refresh", "--json")
    reason = f"'{good}': no such file or directory: check the path and its permissions"
    assert done.err == f"harkback: cannot refresh: 'good': {reason}\n"
    assert (done.code, done.json) == (3, {"reports": [make_failed("good", good, f"cannot import: {reason}")]})
    assert count_comments(database) == 2


@pytest.mark.usefixtures("archive")
def test_refresh_of_an_unknown_source_is_told_about(run: Run):
    done = run("refresh", "Nowhere")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "cannot find the source", "'Nowhere'", "none of that name", "harkback sources")


def test_refresh_of_an_empty_archive_exits_with_3(run: Run):
    done = run("refresh", "--json")
    assert (done.code, done.out) == (3, "")
    assert done.err == "harkback: nothing to refresh: the archive has no source: import one first\n"


def test_refresh_of_a_folder_of_many_formats_reads_all_of_them(run: Run, good: Path):
    (good.parent / "exports").mkdir()
    good.rename(good.parent / "exports" / "good.jsonl")
    (good.parent / "exports" / "more.csv").write_text("id,text\n7,From a table.\n")
    run("import", good.parent / "exports", "--source", "Mine")
    (good.parent / "exports" / "more.csv").write_text("id,text\n7,Edited.\n")
    assert run("refresh", "--json").json == {"reports": [make_report("Mine", unchanged=2, edited=1)]}


def test_refresh_of_a_file_of_several_sources_reads_it_once_and_doubles_nothing(run: Run, tmp_path: Path):
    place = tmp_path / "all.jsonl"
    lines = [{"id": "1", "text": "Ay.", "source": "A"}, {"id": "2", "text": "No source."}]
    place.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run("import", place, "--visibility", "people:U1")
    place.write_text(place.read_text() + '{"id": "3", "text": "Bee.", "source": "B"}\n')
    reports = [make_report("A", unchanged=1), make_report("all", unchanged=1), make_report("B", added=1)]
    assert run("refresh", "--json").json == {"reports": reports}
    sources = run("sources", "--json").json["sources"]
    assert [(one["name"], one["comments"], one["visibility"]) for one in sources] == [
        (name, 1, "people:U1") for name in ("A", "B", "all")
    ]


def test_refresh_keeps_to_the_format_that_was_given(run: Run, good: Path):
    good.write_text("no json\n" + GOOD)
    assert run("import", good).code == 3
    assert run("import", good, "--format", "jsonl").code == 1
    (report,) = run("refresh", "--full", "--json").json["reports"]
    assert (report["format"], report["unchanged"], report["problem_count"]) == ("jsonl", 2, 1)


def test_refresh_of_what_turned_into_something_else_is_told_about(run: Run, good: Path):
    run("import", good)
    good.write_text("<!doctype html><html><body>Sign in</body></html>")
    done = run("refresh")
    assert done.code == 3
    assert_four_parts(
        done.err, "cannot refresh", "'good'", "good.jsonl", "it is a web page, not an archive", "give the address"
    )


def test_refresh_reports_every_source_of_a_place_that_fails_and_all_others(run: Run, good: Path, tmp_path: Path):
    place = tmp_path / "all.jsonl"
    place.write_text('{"id": "1", "text": "Ay.", "source": "A"}\n{"id": "2", "text": "No source."}\n')
    run("import", place, good)
    place.unlink()
    done = run("refresh", "--json")
    reason = f"'{place}': no such file or directory: check the path and its permissions"
    failed = [make_failed(name, place, f"cannot import: {reason}") for name in ("A", "all")]
    assert (done.code, done.json) == (1, {"reports": [*failed, make_report("good", unchanged=2)]})
    assert done.err == f"harkback: cannot refresh: 'A', 'all': {reason}\n"


def test_refresh_of_a_source_that_somebody_else_is_at_work_on_is_reported(run: Run, good: Path, database: Path):
    run("import", good)
    with closing(Archive.open(f"sqlite:///{database}")) as archive:
        archive.refreshes.begin(archive.get_source("good"), RefreshKind.IMPORT, Process.current())
        done = run("refresh", "--json")
    assert done.err.startswith("harkback: cannot change the source: 'good': ")
    reason = done.err.removeprefix("harkback: ").rstrip("\n")
    assert (done.code, done.json) == (3, {"reports": [make_failed("good", good, reason)]})


def test_import_that_fails_on_its_way_is_reported_as_far_as_it_came(
    run: Run, good: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise ReindexError("cannot index: 'good': odd: wait")

    monkeypatch.setattr("bot.wiring.Models.get_of", fail)
    done = run("import", good, "--json")
    assert (done.code, done.err) == (3, "harkback: cannot index: 'good': odd: wait\n")
    assert done.json == {"reports": [make_failed("good", good, "cannot index: 'good': odd: wait", added=2)]}


@pytest.fixture
def two(
    run: Run, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Callable[[BaseException], None]:
    """Two sources, of which the first makes reading it end in an error from then on that it is told to."""
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "9", "text": "Other."}\n')
    run("import", good, other)
    good.write_text(GOOD.replace("gardens", "odd"))
    other.write_text('{"id": "9", "text": "Another."}\n')
    # The log goes to stderr, too; here it is read apart from what the command tells.
    log = logging.getLogger("store.refresh.run")
    monkeypatch.setattr(log, "handlers", [caplog.handler])
    monkeypatch.setattr(log, "propagate", False)

    def fail_with(error: BaseException) -> None:
        def fail(comment: Comment) -> bytes:
            if "odd" in comment.text:
                raise error
            return fingerprint(comment)

        monkeypatch.setattr(reading, "fingerprint", fail)

    return fail_with


def test_refresh_goes_on_after_a_source_that_fails_as_nobody_expected(
    run: Run, two: Callable[[BaseException], None], good: Path, caplog: pytest.LogCaptureFixture
):
    two(RecursionError("deep in what was said"))
    done = run("refresh", "--json")
    failed, other = done.json["reports"]
    assert (done.code, other) == (1, make_report("other", edited=1))
    [record] = caplog.records
    reference = record.getMessage().split()[-1]
    assert done.err == (
        f"harkback: cannot refresh: 'good': cannot go on with the place: '{good}': RecursionError, which is a fault of "
        "this program: what was stored is kept; report it, with what the log says by this reference: "
        f"{reference}\n"
    )
    assert record.exc_info
    assert record.exc_info[0] is RecursionError
    # So says what is kept of it, too.
    [kept] = [one for one in run("refreshes", "--json").json["refreshes"] if one["state"] == "failed"]
    assert (kept["source"], f"harkback: cannot refresh: 'good': {kept['message']}\n") == ("good", done.err)
    assert failed == make_failed("good", good, kept["message"])


def test_refresh_that_is_interrupted_ends_with_all_sources(run: Run, two: Callable[[BaseException], None], good: Path):
    two(KeyboardInterrupt())
    done = run("refresh", "--json")
    cancelled = make_failed("good", good, CANCELLED) | {"state": "cancelled"}
    assert (done.code, done.json) == (130, {"reports": [cancelled]})
    assert run("refreshes", "other", "--json").json["refreshes"][0]["kind"] == "import"


def test_refresh_that_is_interrupted_has_told_what_was_done(
    run: Run, two: Callable[[BaseException], None], good: Path, tmp_path: Path
):
    two(KeyboardInterrupt())
    good.write_text(GOOD)
    (tmp_path / "other.jsonl").write_text('{"id": "9", "text": "It is odd."}\n')
    done = run("refresh", "--json")
    assert (done.code, done.json["reports"][0]) == (130, make_report("good", unchanged=2))
    assert [(one["source"], one["state"]) for one in done.json["reports"]] == [("good", "done"), ("other", "cancelled")]


CANCELLED = "cannot go on with the source: 'good': it was cancelled: what was stored is kept; run it again to go on"
MISSING = "cannot index the archive: 'mini': its model cannot be loaded: bring that back"


@pytest.mark.parametrize(
    ("error", "state", "told"),
    [
        (RefreshCancelledError(CANCELLED), "cancelled", CANCELLED),
        (EncoderError(MISSING), "failed", f"cannot refresh: 'good': {MISSING}"),
        (ArchiveError("cannot use the archive: 'x': odd"), "failed", "cannot use the archive: 'x': odd"),
    ],
)
def test_refresh_goes_on_after_a_source_that_was_cancelled_or_fails(
    run: Run, two: Callable[[BaseException], None], error: Exception, state: str, told: str
):
    two(error)
    done = run("refresh", "--json")
    assert (done.code, done.err) == (1, f"harkback: {told}\n")
    failed, other = done.json["reports"]
    assert (failed["source"], failed["state"], failed["problem_count"]) == ("good", state, 1)
    assert other == make_report("other", edited=1)


def test_refresh_begins_nothing_more_where_the_archive_is_gone(
    run: Run, two: Callable[[BaseException], None], good: Path, tmp_path: Path
):
    for name in ("more", "most"):
        (tmp_path / f"{name}.jsonl").write_text(GOOD)
        run("import", tmp_path / f"{name}.jsonl")
    two(ArchiveError("cannot use the archive: 'x': database or disk is full: free some disk space"))
    for name in ("more", "most", "other"):
        (tmp_path / f"{name}.jsonl").write_text(GOOD.replace("gardens", "odd"))
    good.write_text(GOOD.replace("gardens", "jungles"))
    done = run("refresh", "--json")
    # The first is done, two fail, and the last was not begun.
    assert (done.code, done.json["reports"][0]) == (1, make_report("good", edited=1, unchanged=1))
    assert done.err.splitlines()[-1] == (
        "harkback: not begun: 1 more: the archive cannot be used: mend that, and run this again"
    )
    assert len(done.err.splitlines()) == 3
    assert run("refreshes", "other", "--json").json["refreshes"][0]["kind"] == "import"


def test_refresh_tells_what_was_done_where_what_comes_after_fails(
    run: Run, good: Path, monkeypatch: pytest.MonkeyPatch
):
    run("import", good)

    def fail(*_: object) -> None:
        raise EncoderError(MISSING)

    monkeypatch.setattr("store.refresh.housekeeping.Housekeeping.run", fail)
    done = run("refresh", "--json")
    assert (done.code, done.err) == (1, f"harkback: {MISSING}\n")
    assert done.json == {"reports": [make_report("good", unchanged=2)]}


def test_import_under_a_name_that_is_too_long_is_refused(run: Run):
    done = run("import", "notes.jsonl", "--source", "y" * 201)
    assert (done.code, done.out) == (2, "")
    told = " ".join(done.err.split())
    assert "cannot name the source: 'yyyy" in told
    assert "it is longer than 200 characters: give a shorter --source" in told
