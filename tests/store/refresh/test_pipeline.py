import zipfile
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain import refresh as refresh_module
from store.domain.asked import Asked
from store.domain.comment import Channel, Comment, SkippedRecord, SourceProblem
from store.domain.refresh import ProblemGroup, Progress, RefreshReport
from store.domain.source import Source
from store.domain.viewer import Viewer, Visibility
from store.errors import FetchError, SourceError, UnknownFormatError
from store.refresh import reading
from store.refresh.indexing import index_pending
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.refresh.rollback import roll_back
from store.repositories.refreshes import RefreshKey
from store.search.searcher import Searcher
from store.sources import registry
from store.sources.files import SourceFile, open_files
from store.sources.format import Format
from tests.store.factories import KilledError, dump, make_comment, make_feed, make_file, make_jsonl, read_texts
from tests.store.refresh.conftest import Import

REQUEST = ImportRequest("/data/export.jsonl", "export")
NOTHING = RefreshReport("export", "jsonl", 0, 0, 0, 0, 0, (), 0)
TEXTS = [{"id": f"{number}", "text": f"Text number {number}."} for number in range(7)]


def run(archive: Archive, content: str | bytes, request: ImportRequest = REQUEST) -> list[RefreshReport]:
    return Importer(archive, request).run([make_file(content)])


def test_import_adds_what_is_new(archive: Archive, import_records: Import):
    assert import_records(*TEXTS) == replace(NOTHING, added=7)
    assert read_texts(archive) == {f"export/{record['id']}": record["text"] for record in TEXTS}


def test_import_again_changes_no_row(archive: Archive, import_records: Import):
    import_records(*TEXTS)
    before = dump(archive)
    assert import_records(*TEXTS) == replace(NOTHING, unchanged=7)
    assert dump(archive) == before


def test_import_counts_new_edited_and_unchanged(archive: Archive, import_records: Import):
    import_records(*TEXTS[:3])
    came = [TEXTS[0], {"id": "1", "text": "Edited."}, {"id": "2", "text": "Edited too."}, TEXTS[3]]
    assert import_records(*came) == replace(NOTHING, added=1, edited=2, unchanged=1)
    assert read_texts(archive) == {
        "export/0": "Text number 0.",
        "export/1": "Edited.",
        "export/2": "Edited too.",
        "export/3": "Text number 3.",
    }


def test_import_leaves_comments_that_came_no_more(archive: Archive, import_records: Import):
    # A feed holds the latest comments, an export those of its day.
    import_records(*TEXTS[:3])
    assert import_records(TEXTS[2], TEXTS[3]) == replace(NOTHING, added=1, unchanged=1)
    assert len(read_texts(archive)) == 4


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_import_takes_a_repeated_record_once(
    archive: Archive, import_records: Import, monkeypatch: pytest.MonkeyPatch, chunk: int
):
    monkeypatch.setattr(reading, "CHUNK_COMMENTS", chunk)
    assert import_records(*TEXTS[:3], *TEXTS[:3]) == replace(NOTHING, added=3)
    assert import_records(*TEXTS[:3], *TEXTS[:3]) == replace(NOTHING, unchanged=3)
    assert len(read_texts(archive)) == 3


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_import_keeps_the_first_of_records_that_differ(
    archive: Archive, import_records: Import, monkeypatch: pytest.MonkeyPatch, chunk: int
):
    monkeypatch.setattr(reading, "CHUNK_COMMENTS", chunk)
    problem = SourceProblem("0", "the id stands twice with different content: kept the first")
    came = [*TEXTS[:3], {"id": "0", "text": "Another."}]
    assert import_records(*came) == replace(NOTHING, added=3, problems=(problem,), problem_count=1)
    assert read_texts(archive)["export/0"] == "Text number 0."
    assert import_records(*came) == replace(NOTHING, unchanged=3, problems=(problem,), problem_count=1)


def test_import_stores_chunk_by_chunk(archive: Archive, import_records: Import, monkeypatch: pytest.MonkeyPatch):
    sizes: list[int] = []
    put_comments = Archive.put_comments

    def note(self: Archive, source: Source, changed: list[tuple[Comment, bytes]], refresh: RefreshKey) -> None:
        sizes.append(len(changed))
        put_comments(self, source, changed, refresh)

    monkeypatch.setattr(reading, "CHUNK_COMMENTS", 3)
    monkeypatch.setattr(Archive, "put_comments", note)
    assert import_records(*TEXTS) == replace(NOTHING, added=7)
    assert sizes == [3, 3, 1]
    assert len(read_texts(archive)) == 7


