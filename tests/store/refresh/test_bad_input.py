"""What nobody should ever import, imported: handled, counted, explained, and the rest of it is there all the same."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.refresh import RefreshReport
from store.domain.viewer import Viewer
from store.errors import SourceError
from store.refresh.indexing import index_pending
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.search.searcher import Searcher
from store.sources.files import SourceFile, open_files
from tests.store.factories import make_feed, make_file, make_jsonl

GOOD: dict[str, Any] = {"id": "good", "text": "The kettle is on.", "author": "Ann", "thread": "t"}
DISCORD = {"guild": {"id": "1", "name": "G"}, "channel": {"id": "2", "type": "GuildTextChat", "name": "general"}}
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
)


def import_all(archive: Archive, files: list[SourceFile]) -> RefreshReport:
    """Import, index and search, as if it were any other archive: the good comment is found, and nothing else breaks."""
    (report,) = Importer(archive, ImportRequest("/data/bad", "bad")).run(files)
    encoder = HashingEncoder()
    index_pending(archive, lambda: encoder)
    answer = Searcher(archive, encoder).search(Asked("kettle"), Viewer.anyone())
    assert "The kettle is on." in {hit.comment.text for hit in answer.hits}
    return report


def import_jsonl(archive: Archive, *records: dict[str, Any]) -> RefreshReport:
    return import_all(archive, [make_file(make_jsonl(GOOD, *records))])


@pytest.mark.parametrize(
    ("record", "problems"),
    [
        ({"text": "x" * 1_000_000}, 0),
        ({"text": "One.", "author": "x" * 10_000}, 0),
        ({"text": "One.", "title": "x" * 100_000, "thread": "y" * 100_000}, 0),
        ({"text": "One.", "date": "0000-00-00"}, 1),
        ({"text": "One.", "date": "40000-01-01T00:00:00Z"}, 1),
        ({"text": "One.", "date": 10**40}, 1),
        ({"text": "One\0two\ud800 \udfff.", "author": "\0\ud800", "id": "a\0b"}, 0),
        ({"text": "One.", "parent": "one", "id": "one"}, 0),
        ({"text": "One.", "position": 10**30}, 1),
        ({"text": "\u202eOne\u2066.", "author": "\u202e"}, 0),
        ({"text": {"a": 1}, "id": ["x"]}, 1),
    ],
    ids=[
        "comment of 1 MB", "author of 10,000 characters", "title of 100,000", "year 0", "year 40000", "date beyond all",
        "NUL and lone surrogates", "its own parent", "position beyond all", "direction overrides", "other kinds",
    ],
)  # fmt: skip
def test_odd_record_costs_at_most_itself(archive: Archive, record: dict[str, Any], problems: int):
    report = import_jsonl(archive, record)
    assert (report.added + report.problem_count >= 2, report.problem_count) == (True, problems)


def test_ids_that_repeat_are_kept_once(archive: Archive):
    report = import_jsonl(archive, *({"id": "same", "text": f"Text {number}."} for number in range(50)))
    assert (report.added, report.problem_count) == (2, 49)


def test_parents_in_a_ring_are_kept(archive: Archive):
    ring = [{"id": f"{number}", "text": "One.", "parent": f"{(number + 1) % 9}", "thread": "t"} for number in range(9)]
    assert import_jsonl(archive, *ring).added == 10


def test_chain_of_replies_may_be_long(archive: Archive):
    chain = [
        {"id": f"{number}", "text": "So?", "parent": f"{number - 1}", "thread": "t", "position": number}
        for number in range(5_000)
    ]
    assert import_jsonl(archive, *chain).added == 5_001


def test_deep_nesting_in_json_is_left_out(archive: Archive):
    deep = "[" * 100_000 + "]" * 100_000
    content = '{"text": "deep", "x": ' + deep + "}\n" + make_jsonl(GOOD)
    report = import_all(archive, [make_file(make_jsonl({"text": "First."}) + content)])
    assert (report.added, report.problem_count) == (2, 1)
    message = {
        "id": "9",
        "type": "Default",
        "timestamp": "2020-01-01T00:00:00+00:00",
        "author": {"id": "1", "name": "A"},
    }
    whole = json.dumps(
        {**DISCORD, "messages": [{**message, "content": "Hi.", "x": 0}, {**message, "id": "8", "content": "Ho."}]}
    )
    (report,) = Importer(archive, ImportRequest("/data/deep", "deep")).run(
        [make_file(whole.replace('"x": 0', f'"x": {deep}'))]
    )
    assert (report.added, report.problem_count) == (1, 1)


def test_entities_are_never_expanded(archive: Archive):
    feed = BILLION_LAUGHS + make_feed(("1", "&d; &x; fine"), ("2", "The kettle is on."))
    report = import_all(archive, [make_file(feed)])
    texts = [comment.text for comment in archive.read_comments(range(1, 9)).values()]
    assert report.added == 2
    assert not any("haha" in text or "root:" in text for text in texts)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1", "cp1252"])
def test_encodings_that_lie_lose_no_comment(archive: Archive, encoding: str):
    feed = '<?xml version="1.0" encoding="utf-8"?>' + make_feed(
        ("1", "Café au lait, naïve."), ("2", "The kettle is on.")
    )
    report = import_all(archive, [make_file(feed.encode(encoding))])
    assert report.added == 2
    assert "Café au lait, naïve." in {comment.text for comment in archive.read_comments([1, 2]).values()}


class TestZips:
    def zip(self, path: Path, members: dict[str, bytes]) -> Path:
        with zipfile.ZipFile(path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path / "export.zip"

    def test_names_that_lead_elsewhere_are_only_names(self, archive: Archive, tmp_path: Path):
        good = make_jsonl(GOOD).encode()
        inside = tmp_path / "inside"
        inside.mkdir()
        path = self.zip(inside, {"../../escaped.jsonl": good, "/etc/escaped.jsonl": good, "C:\\x.jsonl": good})
        report = import_all(archive, open_files(path))
        assert report.added == 1
        assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file()) == ["export.zip"]

    def test_bomb_beside_a_good_file_is_refused(self, archive: Archive, tmp_path: Path):
        path = self.zip(tmp_path, {"good.jsonl": make_jsonl(GOOD).encode(), "bomb.jsonl": bytes(100 * 2**20)})
        with pytest.raises(SourceError, match="as no real export does"):
            open_files(path)
        assert archive.list_sources() == []

    def test_broken_file_beside_a_good_one_is_told_about(self, archive: Archive, tmp_path: Path):
        path = self.zip(tmp_path, {"good.jsonl": make_jsonl(GOOD).encode(), "zip.jsonl": b"PK\x03\x04" + b"x" * 50})
        report = import_all(archive, open_files(path))
        assert (report.added, report.problem_count) == (1, 1)
