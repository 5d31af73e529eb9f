"""What an admin is told when the disk, the database or another process is in the way, and that nothing is lost."""

import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.databases import copy_file
from tests.scenarios.exports import make_new, make_old, write
from tests.scenarios.forking import Ended, Forks
from tests.scenarios.process import make_command, make_environment
from tests.store.contents import State, check_sound, read_state
from tests.waiting import PATIENCE_SECONDS

KIBIBYTE = 1024


class Disk:
    """A disk of its own, in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)

    def leave(self, free_bytes: int) -> Path:
        """Fill it, but for some bytes; the file that fills it."""
        stat = os.statvfs(self.folder)
        filler = self.folder / "filler"
        filler.write_bytes(b"\0" * (stat.f_bavail * stat.f_frsize - free_bytes))
        return filler


@contextmanager
def mounted(folder: Path, mebibytes: int, *unmounting: str) -> Iterator[Disk]:
    """Mount a disk in memory at a folder that is made for it; skip where that cannot be done."""
    folder.mkdir()
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounting.returncode:
        pytest.skip(f"no disk of its own can be made here: {mounting.stderr.strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", *unmounting, folder], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk", 64) as mounted_disk:
        yield mounted_disk


@pytest.fixture(scope="session")
def base(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of what the place beside it held before; never written to."""
    folder = tmp_path_factory.mktemp("base")
    database = folder / "archive.db"
    done = forks.run("import", write(folder / "export.jsonl", make_old()), database=database)
    assert (done.code, done.err) == (0, "")
    write(folder / "export.jsonl", make_new())
    return database


@pytest.fixture(scope="session")
def refreshed(forks: Forks, base: Path) -> State:
    """What an undisturbed refresh makes of it."""
    database = copy_file(base, base.with_name("refreshed.db"))
    assert forks.run("refresh", database=database).code == 0
    return read_state(database, 1)


def check_told(ended: Ended, *parts: str) -> None:
    """Check that a run ended with one message, and did nothing."""
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("harkback: cannot ")
    assert [part for part in parts if part not in ended.err] == [], ended.err


def check_completes(forks: Forks, database: Path, refreshed: State) -> None:
    """Check that nothing was lost, and that the next refresh does all that there is to do."""
    check_sound(copy_file(database, database.with_name("copied.db")))
    database.with_name("copied.db").unlink()
    ended = forks.run("refresh", database=database)
    assert (ended.code, ended.err) == (0, "")
    state = read_state(database, 1)
    assert [name for name in state if state[name] != refreshed[name]] == []


@pytest.mark.parametrize("kibibytes", [40, 300, 800, 1_500])
def test_refresh_on_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(
    forks: Forks, base: Path, refreshed: State, disk: Disk, kibibytes: int
):
    database = copy_file(base, disk.folder / "archive.db")
    filler = disk.leave(kibibytes * KIBIBYTE)
    ended = forks.run("refresh", database=database)
    check_told(ended, str(database), "is full: ", "free some disk space; nothing that was stored is lost")
    filler.unlink()
    check_completes(forks, database, refreshed)


def test_import_to_a_full_disk_makes_no_half_of_an_archive(forks: Forks, base: Path, disk: Disk):
    database = disk.folder / "archive.db"
    place = base.with_name("export.jsonl")
    filler = disk.leave(60 * KIBIBYTE)
    check_told(forks.run("import", place, database=database), str(database), "free some disk space")
    filler.unlink()
    assert forks.run("import", place, "--json", database=database).code == 0
    check_sound(database)
    assert len(read_state(database)["comments"]) == len(make_new())


def test_refresh_of_a_read_only_disk_is_told_about(forks: Forks, base: Path, refreshed: State, disk: Disk):
    database = copy_file(base, disk.folder / "archive.db")
    disk.remount("ro")
    check_told(forks.run("refresh", database=database), str(database), "Read-only file system", "may be written")
    disk.remount("rw")
    check_completes(forks, database, refreshed)


def test_move_to_a_full_disk_is_told_about_and_goes_on_when_there_is_room(forks: Forks, base: Path, disk: Disk):
    there = disk.folder / "there.db"
    move = ("db", "move", f"sqlite:///{base}", f"sqlite:///{there}")
    filler = disk.leave(700 * KIBIBYTE)
    ended = forks.run(*move, database=base)
    check_told(ended, str(there), "free some disk space; nothing that was stored is lost; then run this again")
    filler.unlink()
    assert forks.run(*move, database=base).code == 0
    check_sound(there)
    assert read_state(there) == read_state(base)


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Write to a database all the while, as another process does."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.slow
def test_refresh_waits_thirty_seconds_for_who_is_writing(forks: Forks, base: Path, refreshed: State, tmp_path: Path):
    database = copy_file(base, tmp_path / "archive.db")
    with locked(database):
        ended = forks.run("refresh", database=database)
    check_told(ended, str(database), "database is locked: another process is writing: try again in a moment")
    assert 30 <= ended.seconds < 40
    check_completes(forks, database, refreshed)


def test_refresh_waits_until_who_is_writing_has_done(forks: Forks, base: Path, refreshed: State, tmp_path: Path):
    database = copy_file(base, tmp_path / "archive.db")

    def write_for_a_while() -> None:
        with locked(database):
            taken.set()
            time.sleep(1.5)

    taken = threading.Event()
    other = threading.Thread(target=write_for_a_while)
    other.start()
    assert taken.wait(PATIENCE_SECONDS)
    check_completes(forks, database, refreshed)
    other.join()