def test_dry_run_changes_nothing_and_says_what_would_change(archive: Archive, import_records: Import):
    import_records(*TEXTS[:3])
    before = dump(archive)
    came = [TEXTS[0], {"id": "1", "text": "Edited."}, *TEXTS[4:6], TEXTS[4], {"id": "5", "text": "Another."}]
    told = import_records(*came, is_dry_run=True)
    assert dump(archive) == before
    assert told.added == 2
    assert told == import_records(*came)


def test_dry_run_of_a_new_source_makes_none(archive: Archive, import_records: Import):
    before = dump(archive)
    assert import_records(*TEXTS, is_dry_run=True) == replace(NOTHING, added=7)
    assert dump(archive) == before


def test_dry_run_tells_of_repeats_in_later_chunks(import_records: Import, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "CHUNK_COMMENTS", 2)
    came = [*TEXTS[:3], {"id": "0", "text": "Another."}]
    assert import_records(*came, is_dry_run=True) == import_records(*came)


def test_dry_run_takes_repeats_of_an_edit_for_the_same(import_records: Import, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "CHUNK_COMMENTS", 2)
    import_records(*TEXTS[:3])
    edited = {"id": "0", "text": "Edited."}
    came = [edited, *TEXTS[1:3], edited]
    assert import_records(*came, is_dry_run=True) == import_records(*came)


def test_problems_are_counted_with_five_examples_of_each_reason(archive: Archive, import_records: Import):
    untold = [{"id": f"no text {number}"} for number in range(8)]
    undated = [{"id": f"d{number}", "text": "Undated.", "date": "soon"} for number in range(6)]
    report = import_records(*untold, *undated, TEXTS[0])
    date_reason = "the date cannot be read: kept without one"
    assert report == replace(
        NOTHING,
        added=7,
        problems=(
            *(SourceProblem(f"line {number}", "there is no text") for number in range(1, 6)),
            *(SourceProblem(f"line {number}: 'soon'", date_reason) for number in range(9, 14)),
        ),
        problem_count=14,
    )
    assert len(read_texts(archive)) == 7


def test_bad_lines_do_not_stop_an_import(archive: Archive):
    lines = make_jsonl(TEXTS[0]) + '{"text": \n[1]\n\n' + make_jsonl(TEXTS[1])
    [report] = run(archive, lines)
    assert (report.added, report.problem_count) == (2, 2)
    assert [problem.reason for problem in report.problems] == [
        "the line is not JSON",
        "the line is not a JSON object",
    ]


def test_records_left_out_on_purpose_are_counted(archive: Archive):
    feed = make_feed(("1", "Kept."), ("2", "This comment has been removed by the author."), ("3", ""))
    assert run(archive, feed) == [
        replace(NOTHING, format="blogger", added=1, skipped=2, left_out=(("removed", 1), ("without text", 1)))
    ]
    assert list(read_texts(archive).values()) == ["Kept."]


def test_comment_that_its_source_removed_is_deleted(archive: Archive, encoder: HashingEncoder):
    searcher = Searcher(archive, encoder)
    run(archive, make_feed(("1", "The kettle is on."), ("2", "The kettle is off.")))
    index_pending(archive, lambda: encoder)
    feed = make_feed(("1", "The kettle is on."), ("2", "This comment has been removed by the author."))
    expected = replace(NOTHING, format="blogger", unchanged=1, skipped=1, deleted=1, left_out=(("removed", 1),))
    before = dump(archive)
    assert run(archive, feed, replace(REQUEST, is_dry_run=True)) == [expected]
    assert dump(archive) == before
    assert run(archive, feed) == [expected]
    assert [hit.comment.text for hit in searcher.search(Asked("kettle"), Viewer.anyone()).hits] == ["The kettle is on."]
    assert run(archive, feed) == [replace(expected, deleted=0)]


def test_comment_that_came_and_was_removed_is_gone_however_often_it_is_imported(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
):
    # Ids are kept without what looks like an e-mail address in them.
    ids = ["tag:rosa@site.example,2005:1", "2"]
    items = [*(make_comment(native_id) for native_id in ids), *(SkippedRecord(one, "deleted") for one in ids)]
    odd = Format("odd", lambda _: True, lambda _: iter(items))
    monkeypatch.setattr(registry, "load_formats", lambda: {"odd": odd})
    for _ in range(2):
        [report] = run(archive, "")
        assert (report.added, report.deleted, report.skipped) == (0, 0, 2)
    del items[2:]
    assert run(archive, "")[0].added == 2
    items[:] = [SkippedRecord(one, "deleted") for one in ids]
    assert run(archive, "")[0].deleted == 2


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_comment_that_was_removed_and_comes_again_later_is_gone(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, chunk: int
):
    monkeypatch.setattr(reading, "CHUNK_COMMENTS", chunk)
    items = [SkippedRecord("0", "deleted"), *(make_comment(str(number)) for number in (1, 2, 3, 0))]
    odd = Format("odd", lambda _: True, lambda _: iter(items))
    monkeypatch.setattr(registry, "load_formats", lambda: {"odd": odd})
    for added in (3, 0):
        [report] = run(archive, "")
        assert (report.added, report.deleted, report.unchanged) == (added, 0, 3 - added)


