"""Files on disk and in zips, as they are and as they should not be."""

import gzip
import os
import random
import struct
import zipfile
from pathlib import Path

import pytest

from store.errors import SourceError
from store.sources import files
from store.sources.files import HEAD_BYTES, open_files
from store.sources.head import Head
from store.sources.registry import find_format
from tests.store.sources.making import comments_of, make_comment, make_entry, make_feed, problems_of

TAKEOUT = "Takeout/Blogger/Blogs/Benches"
FEED = make_feed(*(make_entry(number) for number in range(12))).encode()
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


def make_zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def read_all(path: Path) -> list[object]:
    """Read every file in a place whose format is known, to its end."""
    read: list[object] = []
    for file in open_files(path):
        found = find_format(Head.read(file))
        if found:
            read += found.parse([file])
    return read


def test_file_can_be_read_again_and_again(tmp_path: Path):
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED)

    (file,) = open_files(path)

    assert (file.name, file.size, file.read_head(), file.position) == (str(path), len(FEED), FEED[:HEAD_BYTES], 0)
    for _ in range(2):
        with file.open() as opened:
            assert opened.read() == FEED
        assert file.position == len(FEED)


def test_position_tells_how_far_a_file_was_read(tmp_path: Path):
    path = tmp_path / "long"
    path.write_bytes(b"x" * 1_000_000)
    (file,) = open_files(path)

    with file.open() as opened:
        opened.read(300_000)

    assert 300_000 <= file.position < 1_000_000


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "no such file or directory: check the path and its permissions"),  # noqa: ARG005
        (lambda path: path.touch(), "the file is empty: export it again"),
        (os.mkfifo, "the file is empty: export it again"),
        (lambda path: path.symlink_to(path), "too many levels of symbolic links: check the path and its permissions"),
    ],
)
def test_place_that_is_no_file_is_refused(make, reason: str, tmp_path: Path):  # noqa: ANN001
    path = tmp_path / "place"
    make(path)

    with pytest.raises(SourceError) as caught:
        open_files(path)

    assert str(caught.value) == f"cannot import: {str(path)!r}: {reason}"


def test_zip_made_by_takeout_holds_one_feed(tmp_path: Path):
    path = make_zip(
        tmp_path / "takeout.zip",
        {
            f"{TAKEOUT}/": b"",
            f"{TAKEOUT}/feed.atom": FEED,
            f"{TAKEOUT}/theme-layouts.xml": b'<?xml version="1.0"?><!DOCTYPE html><html b:version="2"><feed /></html>',
            f"{TAKEOUT}/theme-classic.html": b"<html><body><$BlogFeed$></body></html>",
            f"{TAKEOUT}/settings.csv": b"blog_id,blog_name\n7,Benches\n",
            f"{TAKEOUT}/empty.atom": b"",
            "Takeout/Blogger/Albums/Benches/one.JPG": b"\xff\xd8" + bytes(1_000),
            "Takeout/.DS_Store": b"\0\0\0\1Bud1",
            f"__MACOSX/{TAKEOUT}/._feed.atom": FEED,
        },
    )

    assert [file.name.removeprefix(f"{path}/{TAKEOUT}/") for file in open_files(path)] == [
        "feed.atom",
        "settings.csv",
        "theme-classic.html",
        "theme-layouts.xml",
    ]
    assert read_all(path) == [make_comment(number) for number in range(12)]


def test_names_in_a_zip_are_read_as_utf_8_though_nothing_says_so(tmp_path: Path):
    name = "größe/2017-05-11.json".encode().decode("cp437")
    path = make_zip(tmp_path / "unflagged.zip", {"plain.json": b"[]"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x" * len(name), b"[]")
    # Written without the flag, as Slack's exporter does.
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name.encode("cp437")))

    assert [file.member for file in open_files(path)] == ["größe/2017-05-11.json", "plain.json"]


def test_names_in_a_zip_that_are_no_utf_8_are_kept(tmp_path: Path):
    path = make_zip(tmp_path / "old.zip", {"xyz.json": b"[]"})
    path.write_bytes(path.read_bytes().replace(b"xyz", b"x\x81z"))

    assert [file.member for file in open_files(path)] == ["xüz.json"]


def test_files_of_a_zip_can_be_read_side_by_side(tmp_path: Path):
    path = make_zip(tmp_path / "two.zip", {"a": b"a" * 200_000, "b": b"b" * 200_000})

    one, two = open_files(path)

    with one.open() as first, two.open() as second:
        assert [first.read(100_000), second.read(), first.read()] == [b"a" * 100_000, b"b" * 200_000, b"a" * 100_000]