class SlowPlace:
    """A place on the web that answers when it is told to."""

    def __init__(self) -> None:
        self.content = b""
        self.asked, self.may_answer = threading.Event(), threading.Event()
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place.asked.set()
                place.may_answer.wait(PATIENCE_SECONDS)
                self.send_response(200)
                self.send_header("Content-Length", str(len(place.content)))
                self.end_headers()
                self.wfile.write(place.content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/export.jsonl"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def slow_place() -> Iterator[SlowPlace]:
    with closing(SlowPlace()) as place:
        yield place


def start(*arguments: str | Path, database: Path) -> subprocess.Popen[str]:
    environment = make_environment(database, {"HARKBACK_FETCH_PRIVATE_ADDRESSES": "true"})
    return subprocess.Popen(
        make_command(*arguments),
        env=environment,
        cwd=database.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_second_refresh_at_once_says_who_is_at_it_and_the_first_goes_on(slow_place: SlowPlace, tmp_path: Path):
    database = tmp_path / "archive.db"
    slow_place.content = write(tmp_path / "export.jsonl", make_old(20)).read_bytes()
    slow_place.may_answer.set()
    assert start("import", slow_place.url, "--source", "Blog", database=database).wait(PATIENCE_SECONDS) == 0
    slow_place.content = write(tmp_path / "export.jsonl", make_old(30)).read_bytes()
    slow_place.asked.clear()
    slow_place.may_answer.clear()
    first = start("refresh", "--json", database=database)
    assert slow_place.asked.wait(PATIENCE_SECONDS)
    second = start("refresh", database=database)
    out, err = second.communicate(timeout=PATIENCE_SECONDS)
    assert (second.returncode, out) == (3, "")
    assert err.startswith(f"harkback: cannot change the source: 'Blog': process {first.pid} on ")
    assert "(refresh 2): wait until it ends, or cancel it with `harkback refreshes --cancel 2`\n" in err
    slow_place.may_answer.set()
    out, err = first.communicate(timeout=PATIENCE_SECONDS)
    assert (first.returncode, err) == (0, "")
    [report] = json.loads(out)["reports"]
    assert (report["added"], report["unchanged"]) == (10, 20)
    check_sound(database)


def test_many_refreshes_at_once_do_it_once(base: Path, refreshed: State, tmp_path: Path, forks: Forks):
    database = copy_file(base, tmp_path / "archive.db")
    running = [start("refresh", "--json", database=database) for _ in range(3)]
    ended = [(process.communicate(timeout=PATIENCE_SECONDS), process.returncode) for process in running]
    assert {code for _, code in ended} <= {0, 3}
    done = [json.loads(out)["reports"][0] for (out, _), code in ended if code == 0]
    assert (sum(one["added"] for one in done), sum(one["deleted"] for one in done)) == (330, 192)
    for (_, err), code in ended:
        assert ("cannot change the source" in err) == (code == 3)
    check_completes(forks, database, refreshed)


def test_refresh_of_an_archive_that_has_gone_says_that_there_is_nothing(forks: Forks, tmp_path: Path):
    ended = forks.run("refresh", database=tmp_path / "archive.db")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == "harkback: nothing to refresh: the archive has no source: import one first\n"


def truncate(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 3)


def scribble(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x5a" * (database.stat().st_size - 4096))


def replace_by_text(database: Path) -> None:
    database.write_text("This was an archive once. " * 1_000)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (truncate, "malformed: restore the file from a backup, or import everything into a new one"),
        (scribble, "malformed: restore the file from a backup, or import everything into a new one"),
        (replace_by_text, "file is not a database: name another file; this one is something else"),
    ],
)
def test_refresh_of_a_damaged_archive_is_told_about_and_a_backup_goes_on(
    forks: Forks, base: Path, refreshed: State, tmp_path: Path, damage: Callable[[Path], None], reason: str
):
    database = copy_file(base, tmp_path / "archive.db")
    damage(database)
    check_told(forks.run("refresh", database=database), str(database), reason)
    copy_file(base, database)
    check_completes(forks, database, refreshed)


def test_archive_that_is_moved_away_while_it_is_refreshed_is_missed(slow_place: SlowPlace, tmp_path: Path):
    database, away = tmp_path / "archive.db", tmp_path / "away"
    slow_place.content = write(tmp_path / "export.jsonl", make_old(20)).read_bytes()
    slow_place.may_answer.set()
    assert start("import", slow_place.url, "--source", "Blog", database=database).wait(PATIENCE_SECONDS) == 0
    slow_place.content = write(tmp_path / "export.jsonl", make_old(30)).read_bytes()
    slow_place.asked.clear()
    slow_place.may_answer.clear()
    running = start("refresh", database=database)
    assert slow_place.asked.wait(PATIENCE_SECONDS)
    away.mkdir()
    with ExitStack() as moved:
        for path in tmp_path.glob("archive.db*"):
            shutil.move(path, away / path.name)
            moved.callback(shutil.move, away / path.name, path)
        slow_place.may_answer.set()
        out, err = running.communicate(timeout=PATIENCE_SECONDS)
        assert (running.returncode, out) == (3, "")
        assert err == (
            f"harkback: cannot use the archive: 'sqlite:///{database}': the file was removed or replaced while it was "
            "in use: put it back, or a backup in its place, and run this again\n"
        )
        assert list(tmp_path.glob("archive.db*")) == []
    assert start("refresh", database=database).wait(PATIENCE_SECONDS) == 0
    check_sound(database)
    assert len(read_state(database)["comments"]) == 30