def test_file_without_comments_gives_one_report(archive: Archive):
    assert run(archive, make_feed()) == [replace(NOTHING, format="blogger")]
    assert [summary.source.name for summary in archive.list_sources()] == ["export"]


def test_records_name_their_own_sources(archive: Archive):
    content = make_jsonl(
        {"id": "1", "text": "One.", "source": "Blog"},
        {"id": "1", "text": "Two.", "source": "List"},
        {"id": "2", "text": "Three.", "source": "Blog"},
        {"id": "1", "text": "Four."},
    )
    assert run(archive, content) == [
        replace(NOTHING, source="Blog", added=2),
        replace(NOTHING, source="List", added=1),
        replace(NOTHING, source="export", added=1),
    ]
    assert read_texts(archive) == {
        "Blog/1": "One.",
        "List/1": "Two.",
        "Blog/2": "Three.",
        "export/1": "Four.",
    }


def test_source_name_given_goes_before_that_of_records(archive: Archive):
    content = make_jsonl({"id": "1", "text": "One.", "source": "Blog"}, {"id": "2", "text": "Two.", "source": "List"})
    assert run(archive, content, replace(REQUEST, source_name="Mine")) == [replace(NOTHING, source="Mine", added=2)]
    assert set(read_texts(archive)) == {"Mine/1", "Mine/2"}


def test_import_notes_where_a_source_came_from(archive: Archive):
    run(archive, make_jsonl(TEXTS[0]), replace(REQUEST, visibility=Visibility.parse("channel:C1")))
    [summary] = archive.list_sources()
    source = summary.source
    assert (source.name, source.format, source.location, str(source.visibility)) == (
        "export",
        "jsonl",
        "/data/export.jsonl",
        "channel:C1",
    )
    assert summary.refreshed is not None


def test_import_without_visibility_leaves_what_is_set(archive: Archive):
    run(archive, make_jsonl(TEXTS[0]), replace(REQUEST, visibility=Visibility.parse("nobody")))
    run(archive, make_jsonl(*TEXTS[:2]))
    assert str(archive.get_source("export").visibility) == "nobody"


def test_visibilities_of_records_are_kept(archive: Archive):
    records = [
        {"id": "1", "text": "Open.", "channel": "#general"},
        {"id": "2", "text": "Closed.", "channel": "#general", "visibility": "people:U1"},
        {"id": "3", "text": "Wrong.", "visibility": "everyone"},
    ]
    [report] = run(archive, make_jsonl(*records))
    assert (report.added, report.problem_count) == (2, 1)
    assert [str(channel.visibilities[1]) for channel in archive.searching.read_channels()] == ["public", "people:U1"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Channel("a\ud800b", Visibility("channel", frozenset({"C1"}))), Channel("ab", Visibility.parse("channel:C1"))),
        (
            Channel("two", Visibility("people", frozenset({"U1,U2", "U3"}))),
            Channel("two", Visibility.parse("people:U3")),
        ),
        (
            Channel("none", Visibility("people", frozenset({" ", "U\ud800"}))),
            Channel("none", Visibility.parse("nobody")),
        ),
        (Channel("nobody", Visibility("people")), Channel("nobody", Visibility.parse("nobody"))),
    ],
)
def test_channel_is_for_those_alone_who_can_be_named(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, given: Channel, kept: Channel
):
    held = replace(make_comment(), discussion=replace(make_comment().discussion, channel=given))
    odd = Format("odd", lambda _: True, lambda _: iter([held]))
    monkeypatch.setattr(registry, "load_formats", lambda: {"odd": odd})
    run(archive, "", replace(REQUEST, include_private=True))
    assert [one.visibilities[1] for one in archive.searching.read_channels()] == [kept.visibility]
    assert archive.read_comments([1])[1].channel == kept.name


def test_unknown_content_is_refused_before_anything_is_written(archive: Archive):
    before = dump(archive)
    with pytest.raises(UnknownFormatError, match="its content is none of the known formats"):
        run(archive, "Dear all, please find attached…")
    assert dump(archive) == before


