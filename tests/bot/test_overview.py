import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.overview import SeenSource, find_seen_sources, find_topics, read_status
from store.archive import Archive
from store.domain.refresh import RefreshCounts, RefreshKind, RefreshState
from store.domain.viewer import Viewer, Visibility
from store.refresh.owner import Process
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.sources.files import open_files

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def put(archive: Archive, folder: Path, name: str, visibility: str, *records: dict[str, str]) -> None:
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps({"author": "Ann", **record}) + "\n" for record in records))
    request = ImportRequest(str(path), name, visibility=Visibility.parse(visibility))
    Importer(archive, request).run(open_files(path))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    put(opened, tmp_path, "blog", "public", {"text": "One.", "date": "2026-03-01"}, {"text": "Two."})
    put(
        opened,
        tmp_path,
        "mixed",
        "public",
        {"text": "All."},
        {"text": "Few.", "visibility": "channel:C1"},
        {"text": "One.", "visibility": "people:U1"},
    )
    put(opened, tmp_path, "staff", "workspace:T1", {"text": "Ours."})
    put(opened, tmp_path, "attic", "nobody", {"text": "Nobody's."})
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("viewer", "counts"),
    [
        (Viewer.anyone(), {"blog": 2, "mixed": 1}),
        (Viewer.channel_audience("C1"), {"blog": 2, "mixed": 2}),
        (Viewer.member("U1", workspace=None), {"blog": 2, "mixed": 2}),
        (Viewer.member("U1", workspace="T1", channels=frozenset({"C1"})), {"blog": 2, "mixed": 3, "staff": 1}),
        (Viewer.operator(), {"attic": 1, "blog": 2, "mixed": 3, "staff": 1}),
    ],
)
def test_sources_are_counted_as_far_as_they_may_be_seen(archive: Archive, viewer: Viewer, counts: dict[str, int]):
    assert {source.name: source.comments for source in find_seen_sources(archive, viewer)} == counts


def test_sources_are_as_fresh_as_what_may_be_seen(archive: Archive):
    (blog, mixed) = find_seen_sources(archive, Viewer.anyone())
    assert blog == SeenSource("blog", 2, DAY)
    assert mixed.newest is None


def test_topics_are_titles_that_may_be_seen_whole_and_say_something(archive: Archive, tmp_path: Path):
    talks = [
        ("Kites", 5, "2009", "public"),
        ("Gulls", 3, "2012", "public"),
        ("kites", 3, "2010", "public"),
        ("Boats", 4, "2011", "workspace:T1"),
        ("x" * 61, 9, "2020", "public"),
        ("#general, 2 March 2019", 9, "2021", "public"),
        ("2 March 2019", 9, "2022", "public"),
    ]
    records = [
        {
            "id": f"{title} {number}",
            "text": "Hm.",
            "thread": title,
            "title": title,
            "date": f"{year}-01-0{number + 1}",
            "channel": visibility,
            "visibility": visibility,
        }
        for title, comments, year, visibility in talks
        for number in range(comments)
    ]
    put(archive, tmp_path, "talks", "public", *records)
    assert find_topics(archive, Viewer.anyone(), 4) == ["Gulls", "Kites"]
    assert find_topics(archive, Viewer.member("U1", workspace="T1"), 4) == ["Gulls", "Kites", "Boats"]
    assert find_topics(archive, Viewer.member("U1", workspace="T1"), 1) == ["Gulls"]


def test_status_of_an_archive(archive: Archive):
    due = datetime(2026, 4, 1, tzinfo=UTC)
    quiet = read_status(archive, due)
    assert ([one.source.name for one in quiet.sources], quiet.pending) == (["attic", "blog", "mixed", "staff"], 7)
    assert (quiet.at_work, quiet.troubled, quiet.due) == ((), (), due)
    failed = archive.refreshes.begin(archive.get_source("staff"), RefreshKind.REFRESH, Process.current())
    archive.refreshes.end(failed, RefreshState.FAILED, RefreshCounts(), {}, "cannot fetch")
    running = archive.refreshes.begin(archive.get_source("blog"), RefreshKind.REFRESH, Process.current())
    status = read_status(archive, None)
    assert [one.id for one in status.at_work] == [running]
    assert [(one.source, one.state) for one in status.troubled] == [("staff", RefreshState.FAILED)]
    assert status == replace(quiet, at_work=status.at_work, troubled=status.troubled, due=None)


def test_status_tells_of_a_reading_that_failed_whatever_was_done_since(archive: Archive):
    staff = archive.get_source("staff")
    kinds = ((RefreshKind.REFRESH, RefreshState.FAILED), (RefreshKind.RETENTION, RefreshState.DONE))
    for kind, state in kinds:
        archive.refreshes.end(archive.refreshes.begin(staff, kind, Process.current()), state, RefreshCounts(), {})
    assert [(one.source, one.kind) for one in read_status(archive, None).troubled] == [("staff", RefreshKind.REFRESH)]


def test_status_of_what_ended_without_a_word(archive: Archive):
    gone = replace(Process.current(), name=Process.current().name.replace("(", "(1"))
    archive.refreshes.begin(archive.get_source("blog"), RefreshKind.REFRESH, gone)
    status = read_status(archive, None)
    assert status.at_work == ()
    assert [one.source for one in status.troubled] == ["blog"]
