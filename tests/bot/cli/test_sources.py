from datetime import UTC, datetime

import pytest

from bot.sample import COMMENTS
from tests.bot.cli.conftest import Run


@pytest.mark.usefixtures("archive")
def test_sources_json_has_the_keys_that_are_promised(run: Run):
    done = run("sources", "--json")
    (source,) = done.json["sources"]
    assert (done.code, done.err, list(done.json)) == (0, "", ["sources"])
    assert datetime.fromisoformat(source.pop("refreshed")).utcoffset() is not None
    assert source == {
        "name": "Tideway",
        "format": "blogger",
        "place": str(COMMENTS),
        "visibility": "public",
        "comments": 165,
        "discussions": 20,
        "authors": 27,
        "first": "2005-10-18T08:22:00Z",
        "last": "2024-12-11T18:25:57.377000Z",
        "problems": 0,
    }


def test_sources_json_of_an_empty_archive(run: Run):
    done = run("sources", "--json")
    assert (done.code, done.json) == (0, {"sources": []})


def test_sources_of_an_empty_archive_say_what_to_do(run: Run):
    done = run("sources")
    assert (done.code, done.out) == (0, "The archive is empty: bring one in with `harkback import FILE_OR_URL`.\n")


@pytest.mark.parametrize("columns", ["40", "100"])
@pytest.mark.usefixtures("archive")
def test_sources_table_is_not_cut_where_there_is_no_terminal(run: Run, columns: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", columns)
    done = run("sources")
    row = next(line for line in done.out.splitlines() if "Tideway" in line)
    cells = [cell.strip() for cell in row.strip("│").split("│")]
    assert cells == [
        "Tideway", "blogger", "public", "165", "20", "27", "2005-10-18", "2024-12-11",
        datetime.now(UTC).date().isoformat(), "0", str(COMMENTS),
    ]  # fmt: skip
    assert (done.code, done.err) == (0, "")


@pytest.mark.usefixtures("archive")
def test_sources_visibility_changes_who_may_see_one_and_nothing_else(run: Run):
    before = run("sources", "--json").json["sources"]
    done = run("sources", "--visibility", "Tideway", "channel:C2,C1", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["sources"] == [before[0] | {"visibility": "channel:C1,C2"}]
    assert run("sources", "--json").json == done.json
    assert "public" in run("sources", "--visibility", "Tideway", "public").out


@pytest.mark.usefixtures("archive")
def test_sources_visibility_of_no_source_says_so(run: Run):
    done = run("sources", "--visibility", "Nowhere", "public")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "harkback: cannot find the source: 'Nowhere': the archive has none of that name: see `harkback sources`\n"
    )


@pytest.mark.usefixtures("archive")
def test_sources_visibility_that_is_none_changes_nothing(run: Run):
    done = run("sources", "--visibility", "Tideway", "everyone")
    assert (done.code, done.out) == (2, "")
    assert "cannot read the visibility: 'everyone'" in done.err
    assert run("sources", "--json").json["sources"][0]["visibility"] == "public"