def test_format_given_is_used(archive: Archive):
    # A damaged first line, by which it would not be recognised.
    content = "{\n" + make_jsonl(TEXTS[0])
    with pytest.raises(UnknownFormatError):
        run(archive, content)
    [report] = run(archive, content, replace(REQUEST, format_name="jsonl"))
    assert (report.added, report.problem_count) == (1, 1)


def test_progress_never_goes_back(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "PROGRESS_SECONDS", 0)
    told: list[Progress] = []
    records = [{"id": f"{number}", "text": f"Text {number}."} for number in range(450)]
    Importer(archive, REQUEST, told.append).run([make_file(make_jsonl(*records))])
    assert [one.done for one in told] == list(range(1, 451))
    assert {one.stage for one in told} == {"reading"}
    assert all(one.total is not None and one.total >= one.done for one in told)


class TestZip:
    def zip(self, path: Path, members: dict[str, str]) -> list[SourceFile]:
        with zipfile.ZipFile(path / "export.zip", "w") as file:
            for name, content in members.items():
                file.writestr(name, content)
        return open_files(path / "export.zip")

    def test_files_of_a_zip_are_one_source(self, archive: Archive, tmp_path: Path):
        files = self.zip(
            tmp_path,
            {
                "a.jsonl": make_jsonl(*TEXTS[:2]),
                "deep/b.csv": "id,text\n2,From a table.\n",
                "deep/feed.atom": make_feed(("9", "From a feed.")),
                "notes.txt": "not an archive",
                "empty.jsonl": "",
            },
        )
        [report] = Importer(archive, REQUEST).run(files)
        assert (report.source, report.added, report.problem_count) == ("export", 4, 0)
        assert report.left_out == (("a file of no known format", 1),)
        assert [group.records for group in archive.read_problems(archive.get_source("export"))] == [("notes.txt",)]
        assert sorted(read_texts(archive).values()) == [
            "From a feed.",
            "From a table.",
            "Text number 0.",
            "Text number 1.",
        ]

    def test_same_record_in_two_files_is_taken_once(self, archive: Archive, tmp_path: Path):
        files = self.zip(tmp_path, {"a.jsonl": make_jsonl(*TEXTS[:2]), "b.jsonl": make_jsonl(*TEXTS[1:3])})
        assert Importer(archive, REQUEST).run(files) == [replace(NOTHING, added=3)]

    def test_zip_of_nothing_known_is_refused(self, archive: Archive, tmp_path: Path):
        files = self.zip(tmp_path, {"a.txt": "a", "b.txt": "b"})
        with pytest.raises(SourceError) as raised:
            Importer(archive, REQUEST).run(files)
        assert str(raised.value) == (
            "cannot import: '/data/export.jsonl': none of the 2 files in it is of a known format "
            f"({', '.join(sorted(registry.load_formats()))}): check that it is the export itself"
        )
        assert archive.list_sources() == []

    def test_zip_in_a_zip_is_told_about(self, archive: Archive, tmp_path: Path):
        self.zip(tmp_path, {"b.jsonl": make_jsonl(TEXTS[1])})
        inner = (tmp_path / "export.zip").read_bytes()
        with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
            outer.writestr("a.jsonl", make_jsonl(TEXTS[0]))
            outer.writestr("inner.zip", inner)
            outer.writestr("nothing.json", "[]\n")
        [report] = Importer(archive, REQUEST).run(open_files(tmp_path / "outer.zip"))
        reason = "a zip inside the zip: unpack it, and import it by itself"
        assert (report.added, report.problems) == (1, (SourceProblem("inner.zip", reason),))
        assert report.left_out == (("a file that holds nothing", 1),)

    def test_file_that_cannot_be_read_does_not_stop_the_others(self, archive: Archive, tmp_path: Path):
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "a.jsonl").write_text(make_jsonl(TEXTS[0]))
        (tmp_path / "folder" / "b.jsonl").symlink_to(tmp_path / "folder" / "a.jsonl")
        [report] = Importer(archive, REQUEST).run(open_files(tmp_path / "folder"))
        reason = "the file cannot be read: it is a link, and links are not followed"
        assert (report.added, report.problems) == (1, (SourceProblem("b.jsonl", reason),))
        (tmp_path / "folder" / "a.jsonl").unlink()
        (tmp_path / "folder" / "c.jsonl").symlink_to(tmp_path / "nothing")
        with pytest.raises(SourceError, match=r"none of the 2 files in it can be imported: b\.jsonl: .* links are not"):
            Importer(archive, REQUEST).run(open_files(tmp_path / "folder"))

    def test_file_of_another_format_than_the_one_given_is_told_about(self, archive: Archive, tmp_path: Path):
        for name, content in {"a.jsonl": make_jsonl(TEXTS[0]), "b.csv": "id,text\n7,From a table.\n"}.items():
            (tmp_path / name).write_text(content)
        (tmp_path / "c.jsonl").symlink_to(tmp_path / "a.jsonl")
        [report] = Importer(archive, replace(REQUEST, format_name="jsonl")).run(open_files(tmp_path))
        assert (report.added, report.left_out) == (1, (("a file of another format", 1),))
        assert [problem.record for problem in report.problems] == ["c.jsonl"]
        # Where none looks like it, whoever gave it knows better.
        (tmp_path / "a.jsonl").write_text("no json\n" + make_jsonl(TEXTS[1]))
        [report] = Importer(archive, replace(REQUEST, format_name="jsonl")).run(open_files(tmp_path))
        assert (report.added, report.left_out) == (1, ())
        assert {problem.record.partition(":")[0] for problem in report.problems} >= {"a.jsonl", "b.csv"}


