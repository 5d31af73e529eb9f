from pathlib import Path

import pytest

from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts
from tests.fakes.web import LocalServer, send

BAD = (
    '{"id": "1", "text": "Wikis are gardens."}\n'
    + "not json\n" * 30
    + '{"id": "2", "text": "Weeds.", "date": "soon"}\n'
)


@pytest.fixture
def place(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "bad.jsonl"
    path.write_text(BAD)
    assert run("import", path).code == 1
    return path


def test_problems_are_listed_by_reason(run: Run, place: Path):
    done = run("problems", "bad")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert lines[:2] == [f"30 × the line is not JSON ({place})", "  line 2: 'not json'"]
    assert lines[20:] == [
        "  line 21: 'not json'",
        "  and 10 more; --all lists 30",
        f"1 × the date cannot be read: kept without one ({place})",
        "  line 32: 'soon'",
    ]


def test_problems_are_all_listed_where_that_is_asked_for(run: Run, place: Path):
    lines = run("problems", "bad", "--all").out.splitlines()
    assert (lines[0], len(lines)) == (f"30 × the line is not JSON ({place})", 33)


def test_problems_json_has_every_record(run: Run, place: Path):
    done = run("problems", "bad", "--json")
    first, second = done.json["problems"]
    assert (done.json["source"], len(first["records"]), first["count"]) == ("bad", 30, 30)
    assert second == {
        "reason": "the date cannot be read: kept without one",
        "on_purpose": False,
        "count": 1,
        "place": str(place),
        "records": ["line 32: 'soon'"],
    }


def test_problems_of_a_source_without_any(run: Run, tmp_path: Path):
    (tmp_path / "good.jsonl").write_text('{"id": "1", "text": "Wikis are gardens."}\n')
    run("import", tmp_path / "good.jsonl")
    assert run("problems", "good").out == "All of good was imported as it stood.\n"


def test_problems_of_an_unknown_source_are_told_about(run: Run):
    done = run("problems", "nowhere")
    assert done.code == 3
    assert_four_parts(done.err, "cannot find the source", "nowhere", "none of that name", "see `harkback sources`")


def test_place_is_told_without_the_keys_of_its_address(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_FETCH_PRIVATE_ADDRESSES", "true")
    asked = "/export.jsonl?key=s3cr3t&page=1"
    with LocalServer() as server:
        server.answer(asked, send(BAD))
        imported = run("import", server.url(asked, "ann:s3cr3t@127.0.0.1"), "--source", "Site")
        server.answer(asked, send(status=403))
        refreshed = run("refresh", "Site")
    assert (imported.code, refreshed.code) == (1, 3)
    assert "/export.jsonl?key=…&page=1': the server answered 403 Forbidden" in refreshed.err
    listed = [run(*names) for names in (("problems", "Site"), ("problems", "Site", "--json"), ("sources", "--json"))]
    assert all("/export.jsonl?key=…&page=1" in done.out for done in listed)
    assert not any("s3cr3t" in done.out + done.err for done in (imported, refreshed, *listed, run("sources")))