def test_zip_of_many_files_is_opened_at_once(tmp_path: Path):
    path = make_zip(tmp_path / "many.zip", {f"{number}.json": b"[]" for number in range(2_000)})

    assert len(open_files(path)) == 2_000


def test_zip_bomb_is_refused(tmp_path: Path):
    path = make_zip(tmp_path / "bomb.zip", {"feed.atom": bytes(80 * 2**20)})

    with pytest.raises(SourceError, match=r"it would unpack \d\d,\d{3} bytes to 83,886,080, as no real export does"):
        open_files(path)


def test_zip_that_would_unpack_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 1_000)
    path = make_zip(tmp_path / "large.zip", {"a": bytes(600), "b": bytes(600)}, zipfile.ZIP_STORED)

    with pytest.raises(SourceError, match="to 1,200, as no real export does"):
        open_files(path)


def test_zip_that_lies_about_its_sizes_gives_no_more_than_it_says(tmp_path: Path):
    path = make_zip(tmp_path / "liar.zip", {"feed.atom": bytes(1_000_000)})
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 1_000)))

    with pytest.raises(SourceError, match=r"cannot read the file: '.*liar\.zip/feed\.atom': Bad CRC-32"):
        open_files(path)[0].read_head()


def test_encrypted_zip_is_refused(tmp_path: Path):
    path = make_zip(tmp_path / "locked.zip", {"feed.atom": FEED})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)

    with pytest.raises(SourceError, match="is encrypted, password required for extraction"):
        open_files(path)[0].read_head()


@pytest.mark.parametrize("method", METHODS)
def test_damaged_zip_raises_source_errors_alone(method: int, tmp_path: Path):
    path = make_zip(tmp_path / "feed.zip", {"feed.atom": FEED, "second.atom": FEED}, method)
    whole, draw = path.read_bytes(), random.Random(method)
    refused = read = 0
    for _ in range(80):
        damaged = bytearray(whole)
        # Mostly in the listing, at the end, where a byte means most.
        place = draw.choice([draw.randrange(len(damaged)), draw.randrange(len(damaged) - 150, len(damaged))])
        damaged[place] = draw.randrange(256)
        path.write_bytes(damaged)
        try:
            read += len(comments_of(read_all(path)))
        except SourceError:
            refused += 1
    assert refused > 5
    assert read > 5


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_zip_cut_short_holds_nothing_known(share: float, tmp_path: Path):
    path = make_zip(tmp_path / "feed.zip", {"feed.atom": FEED})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    (file,) = open_files(path)

    assert find_format(Head.read(file)) is None


def test_zip_without_files_holds_none(tmp_path: Path):
    assert open_files(make_zip(tmp_path / "none.zip", {"folder/": b"", "picture.png": b"\x89PNG"})) == []