class Site:
    """Pages by address, as a server gives them; remembers what was asked for."""

    def __init__(self, pages: dict[str, str]) -> None:
        self._pages = pages
        self.asked: list[str] = []

    def fetch(self, url: str) -> SourceFile:
        self.asked.append(url)
        if url not in self._pages:
            raise FetchError(f"cannot fetch: {url!r}: the server answered 404")
        return make_file(self._pages[url], url)


class TestPages:
    def start(self, archive: Archive, site: Site, url: str = "https://b.example/1") -> list[RefreshReport]:
        return Importer(archive, REQUEST).run([site.fetch(url)], site.fetch)

    def test_pages_are_followed_to_the_last(self, archive: Archive):
        site = Site(
            {
                "https://b.example/1": make_feed(("1", "One."), next_url="https://b.example/2"),
                "https://b.example/2": make_feed(("2", "Two."), ("1", "One."), next_url="https://b.example/3"),
                "https://b.example/3": make_feed(("3", "Three.")),
            }
        )
        assert self.start(archive, site) == [replace(NOTHING, format="blogger", added=3)]
        assert site.asked == ["https://b.example/1", "https://b.example/2", "https://b.example/3"]

    @pytest.mark.parametrize("back_to", ["https://b.example/1", "https://b.example/2"])
    def test_pages_that_lead_back_are_left(self, archive: Archive, back_to: str):
        site = Site(
            {
                "https://b.example/1": make_feed(("1", "One."), next_url="https://b.example/2"),
                "https://b.example/2": make_feed(("2", "Two."), next_url=back_to),
            }
        )
        assert self.start(archive, site) == [replace(NOTHING, format="blogger", added=2)]
        assert site.asked == ["https://b.example/1", "https://b.example/2"]

    def test_pages_without_end_are_left(self, archive: Archive, monkeypatch: pytest.MonkeyPatch):
        class Endless(Site):
            def fetch(self, url: str) -> SourceFile:
                self.asked.append(url)
                number = int(url.rpartition("/")[2])
                return make_file(make_feed(("1", "One."), next_url=f"https://b.example/{number + 1}"), url)

        monkeypatch.setattr(reading, "MAX_PAGES", 10)
        site = Endless({})
        [report] = self.start(archive, site)
        assert (report.added, len(site.asked)) == (1, 10)
        reason = "it has more than 20,000 pages: import the others by their own addresses"
        assert report.problems == (SourceProblem("https://b.example/11", reason),)

    def test_pages_of_a_file_are_not_fetched(self, archive: Archive):
        content = make_feed(("1", "One."), next_url="https://b.example/2")
        assert run(archive, content) == [replace(NOTHING, format="blogger", added=1)]

    def test_page_that_fails_is_a_problem_and_loses_nothing(self, archive: Archive):
        pages = {
            "https://b.example/1": make_feed(("1", "One."), next_url="https://b.example/2"),
            "https://b.example/2": make_feed(("2", "Two.")),
        }
        first = {"https://b.example/1": pages["https://b.example/1"]}
        problem = SourceProblem(
            "cannot fetch: 'https://b.example/2': the server answered 404", "a page could not be fetched"
        )
        assert self.start(archive, Site(first)) == [
            replace(NOTHING, format="blogger", added=1, problems=(problem,), problem_count=1)
        ]
        assert self.start(archive, Site(pages)) == [replace(NOTHING, format="blogger", added=1, unchanged=1)]

    def test_problem_of_a_further_page_names_it_without_what_lets_in(self, archive: Archive):
        second, third = "https://b.example/2?token=s3cr3t&page=2", "https://b.example/3?key=s3cr3t"
        site = Site(
            {
                "https://b.example/1": make_feed(("1", "One."), next_url=second.replace("&", "&amp;")),
                second: make_feed(("2", "Two."), next_url=third).removesuffix("</feed>"),
            }
        )
        [report] = self.start(archive, site)
        assert report.added == 2
        assert {problem.record for problem in report.problems} == {
            "https://b.example/2?token=…&page=2: the end of the file",
            "cannot fetch: 'https://b.example/3?key=…': the server answered 404",
        }

    def test_page_that_is_named_twice_is_fetched_once(self, archive: Archive):
        first = make_feed(("1", "One."), next_url="https://b.example/2")
        site = Site({"https://b.example/1": first, "https://b.example/2": make_feed(("2", "Two."))})
        page = replace(site.fetch("https://b.example/1"), next_url="https://b.example/2")
        Importer(archive, REQUEST).run([page], site.fetch)
        assert site.asked == ["https://b.example/1", "https://b.example/2"]

    def test_next_page_that_the_server_names_is_followed(self, archive: Archive):
        site = Site({"https://b.example/1": make_feed(("1", "One.")), "https://b.example/2": make_feed(("2", "Two."))})
        page = replace(site.fetch("https://b.example/1"), next_url="https://b.example/2")
        assert Importer(archive, REQUEST).run([page], site.fetch) == [replace(NOTHING, format="blogger", added=2)]

    def test_comments_are_found_from_the_address_of_the_blog(self, archive: Archive):
        page = (
            "<!doctype html><html><head><meta name='generator' content='blogger'>"
            "<link rel='alternate' type='application/atom+xml' title='B - Atom' "
            "href='https://b.example/feeds/posts/default'></head><body>Hello</body></html>"
        )
        site = Site({"https://b.example/1": page, "https://b.example/feeds/comments/default": make_feed(("1", "One."))})
        assert self.start(archive, site) == [replace(NOTHING, format="blogger", added=1)]

    def test_comments_that_a_web_page_names_and_nobody_gives_out_are_told_about(self, archive: Archive):
        link = "<link rel='https://api.w.org/' href='https://b.example/wp-json/'>"
        page = f"<!doctype html><html><head>{link}</head></html>"
        with pytest.raises(FetchError, match=r"cannot fetch: 'https://b\.example/wp-json/wp/v2/comments.*: .* 404"):
            self.start(archive, Site({"https://b.example/1": page}))

    def test_web_page_that_names_no_comments_is_refused(self, archive: Archive):
        with pytest.raises(UnknownFormatError, match="it is a web page, not an archive"):
            self.start(archive, Site({"https://b.example/1": "<!doctype html><html><body>Hello</body></html>"}))


