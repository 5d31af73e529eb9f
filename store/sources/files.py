"""What an importer reads: a file that can be opened again and again, from disk, out of a zip, or fetched."""

import gzip
import hashlib
import io
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from stat import S_ISDIR
from typing import BinaryIO, cast

from store.errors import SourceError
from store.text.cleaning import mask_keys

HEAD_BYTES = 65_536
# A zip may unpack to at most this, and to at most this many times its own size: far above any real export
# (text shrinks about tenfold), far below what a bomb needs.
MAX_UNPACKED_BYTES = 8 * 2**30
MAX_UNPACKED_RATIO = 200
_RATIO_MATTERS_FROM_BYTES = 64 * 2**20
_GZIP = b"\x1f\x8b"
_UTF8_FLAG = 0x800
_NOT_ARCHIVES = ("__MACOSX/", ".DS_Store")
# A Takeout holds every picture of a blog; none needs a look.
_MEDIA = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".mp3", ".mp4", ".mov", ".pdf")
# All that reading a file or a member of a damaged zip was seen to raise.
_UNREADABLE = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    RuntimeError,
    NotImplementedError,
    ValueError,
)


@dataclass(slots=True)
class SourceFile:
    """Bytes with a name. `position` tells how far the latest reader came, out of `size`.

    `member` is the path inside the zip or folder; empty where the file is the whole place. `next_url` is the address
    of the next page, where the server gave one along with this, and `stamp` what it tells by whether this changed.
    """

    name: str
    opener: Callable[[], BinaryIO]
    size: int
    member: str = ""
    next_url: str = ""
    stamp: str = ""
    position: int = 0

    def read_head(self) -> bytes:
        """Read the beginning.

        Raises:
            SourceError: The bytes cannot be read.
        """
        with self.open() as file:
            head = file.read(HEAD_BYTES)
        self.position = 0
        return head

    @contextmanager
    def open(self) -> Iterator[io.BufferedReader]:
        """Open from the start.

        Raises:
            SourceError: The bytes cannot be read.
        """
        self.position = 0
        with _explained(self.name):
            raw = self.opener()
        with raw:
            yield io.BufferedReader(_Counted(cast("io.BufferedReader", raw), self))


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise SourceError(
            f"cannot read the file: {mask_keys(name)!r}: {_reason(error)}: check the file, or export it again"
        ) from error


class _Counted(io.RawIOBase):
    """Tells the file how far it was read."""

    def __init__(self, raw: io.BufferedReader, file: SourceFile) -> None:
        self._raw = raw
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stub's buffer type is private
        with _explained(self._file.name):
            # What was read before the bytes end where they should not is not lost.
            data = self._raw.read1(len(buffer))
        buffer[: len(data)] = data
        self._file.position += len(data)
        return len(data)


@contextmanager
def _looking_at(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"cannot import: {str(path)!r}: {_reason(error)}: check the path and its permissions"
        ) from error


def stamp_files(path: Path) -> str:
    """Tell a file, or a folder with all that is in it, from what it was, without reading it: by sizes and times.

    Raises:
        SourceError: There is no such file, or it cannot be looked at.
    """
    with _looking_at(path):
        stats = [("", path.stat())]
        if path.is_dir():
            stats += [
                (str(Path(place, name).relative_to(path)), Path(place, name).lstat())
                for place, _, names in os.walk(path)
                for name in names
            ]
    # A folder's own time changes with files that are no archives.
    described = sorted(
        f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}" for name, stat in stats if not S_ISDIR(stat.st_mode)
    )
    return hashlib.sha256("\n".join(described).encode(errors="surrogateescape")).hexdigest()


def open_files(path: Path) -> list[SourceFile]:
    """Open a file, or every file inside a zip or folder, in the order of their names.

    What is compressed with gzip is read unpacked, and zips in a folder are opened. Links are not followed.

    Raises:
        SourceError: There is no such file, is empty, cannot be read, or is a zip bomb.
    """
    with _looking_at(path):
        if path.is_dir():
            return _open_folder(path)
        size = path.stat().st_size
        if size == 0:
            raise SourceError(f"cannot import: {str(path)!r}: the file is empty: export it again")
        if zipfile.is_zipfile(path):
            return _open_zip(path, size)
        return [_unpack(SourceFile(str(path), lambda: path.open("rb"), size))]


