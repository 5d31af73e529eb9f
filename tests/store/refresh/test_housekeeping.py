import json
import resource
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, func, select, text

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db import sqlite
from store.db.tables import FormerCommentRow, VectorRow
from store.domain.comment import Comment
from store.domain.refresh import RefreshCounts, RefreshKind, RefreshState
from store.errors import UnknownRefreshError
from store.refresh.housekeeping import PURGE_EVERY, Housekeeping
from store.refresh.owner import Process
from store.refresh.pipeline import Importer
from store.refresh.reading import TOO_OLD, ImportRequest
from store.refresh.rollback import roll_back
from store.refresh.run import RefreshRun
from store.repositories import purging
from store.repositories.refreshes import RefreshKey
from tests.store.conftest import ON_SQLITE
from tests.store.factories import (
    NOON,
    dump,
    find_holding,
    make_comment,
    make_file,
    make_jsonl,
    put_source,
    read_texts,
)
from tests.store.refresh.histories import Mortal, describe, dump_rows, get_source, index, refresh

NOW = timedelta(0)
MONTH = timedelta(days=30)
YEAR = timedelta(days=365)


def tidy(archive: Archive, keep_removed: timedelta = MONTH, retention: timedelta | None = None) -> list[str]:
    return Housekeeping(archive, keep_removed, retention, index(archive, HashingEncoder())).run()


def make_aged(native_id: str, age: timedelta, text: str = "") -> Comment:
    return make_comment(native_id, text or f"Said by {native_id}.", published=datetime.now(UTC) - age, thread=native_id)


def count_former(archive: Archive) -> int:
    with archive.database.reading() as connection:
        return connection.scalars(select(func.count()).select_from(FormerCommentRow)).one()


def count_vectors(archive: Archive) -> int:
    with archive.database.reading() as connection:
        return connection.scalars(select(func.count()).select_from(VectorRow)).one()


def let_pass(archive: Archive, refresh_id: int, time: timedelta) -> None:
    """Let a refresh have ended some time ago, and the vectors that are in no passage have been so since."""
    with archive.database.writing() as connection:
        then = {"then": f"{datetime.now(UTC) - time:%Y-%m-%d %H:%M:%S.%f}", "id": refresh_id}
        connection.execute(text("UPDATE refresh SET seen_at = :then, ended_at = :then WHERE id = :id"), then)
        connection.execute(text("UPDATE text_vector SET unused_since = :then WHERE unused_since IS NOT NULL"), then)


# What was removed or edited


def test_purge_takes_what_is_kept_too_long_and_nothing_else(archive: Archive):
    refresh(archive, make_comment("1", "First."), make_comment("2", "Second."))
    second = refresh(archive, make_comment("1", "Edited."), gone=["2"])
    third = refresh(archive, make_comment("1", "Edited again."))
    let_pass(archive, second, MONTH + PURGE_EVERY + timedelta(minutes=1))
    let_pass(archive, third, MONTH - timedelta(minutes=1))
    before = describe(archive)
    assert tidy(archive) == []
    assert (count_former(archive), describe(archive)) == (1, before)
    assert [one.is_purged for one in archive.refreshes.list_latest()] == [False, True, False]
    assert roll_back(archive, get_source(archive)).undoes_id == third
    assert read_texts(archive) == {"Harbour/1": "Edited."}


def test_purge_takes_vectors_that_nothing_has_had_for_so_long(archive: Archive):
    refresh(archive, make_comment("1", "First."), make_comment("2", "Second."))
    number = refresh(archive, gone=["2"])
    let_pass(archive, number, MONTH - timedelta(minutes=1))
    tidy(archive)
    assert count_vectors(archive) == 2
    let_pass(archive, number, MONTH + PURGE_EVERY + timedelta(minutes=1))
    tidy(archive)
    assert count_vectors(archive) == 1


def test_purge_at_once_where_nothing_is_to_be_kept(archive: Archive):
    refresh(archive, make_comment("1", "First."))
    refresh(archive, make_comment("1", "Edited."))
    assert tidy(archive, NOW) == []
    assert (count_former(archive), count_vectors(archive)) == (0, 1)
    with pytest.raises(UnknownRefreshError, match="HARKBACK_KEEP_REMOVED"):
        roll_back(archive, get_source(archive))