@pytest.mark.parametrize("dies_at", [1, 2, 3, 4])
def test_import_killed_in_the_middle_of_a_write_goes_on_where_it_was(
    archive: Archive, import_records: Import, monkeypatch: pytest.MonkeyPatch, dies_at: int
):
    dialect = type(archive.database.dialect)
    put_words, calls = dialect.put_words, count(1)

    def die(*arguments: Any) -> None:
        if next(calls) == dies_at:
            raise KilledError
        put_words(*arguments)

    monkeypatch.setattr(reading, "CHUNK_COMMENTS", 2)
    with monkeypatch.context() as patched:
        patched.setattr(dialect, "put_words", die)
        with pytest.raises(KilledError):
            import_records(*TEXTS)
    kept = 2 * (dies_at - 1)
    assert len(read_texts(archive)) == archive.indexing.count_changes() == kept
    assert import_records(*TEXTS) == replace(NOTHING, added=7 - kept, unchanged=kept)


class TestIdentity:
    """The same place, by whatever way its comments come, is one source."""

    def request(self, name: str, **kwargs: Any) -> ImportRequest:
        return replace(REQUEST, location=f"/data/{name}", default_name=name, **kwargs)

    def test_same_blog_from_another_file_is_the_same_source(self, archive: Archive):
        run(archive, make_feed(("1", "One.")), self.request("feed"))
        [report] = run(archive, make_feed(("1", "One."), ("2", "Two.")), self.request("takeout"))
        assert (report.source, report.added, report.unchanged) == ("feed", 1, 1)
        assert [summary.source.name for summary in archive.list_sources()] == ["feed"]

    def test_other_blog_of_the_same_file_name_is_another_source(self, archive: Archive):
        run(archive, make_feed(("1", "One.")), self.request("feed"))
        [report] = run(archive, make_feed(("1", "One.")).replace("blog-1", "blog-8"), self.request("feed"))
        assert (report.source, report.added) == ("feed 2", 1)
        [again] = run(archive, make_feed(("1", "One.")).replace("blog-1", "blog-8"), self.request("feed"))
        assert (again.source, again.unchanged) == ("feed 2", 1)

    def test_blogs_in_one_zip_are_a_source_each(self, archive: Archive):
        files = [
            make_file(make_feed(("1", "One.")).replace("blog-1", f"blog-{number}"), f"{number}.atom")
            for number in (7, 8, 7)
        ]
        reports = Importer(archive, self.request("takeout")).run(files)
        assert [(report.source, report.added) for report in reports] == [("takeout", 1), ("takeout 2", 1)]

    def test_comments_of_another_place_are_not_replaced_without_a_word(self, archive: Archive):
        topic = '{"latest_posts": [{"id": 1, "post_number": 1, "topic_id": 1, "cooked": "%s"}]}'
        request = self.request("forum", source_name="Forums")
        for host, problems in {"a.example": 0, "b.example": 1}.items():
            file = make_file(topic % host, f"https://{host}/posts.json")
            for is_dry_run in (True, False):
                [report] = Importer(archive, replace(request, is_dry_run=is_dry_run)).run([file])
                assert (report.edited, report.problem_count) == (problems, problems)
        assert report.problems[0].record == "discourse:a.example, discourse:b.example"
        assert run(archive, topic % "b", request)[0].problem_count == 0

    def test_page_below_the_address_of_a_source_does_not_take_its_place(self, archive: Archive):
        for place, kept in {
            "https://b.example": "https://b.example",
            "https://b.example/1": "https://b.example",
            "https://b.example.net/": "https://b.example.net/",
        }.items():
            run(archive, make_feed(("1", "One.")), replace(REQUEST, location=place))
            assert archive.get_source("export").location == kept

    def test_name_given_goes_before_identity(self, archive: Archive):
        run(archive, make_feed(("1", "One.")), self.request("feed"))
        [report] = run(archive, make_feed(("1", "One.")), self.request("feed", source_name="Mine"))
        assert (report.source, report.added) == ("Mine", 1)

    def test_address_is_kept_where_a_file_is_imported_after_it(self, archive: Archive):
        run(archive, make_feed(("1", "One.")), replace(REQUEST, location="https://blog.example/feeds/comments/default"))
        run(archive, make_feed(("1", "One.")), self.request("takeout"))
        [summary] = archive.list_sources()
        assert summary.source.location == "https://blog.example/feeds/comments/default"