def test_comments_of_a_file_are_those_of_its_zip(tmp_path: Path):
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED)

    assert read_all(path) == read_all(make_zip(tmp_path / "feed.zip", {"feed.xml": FEED}))
    assert len(read_all(path)) == 12


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "export"
        for name, content in {"b/feed.xml": FEED, "a.xml": FEED, "b/empty": b"", "b/one.png": b"\x89PNG"}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    def test_folder_holds_its_files_by_their_paths(self, folder: Path):
        found = open_files(folder)

        assert [(file.member, file.name, file.size) for file in found] == [
            ("a.xml", str(folder / "a.xml"), len(FEED)),
            ("b/feed.xml", str(folder / "b/feed.xml"), len(FEED)),
        ]
        assert [file.read_head() for file in found] == [FEED[:HEAD_BYTES]] * 2

    def test_zip_in_a_folder_is_opened(self, folder: Path):
        make_zip(folder / "c.zip", {"x/feed.xml": FEED})

        assert open_files(folder)[-1].member == "c.zip/x/feed.xml"
        assert len(read_all(folder)) == 36

    def test_links_are_not_followed(self, folder: Path, tmp_path: Path):
        (tmp_path / "secret.xml").write_bytes(FEED)
        (folder / "link.xml").symlink_to(tmp_path / "secret.xml")
        (folder / "loop").symlink_to(folder, target_is_directory=True)
        (folder / "nowhere").symlink_to(tmp_path / "nothing")

        found = {file.member: file for file in open_files(folder)}

        assert set(found) == {"a.xml", "b/feed.xml", "link.xml", "loop", "nowhere"}
        for name in ("link.xml", "loop", "nowhere"):
            with pytest.raises(SourceError, match=r"it is a link, and links are not followed: check the file"):
                found[name].read_head()

    @pytest.mark.parametrize("content", [bytes(80 * 2**20), b"no listing"])
    def test_zip_that_cannot_be_opened_does_not_stop_the_others(self, folder: Path, content: bytes):
        path = make_zip(folder / "c.zip", {"feed.xml": content})
        if content == b"no listing":
            path.write_bytes(path.read_bytes().replace(b"PK\1\2", b"XXXX"))

        *others, refused = open_files(folder)

        assert ([file.member for file in others], refused.member) == (["a.xml", "b/feed.xml"], "c.zip")
        with pytest.raises(SourceError, match=r"c\.zip': it is a zip that cannot be opened: import it by itself"):
            refused.read_head()

    def test_folder_that_cannot_be_read_says_so(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        scan = os.scandir

        def scan_others(place: Path) -> object:
            if Path(place).name == "b":
                raise PermissionError(13, "Permission denied", str(place))
            return scan(place)

        monkeypatch.setattr(os, "scandir", scan_others)
        _, refused = open_files(folder)

        assert refused.member == "b"
        with pytest.raises(SourceError, match="its folder: permission denied"):
            refused.read_head()

    def test_folder_of_many_files_is_opened_without_reading_them(self, folder: Path):
        for number in range(2_000):
            (folder / f"{number}.txt").write_bytes(b"x" * 10)

        assert len(open_files(folder)) == 2_002


class TestGzip:
    @pytest.mark.parametrize("name", ["list.mbox.gz", "list.txt"])
    def test_file_is_read_unpacked_whatever_its_name(self, name: str, tmp_path: Path):
        (tmp_path / name).write_bytes(gzip.compress(FEED))

        for place in (tmp_path / name, tmp_path):
            (file,) = open_files(place)
            assert file.read_head() == FEED[:HEAD_BYTES]
            with file.open() as opened:
                assert opened.read() == FEED

    def test_members_of_a_zip_are_read_unpacked(self, tmp_path: Path):
        path = make_zip(tmp_path / "lists.zip", {"2019.txt.gz": gzip.compress(FEED)})

        assert read_all(path) == [make_comment(number) for number in range(12)]

    def test_packed_member_that_cannot_be_opened_does_not_stop_the_others(self, tmp_path: Path):
        path = make_zip(tmp_path / "lists.zip", {"2019.txt.gz": gzip.compress(FEED), "a.xml": FEED})
        # The first member is said to be encrypted.
        listing = path.read_bytes().index(b"PK\1\2")
        content = bytearray(path.read_bytes())
        content[6] |= 1
        content[listing + 8] |= 1
        path.write_bytes(content)

        packed, other = open_files(path)

        assert other.read_head() == FEED[:HEAD_BYTES]
        with pytest.raises(SourceError, match="is encrypted"):
            packed.read_head()

    def test_beginning_is_not_taken_for_all_that_is_packed(self, tmp_path: Path):
        (tmp_path / "long.jsonl.gz").write_bytes(gzip.compress(b'{"text": "' + b"x" * 2 * HEAD_BYTES + b'"}'))
        (tmp_path / "short.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}'))

        heads = [Head.read(file) for file in open_files(tmp_path)]

        assert [(head.is_whole, getattr(find_format(head), "name", "")) for head in heads] == [
            (False, "jsonl"),
            (True, "jsonl"),
        ]

    def test_file_cut_short_gives_what_is_whole(self, tmp_path: Path):
        # Bytes that do not shrink, so that the cut is far behind the first records.
        noise = "".join(random.Random(7).choices("abcdefghij klmnop", k=400_000))
        whole = make_feed(make_entry(1), make_entry(2, noise)).encode()
        (tmp_path / "feed.gz").write_bytes(gzip.compress(whole)[:100_000])

        items = read_all(tmp_path / "feed.gz")

        assert comments_of(items) == [make_comment(1)]
        assert [problem.reason for problem in problems_of(items)] == [
            "the file cannot be read on from here: Compressed file ended before the end-of-stream marker was reached"
        ]

    def test_bomb_is_left_where_it_is_too_much(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 1_000_000)
        (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(5_000_000)))
        (file,) = open_files(tmp_path / "bomb.gz")

        with pytest.raises(SourceError, match="it unpacks to more than any real export does"), file.open() as opened:
            opened.read()