def _open_folder(folder: Path) -> list[SourceFile]:
    files: list[SourceFile] = []
    errors: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=errors.append):
        folders.sort()
        linked = [name for name in folders if Path(place, name).is_symlink()]
        for path in (Path(place, name) for name in sorted([*names, *linked])):
            files += _open_in_folder(path, path.relative_to(folder).as_posix())
    files += [_refuse_folder(error, folder) for error in errors]
    return sorted(files, key=lambda file: file.member)


def _open_in_folder(path: Path, member: str) -> list[SourceFile]:
    """Open a file of a folder, or every file of a zip in it. What cannot be opened says so when it is read."""
    if path.is_symlink():
        return [_refuse(str(path), member, "it is a link, and links are not followed")]
    size = path.stat().st_size
    if not path.is_file() or not _may_hold_comments(member, size):
        return []
    if zipfile.is_zipfile(path):
        try:
            return [replace(file, member=f"{member}/{file.member}") for file in _open_zip(path, size)]
        except SourceError:
            return [_refuse(str(path), member, "it is a zip that cannot be opened: import it by itself to see why")]
    file = SourceFile(str(path), partial(path.open, "rb"), size, member)  # type: ignore[arg-type]  # binary for this mode
    return [_try_to_unpack(file)]


def _refuse_folder(error: OSError, folder: Path) -> SourceFile:
    path = Path(os.fsdecode(error.filename))
    return _refuse(str(path), path.relative_to(folder).as_posix(), f"its folder: {_reason(error)}")


def _refuse(name: str, member: str, reason: str) -> SourceFile:
    """Give a file that says why it cannot be read when it is."""

    def refuse() -> BinaryIO:
        raise OSError(reason)

    return SourceFile(name, refuse, 0, member)


def _try_to_unpack(file: SourceFile) -> SourceFile:
    """Unpack one file of several; that it cannot be read is told when it is."""
    try:
        return _unpack(file)
    except SourceError:
        return file


def _unpack(file: SourceFile) -> SourceFile:
    """Read a file through gzip, if it is compressed so; what it unpacks to is bounded."""
    with file.open() as opened:
        if opened.read(len(_GZIP)) != _GZIP:
            return file
    packed = file.opener
    limit = min(MAX_UNPACKED_BYTES, max(_RATIO_MATTERS_FROM_BYTES, file.size * MAX_UNPACKED_RATIO))

    def open_unpacked() -> BinaryIO:
        return io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=packed()), limit))

    return replace(file, opener=open_unpacked)


class _Bounded(io.RawIOBase):
    """Fails where more comes than any real export holds."""

    def __init__(self, raw: io.BufferedIOBase, limit: int) -> None:
        self._raw = raw
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stub's buffer type is private
        data = self._raw.read1(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            message = "it unpacks to more than any real export does"
            raise ValueError(message)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _open_zip(path: Path, size: int) -> list[SourceFile]:
    try:
        # Stays open as long as the files in it are held: reading its listing again for each would take minutes.
        archive = zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise SourceError(f"cannot import: {str(path)!r}: {_reason(error)}: export it again") from error
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and _may_hold_comments(member.filename, member.file_size)
    ]
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > _RATIO_MATTERS_FROM_BYTES and unpacked > size * MAX_UNPACKED_RATIO):
        raise SourceError(
            f"cannot import: {str(path)!r}: it would unpack {size:,} bytes to {unpacked:,}, as no real export does: "
            "unpack it yourself if you trust it, and import the files"
        )
    # zipfile never yields more than the size the listing declares, so the check above holds.
    return [
        _open_packed(archive, member, str(path), name)
        for name, member in sorted(((_read_name(member), member) for member in members), key=lambda named: named[0])
    ]


def _read_name(member: zipfile.ZipInfo) -> str:
    """Give a member's name: UTF-8 where it can be, which many programs write without the flag that says so."""
    if member.flag_bits & _UTF8_FLAG:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _open_packed(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str, name: str) -> SourceFile:
    file = SourceFile(f"{path}/{name}", partial(_open_member, archive, member), member.file_size, name)
    return _try_to_unpack(file) if name.lower().endswith(".gz") else file


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    return archive.open(member)  # type: ignore[return-value]  # ZipExtFile reads like any binary file


def _may_hold_comments(name: str, size: int) -> bool:
    return size > 0 and not name.lower().endswith(_MEDIA) and not any(part in name for part in _NOT_ARCHIVES)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