class TestPrivate:
    """What is private conversation is imported only where it is asked for."""

    @pytest.fixture
    def chat(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let JSONL be a format in which nobody wrote down who may see what, as in a chat's export."""
        known = registry.load_formats()
        monkeypatch.setattr(
            registry, "load_formats", lambda: {**known, "jsonl": replace(known["jsonl"], says_visibility=False)}
        )

    RECORDS = ({"id": "1", "text": "Open."}, {"id": "2", "text": "Closed.", "visibility": "channel:C1"})

    @pytest.mark.usefixtures("chat")
    def test_private_comment_is_left_out_unless_asked_for(self, archive: Archive):
        [report] = run(archive, make_jsonl(*self.RECORDS))
        assert (report.added, report.left_out) == (1, ((reading.PRIVATE, 1),))
        [report] = run(archive, make_jsonl(*self.RECORDS), replace(REQUEST, include_private=True))
        assert (report.added, report.unchanged, report.left_out) == (1, 1, ())

    @pytest.mark.usefixtures("chat")
    def test_asking_for_private_comments_is_remembered(self, archive: Archive):
        run(archive, make_jsonl(*self.RECORDS), replace(REQUEST, include_private=True))
        [report] = run(archive, make_jsonl(*self.RECORDS))
        assert (report.unchanged, report.deleted) == (2, 0)

    @pytest.mark.usefixtures("chat")
    def test_comment_that_became_private_is_found_no_more(self, archive: Archive):
        run(archive, make_jsonl(*({**record, "visibility": "public"} for record in self.RECORDS)))
        [report] = run(archive, make_jsonl(*self.RECORDS))
        assert (report.unchanged, report.deleted, report.skipped) == (1, 1, 1)
        assert set(read_texts(archive)) == {"export/1"}

    @pytest.mark.usefixtures("chat")
    def test_comment_that_became_private_stays_so_when_that_is_undone(self, archive: Archive):
        run(archive, make_jsonl(*({**record, "visibility": "public"} for record in self.RECORDS)))
        run(archive, make_jsonl({**self.RECORDS[0], "visibility": "people:U1,U2"}))
        roll_back(archive, archive.get_source("export"))
        shown = {str(held.visibilities[1]): held.comments for held in archive.searching.read_channels()}
        assert shown == {"public": 1, "people:U1,U2": 1}

    @pytest.mark.usefixtures("chat")
    @pytest.mark.parametrize("is_wanted", [True, False])
    def test_earlier_talk_of_a_channel_that_became_private_is_private(self, archive: Archive, *, is_wanted: bool):
        early = {"id": "1", "text": "Early.", "thread": "C1:2019-03-01", "channel": "plans"}
        late = {"id": "2", "text": "Late.", "thread": "C1:2019-04-01", "channel": "plans", "visibility": "channel:C1"}
        request = replace(REQUEST, include_private=is_wanted)
        run(archive, make_jsonl(early))
        run(archive, make_jsonl(late), replace(request, is_dry_run=True))
        assert [str(held.visibilities[1]) for held in archive.searching.read_channels()] == ["public"]
        run(archive, make_jsonl(late), request)
        assert [str(held.visibilities[1]) for held in archive.searching.read_channels()] == ["channel:C1"]
        assert set(read_texts(archive)) == ({"export/1", "export/2"} if is_wanted else {"export/1"})


class TestPrivacy:
    """Addresses and tokens are never kept, wherever they stand."""

    def test_addresses_are_masked_everywhere(self, archive: Archive):
        record = {
            "id": "1",
            "text": "Write to jo@mail.example, or git+ssh://x@host.example; react@16.8.0 and @jo are none.",
            "author": "jo@mail.example",
            "title": "From jo@mail.example",
            "url": "https://a.example/?mail=jo@mail.example",
        }
        run(archive, make_jsonl(record, {"id": "jo@mail.example", "text": ""}))
        [found] = archive.read_comments([1]).values()
        assert found.text == "Write to jo@…, or git+ssh://x@…; react@16.8.0 and @jo are none."
        assert (found.author, found.discussion_title, found.url) == (
            "jo@…",
            "From jo@…",
            "https://a.example/?mail=jo@…",
        )
        assert "mail.example" not in repr(dump(archive))

    def test_tokens_are_masked(self, archive: Archive):
        run(archive, make_jsonl({"id": "1", "text": "See https://f.example/a?t=xoxe-1234567890-abc now"}))
        assert read_texts(archive) == {"export/1": "See https://f.example/a?t=xox… now"}


class TestProblems:
    def test_problems_of_the_latest_reading_are_kept(self, archive: Archive):
        source_of = archive.get_source
        run(archive, make_jsonl({"id": "1", "text": ""}, {"id": "2", "text": ""}, TEXTS[0]))
        assert archive.read_problems(source_of("export")) == [
            ProblemGroup("there is no text", 2, ("line 1", "line 2"), place="/data/export.jsonl")
        ]
        run(archive, make_jsonl(TEXTS[0], {"id": "2"}))
        assert [group.records for group in archive.read_problems(source_of("export"))] == [("line 2",)]
        run(archive, make_jsonl({"id": "1", "text": ""}), replace(REQUEST, location="/data/other.jsonl"))
        assert [(group.count, group.place) for group in archive.read_problems(source_of("export"))] == [
            (1, "/data/export.jsonl"),
            (1, "/data/other.jsonl"),
        ]
        assert archive.list_sources()[0].problems == 2

    def test_what_was_left_out_on_purpose_is_kept_apart(self, archive: Archive):
        run(archive, make_feed(("1", ""), ("2", "Kept.")))
        [group] = archive.read_problems(archive.get_source("export"))
        assert (group.reason, group.count, group.is_on_purpose) == ("without text", 1, True)
        assert archive.list_sources()[0].problems == 0

    def test_trial_run_keeps_no_problems(self, archive: Archive):
        run(archive, make_jsonl(TEXTS[0]))
        run(archive, make_jsonl({"id": "1", "text": ""}), replace(REQUEST, is_dry_run=True))
        assert archive.read_problems(archive.get_source("export")) == []

    def test_only_so_many_records_of_a_reason_are_kept(self, archive: Archive, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(refresh_module, "RECORDS_PER_REASON", 3)
        run(archive, make_jsonl(*({"id": f"{number}", "text": ""} for number in range(9))))
        [group] = archive.read_problems(archive.get_source("export"))
        assert (group.count, group.records) == (9, ("line 1", "line 2", "line 3"))

    def test_dry_run_gives_five_examples(self, archive: Archive):
        [report] = run(archive, make_jsonl(*TEXTS), replace(REQUEST, is_dry_run=True))
        assert [comment.text for comment in report.examples] == [record["text"] for record in TEXTS[:5]]