def test_purge_in_parts_takes_all(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(purging, "ROWS_AT_ONCE", 2)
    ids = [str(number) for number in range(7)]
    refresh(archive, *(make_comment(one, f"First {one}.", title="One", thread=one) for one in ids))
    refresh(archive, *(make_comment(one, f"Second {one}.", title="Two", thread=one) for one in ids))
    tidy(archive, NOW)
    assert (count_former(archive), count_vectors(archive)) == (0, 7)
    assert archive.undoing.find_former_discussions(get_source(archive), 1) == {}


def test_purge_with_nothing_to_take_writes_nothing(archive: Archive):
    refresh(archive, make_comment("1"), make_comment("2"))
    refresh(archive, gone=["2"])
    generation = archive.searching.read_generation()
    watched = Mortal(archive, 99)
    with watched.living():
        assert tidy(archive, MONTH, YEAR * 900) == []
    assert (watched.writes, archive.searching.read_generation()) == (0, generation)


def test_purge_leaves_a_source_alone_that_somebody_is_at_work_on(archive: Archive):
    refresh(archive, make_comment("1", "First."))
    refresh(archive, make_comment("1", "Edited."))
    refresh(archive, make_comment("1", "First."), source="Other")
    refresh(archive, make_comment("1", "Edited."), source="Other")
    with RefreshRun(archive, get_source(archive), RefreshKind.ROLLBACK):
        assert tidy(archive, NOW) == []
    assert [one.is_purged for one in archive.refreshes.list_latest()] == [False, True, False, False, False]
    tidy(archive, NOW)
    assert count_former(archive) == 0


@contextmanager
def counting_rewrites(archive: Archive) -> Iterator[list[bool]]:
    """Note each time that the file is written anew."""
    rewrites: list[bool] = []
    erase_traces = archive.database.erase_traces

    def erase() -> bool:
        rewrites.append(erase_traces())
        return rewrites[-1]

    archive.database.erase_traces = erase  # type: ignore[method-assign]
    yield rewrites
    del archive.database.erase_traces


def test_purge_does_nothing_where_somebody_is_at_work_on_all_sources(archive: Archive):
    refresh(archive, make_comment("1", "First.", title="One"))
    refresh(archive, make_comment("1", "Edited.", title="Two"))
    refresh(archive, make_comment("2", thread="t2"))
    # Its discussion is empty now, as between two steps of what is at work.
    archive.delete_comments(get_source(archive), ["2"])
    archive.purging.purge_unused_vectors()
    before = dump(archive)
    with RefreshRun(archive, get_source(archive), RefreshKind.ROLLBACK), counting_rewrites(archive) as rewrites:
        assert not archive.purging.purge(datetime.now(UTC) + MONTH, Process.current())
    assert (rewrites, dump(archive)) == ([], before)


def test_purge_writes_the_file_anew_once_a_day_however_often_something_comes_of_age(archive: Archive):
    refresh(archive, make_comment("1", "First."))
    edits = [refresh(archive, make_comment("1", f"Edited {number} times.")) for number in range(4)]
    ages = (timedelta(hours=25), timedelta(hours=23), timedelta(hours=1), timedelta(hours=-1))
    for edit, age in zip(edits[1:], ages[1:], strict=True):
        let_pass(archive, edit, MONTH + age)
    let_pass(archive, edits[0], MONTH + ages[1])
    with counting_rewrites(archive) as rewrites:
        tidy(archive)
        assert (rewrites, count_former(archive)) == ([], 4)
        let_pass(archive, edits[0], MONTH + ages[0])
        # It takes all that need not be kept with it.
        tidy(archive)
        tidy(archive)
        assert (rewrites, count_former(archive)) == ([True], 1)


def test_purge_waits_no_longer_than_what_was_removed_is_kept(archive: Archive):
    refresh(archive, make_comment("1", "First."))
    number = refresh(archive, make_comment("1", "Edited."))
    hour = timedelta(hours=1)
    let_pass(archive, number, 1.9 * hour)
    tidy(archive, hour)
    assert count_former(archive) == 1
    let_pass(archive, number, 2.1 * hour)
    tidy(archive, hour)
    assert count_former(archive) == 0


def test_purge_takes_what_one_kept_that_nobody_saw_end(archive: Archive):
    refresh(archive, make_comment("1", "First."))
    source = get_source(archive)
    dead = archive.refreshes.begin(source, RefreshKind.REFRESH, Process("process 4194305 on elsewhere (1)"))
    archive.delete_comments(source, ["1"], RefreshKey(dead))
    let_pass(archive, dead, MONTH * 2)
    with archive.database.writing() as connection:
        connection.execute(text("UPDATE refresh SET ended_at = NULL WHERE id = :id"), {"id": dead})
    tidy(archive)
    assert (count_former(archive), archive.refreshes.get(dead).is_purged) == (0, True)


def test_purge_killed_at_any_write_and_run_again_equals_one_run(
    make_archive: Callable[[], Archive],
    copy_archive: Callable[[Archive, Archive], None],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(purging, "ROWS_AT_ONCE", 2)
    begun, whole, killed = make_archive(), make_archive(), make_archive()
    ids = [str(number) for number in range(5)]
    refresh(begun, *(make_comment(one, f"First {one}.", title="One", thread=one) for one in ids))
    refresh(begun, *(make_comment(one, f"Second {one}.", title="Two", thread=one) for one in ids))
    copy_archive(begun, whole)
    immortal = Mortal(whole, 10_000)
    with immortal.living():
        tidy(whole, NOW)
    assert immortal.writes > 9
    expected = dump_rows(whole, 9)
    for dies_at in range(1, immortal.writes + 1):
        copy_archive(begun, killed)
        with Mortal(killed, dies_at).living():
            tidy(killed, NOW)
        if dies_at > 1:
            with pytest.raises(UnknownRefreshError, match="HARKBACK_KEEP_REMOVED"):
                roll_back(killed, get_source(killed))
        tidy(killed, NOW)
        assert dump_rows(killed, 9) == expected, dies_at


def test_emptied_discussions_go_when_their_titles_are_not_kept_any_more(archive: Archive):
    refresh(archive, make_comment("1", title="One"))
    refresh(archive, make_comment("1", title="Two"), make_comment("2", thread="t2"))
    refresh(archive, gone=["1"])
    tidy(archive, NOW)
    with archive.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT native_id FROM discussion").all() == [("t2",)]


# The text is gone from the files


SECRET = "Zxqvorlandish"


def read_bytes(archive: Archive) -> bytes:
    """Everything in the files of the database."""
    path = Path(archive.database.place.removeprefix("sqlite:///"))
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


CROWD = 300


def make_crowd(archive: Archive) -> None:
    """Put so many comments with a secret each, and edit them so often, that the database moves them about."""
    chance = Random(2)
    for count in (CROWD, CROWD // 2, CROWD // 2):
        some = chance.sample(range(CROWD), count)
        refresh(archive, *(make_member(number, "so it goes on " * chance.randrange(90)) for number in some))


def make_member(number: int, text: str) -> Comment:
    title = f"Moonshed{number:03}ding"
    said = f"{SECRET}{number:03} {text} wombattery{number:03}"
    return make_comment(f"c{number}", said, author=f"Quillondra{number:03}", title=title, thread=f"t{number}")


def find_left(archive: Archive, numbers: Sequence[int] = range(CROWD)) -> set[int]:
    """Give those of whose secrets, names and titles there is a trace in the files."""
    held = read_bytes(archive).lower()
    words = ("zxqvorlandish{:03}", "wombattery{:03}", "quillondra{:03}", "moonshed{:03}")
    return {number for number in numbers if any(word.format(number).encode() in held for word in words)}


GONE = range(0, CROWD, 3)


@ON_SQLITE
def test_text_that_was_removed_is_gone_from_the_file_once_it_is_purged(archive: Archive):
    make_crowd(archive)
    refresh(archive, gone=[f"c{number}" for number in GONE])
    tidy(archive)
    assert find_left(archive) == {*range(CROWD)}
    tidy(archive, NOW)
    assert find_left(archive) == {*range(CROWD)} - {*GONE}


@ON_SQLITE
def test_text_that_was_edited_is_gone_from_the_file_once_it_is_purged(archive: Archive):
    make_crowd(archive)
    edited = [make_comment(f"c{number}", "Nothing.", title="Else", thread=f"t{number}") for number in GONE]
    refresh(archive, *edited)
    tidy(archive, NOW)
    assert find_left(archive) == {*range(CROWD)} - {*GONE}


@ON_SQLITE
def test_text_that_is_too_old_is_gone_from_the_file(archive: Archive):
    make_crowd(archive)
    refresh(archive, make_aged("new", NOW))
    tidy(archive, MONTH, YEAR)
    assert set(read_texts(archive)) == {"Harbour/new"}
    assert find_left(archive) == set()


def test_words_that_are_left_are_found_as_before_after_a_purge(archive: Archive):
    make_crowd(archive)
    refresh(archive, gone=[f"c{number}" for number in GONE])
    before = describe(archive), find_holding(archive, "goes")
    tidy(archive, NOW)
    assert (describe(archive), find_holding(archive, "goes")) == before
    with archive.database.writing() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("INSERT INTO comment_words (comment_words) VALUES ('integrity-check')"))


# What is too old


def test_retention_removes_what_is_too_old_as_a_refresh(archive: Archive):
    refresh(archive, make_aged("old", YEAR * 2), make_aged("new", MONTH), make_comment("undated", published=None))
    refresh(archive, make_aged("old", YEAR * 3), source="Other")
    refresh(archive, make_aged("new", MONTH), source="Young")
    assert tidy(archive, MONTH, YEAR) == []
    assert set(read_texts(archive)) == {"Harbour/new", "Harbour/undated", "Young/new"}
    done = {one.source: one for one in archive.refreshes.list_latest() if one.kind is RefreshKind.RETENTION}
    assert {name: (one.state, one.counts) for name, one in done.items()} == {
        "Harbour": (RefreshState.DONE, RefreshCounts(deleted=1, unchanged=2)),
        "Other": (RefreshState.DONE, RefreshCounts(deleted=1)),
    }
    assert archive.indexing.count_changes() == 0
    assert count_vectors(archive) == 2
    assert tidy(archive, MONTH, YEAR) == []
    assert len([one for one in archive.refreshes.list_latest() if one.kind is RefreshKind.RETENTION]) == 2


def test_retention_keeps_nothing_of_what_it_removes(archive: Archive):
    refresh(archive, make_aged("old", YEAR * 2), make_aged("new", MONTH))
    refresh(archive, make_aged("old", YEAR * 2, "Edited."), make_aged("new", MONTH, "Edited."))
    refresh(archive, gone=["new"])
    number = refresh(archive, make_aged("older", YEAR * 2), make_aged("newer", NOW))
    refresh(archive, gone=["older"])
    tidy(archive, MONTH, YEAR)
    with archive.database.reading() as connection:
        kept = connection.scalars(select(FormerCommentRow.native_id)).all()
    assert sorted(kept) == ["new", "new"]
    roll_back(archive, get_source(archive), number)
    assert read_texts(archive) == {}
    roll_back(archive, get_source(archive), 3)
    assert set(read_texts(archive)) == {"Harbour/new"}


@pytest.mark.parametrize("is_removed", [False, True])
def test_retention_keeps_no_title_of_a_discussion_that_it_empties(archive: Archive, *, is_removed: bool):
    old, young = make_aged("old", YEAR + MONTH), make_aged("young", NOW)
    for title in ("Old words", "Old words, edited"):
        refresh(archive, young, replace(old, discussion=replace(old.discussion, title=title)))
    if is_removed:
        refresh(archive, gone=["old"])
    tidy(archive, retention=YEAR)
    with archive.database.reading() as connection:
        assert connection.scalars(text("SELECT native_id FROM discussion")).all() == ["young"]
        assert connection.scalars(text("SELECT title FROM former_discussion")).all() == []


def test_retention_leaves_a_source_for_later_that_somebody_is_at_work_on(archive: Archive):
    refresh(archive, make_aged("old", YEAR * 2))
    refresh(archive, make_aged("old", YEAR * 2), source="Other")
    with RefreshRun(archive, get_source(archive), RefreshKind.REFRESH) as at_work:
        [left] = tidy(archive, MONTH, YEAR)
    assert left.startswith("cannot change the source: 'Harbour': ")
    assert f"refresh {at_work.id}" in left
    assert set(read_texts(archive)) == {"Harbour/old"}
    assert tidy(archive, MONTH, YEAR) == []
    assert read_texts(archive) == {}


def test_retention_in_parts_killed_at_any_write_and_run_again_equals_one_run(
    make_archive: Callable[[], Archive],
    copy_archive: Callable[[Archive, Archive], None],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(purging, "ROWS_AT_ONCE", 2)
    begun, whole, killed = make_archive(), make_archive(), make_archive()
    refresh(begun, *(make_aged(str(number), YEAR * (number % 3)) for number in range(9)))
    refresh(begun, make_aged("1", YEAR, "Edited."), make_aged("3", NOW, "Edited."))
    copy_archive(begun, whole)
    immortal = Mortal(whole, 10_000)
    with immortal.living():
        tidy(whole, MONTH, YEAR - MONTH)
    assert immortal.writes > 6
    expected = dump_rows(whole, 3)
    for dies_at in range(1, immortal.writes + 1):
        copy_archive(begun, killed)
        with Mortal(killed, dies_at).living():
            tidy(killed, MONTH, YEAR - MONTH)
        tidy(killed, MONTH, YEAR - MONTH)
        assert dump_rows(killed, 3) == expected, dies_at


def test_import_leaves_out_what_is_too_old_and_removes_it_where_it_is_known(archive: Archive):
    records = [
        {"id": "old", "text": "Old.", "date": "2001-01-01T00:00:00Z"},
        {"id": "new", "text": "New.", "date": "2019-03-02T00:00:00Z"},
        {"id": "undated", "text": "Undated."},
    ]
    content = make_jsonl(*records)
    request = ImportRequest("/export.jsonl", "Harbour", format_name="jsonl")
    Importer(archive, request).run([make_file(content)])
    assert len(read_texts(archive)) == 3
    limited = ImportRequest("/export.jsonl", "Harbour", format_name="jsonl", keep_after=NOON)
    for deleted in (1, 0):
        [report] = Importer(archive, limited).run([make_file(content)])
        assert (report.deleted, report.unchanged, report.left_out) == (deleted, 2, ((TOO_OLD, 1),))
        assert report.problem_count == 0
    assert set(read_texts(archive)) == {"Harbour/new", "Harbour/undated"}


@pytest.mark.parametrize("seconds", [-1, 0])
def test_import_takes_what_is_just_young_enough(archive: Archive, seconds: int):
    published = NOON + timedelta(seconds=seconds)
    request = ImportRequest("/export.jsonl", "Harbour", format_name="jsonl", keep_after=NOON)
    content = json.dumps({"id": "1", "text": "Text.", "date": published.isoformat()})
    Importer(archive, request).run([make_file(content)])
    assert len(read_texts(archive)) == (1 if seconds == 0 else 0)


@pytest.fixture
def broken(archive: Archive) -> Iterator[Archive]:
    put_source(archive)
    with archive.database.writing() as connection:
        connection.execute(text("ALTER TABLE text_vector RENAME TO elsewhere"))
    yield archive
    with archive.database.writing() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO text_vector"))


def test_housekeeping_that_cannot_be_done_says_why(broken: Archive):
    [left] = tidy(broken)
    assert left.startswith("cannot use the archive: ")


@pytest.fixture
def make_disk_full(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Let there be no room on the disk from when the file is written anew, which takes the most, until this is over."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    merge_words = sqlite._merge_words

    def fill(engine: Engine) -> None:
        merge_words(engine)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))

    with monkeypatch.context() as patched:
        yield lambda: patched.setattr(sqlite, "_merge_words", fill)
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@ON_SQLITE
def test_purge_says_that_the_disk_is_full(archive: Archive, make_disk_full: Callable[[], None]):
    refresh(archive, *(make_comment(str(number), f"Said {number}. " * 99) for number in range(50)))
    refresh(archive, gone=["1"])
    make_disk_full()
    [left] = tidy(archive, NOW)
    assert left.startswith("cannot use the archive: ")
    assert left.endswith("nothing that was stored is lost")
    assert len(read_texts(archive)) == 49
