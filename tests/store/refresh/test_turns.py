"""One at a time is at work on a source: nobody else changes anything of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from sqlalchemy import text

from store.archive import Archive
from store.domain.refresh import ProblemGroup, RefreshKind, RefreshState
from store.domain.source import Source
from store.domain.viewer import PUBLIC, Visibility
from store.errors import RefreshCancelledError, RefreshLostError, SourceBusyError
from store.refresh.intake import Intake
from store.refresh.owner import Process
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest, Reading, Runs
from store.refresh.rollback import roll_back
from store.refresh.run import RefreshRun
from store.repositories.refreshes import RefreshKey
from tests.store.factories import dump, make_comment, make_file, make_jsonl, put_source
from tests.store.refresh.histories import get_source, refresh

REQUEST = ImportRequest("/Harbour.jsonl", "Harbour", source_name="Harbour")
# Everything about it that an import may change.
OTHER = replace(
    REQUEST,
    location="/other.jsonl",
    format_name="jsonl",
    visibility=Visibility("nobody"),
    include_private=True,
    accept_removals=True,
)


def read(archive: Archive, request: ImportRequest, said: str = "One.") -> None:
    Importer(archive, request).run([make_file(make_jsonl({"id": "1", "text": said}))])


def test_import_while_somebody_is_at_work_changes_nothing(archive: Archive):
    read(archive, REQUEST)
    before = get_source(archive)
    with RefreshRun(archive, before, RefreshKind.REFRESH), pytest.raises(SourceBusyError):
        read(archive, OTHER)
    assert get_source(archive) == before
    read(archive, OTHER)
    assert get_source(archive) == replace(
        before,
        location="/other.jsonl",
        visibility=Visibility("nobody"),
        include_private=True,
        is_format_given=True,
    )


def test_import_during_a_rollback_leaves_the_source_held(archive: Archive):
    read(archive, REQUEST)
    read(archive, REQUEST, "Two.")

    def interfere(_: object) -> None:
        with pytest.raises(SourceBusyError):
            read(archive, OTHER)

    roll_back(archive, get_source(archive), index=interfere)
    assert get_source(archive).is_held


def test_import_that_failed_leaves_the_source_held(archive: Archive):
    read(archive, REQUEST)
    read(archive, REQUEST, "Two.")
    roll_back(archive, get_source(archive))

    def fail(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Importer(archive, OTHER, fail).run([make_file(make_jsonl({"id": "1", "text": "Three."}))])
    assert get_source(archive).is_held


def test_source_that_came_meanwhile_is_changed_by_nobody_else(archive: Archive):
    known = put_source(archive)
    with RefreshRun(archive, known, RefreshKind.IMPORT) as run:
        with pytest.raises(SourceBusyError):
            archive.put_source("Harbour", "jsonl", "/other.jsonl", None)
        assert archive.put_source("Harbour", "jsonl", "/other.jsonl", None, refresh=run.key()).visibility == PUBLIC
    assert get_source(archive).location == "/other.jsonl"


# Taken for dead


def take_over(archive: Archive, refresh_id: int) -> None:
    """Let a refresh be taken for dead, as another machine does that has not seen it for long."""
    with archive.database.writing() as connection:
        connection.execute(text("UPDATE refresh SET state = 'interrupted' WHERE id = :id"), {"id": refresh_id})


def begin_refresh(archive: Archive) -> tuple[Runs, Importer]:
    request = replace(REQUEST, is_refresh=True)
    runs = Runs(archive, request, lambda _: None)
    return runs, Importer(archive, request, runs=runs)


def test_refresh_that_was_taken_for_dead_ends_no_hold(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    read(archive, REQUEST)
    runs, importer = begin_refresh(archive)
    remove_missing = Importer._remove_missing

    def lose(self: Importer, intake: Intake) -> int:
        # All is stored, and nothing of that is noted: somebody else takes it for dead, and undoes it.
        assert intake.key
        take_over(archive, intake.key.id)
        roll_back(archive, get_source(archive), intake.key.id)
        return remove_missing(self, intake)

    monkeypatch.setattr(Importer, "_remove_missing", lose)
    with pytest.raises(RefreshLostError, match="'Harbour'"):
        importer.run([make_file(make_jsonl({"id": "1", "text": "Two."}))])
    assert runs.by_name["Harbour"].id == 2
    assert get_source(archive).is_held
    assert [one.state for one in archive.refreshes.list_latest()] == ["done", "interrupted", "done"]


def test_unchanged_refresh_that_was_taken_for_dead_notes_nothing(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    read(archive, REQUEST)
    before = [summary.refreshed for summary in archive.list_sources()]
    runs, importer = begin_refresh(archive)
    has_nothing_to_do = Importer._has_nothing_to_do

    def lose(self: Importer, survey: Reading, stopped: Mapping[str, str]) -> bool:
        take_over(archive, runs.by_name["Harbour"].id)
        return has_nothing_to_do(self, survey, stopped)

    monkeypatch.setattr(Importer, "_has_nothing_to_do", lose)
    with pytest.raises(RefreshLostError):
        importer.run([make_file(make_jsonl({"id": "1", "text": "One."}))])
    assert [summary.refreshed for summary in archive.list_sources()] == before


def note_with(archive: Archive, source: Source, key: RefreshKey) -> list[Callable[[], object]]:
    """Give everything that a refresh notes of a source beside its comments."""
    return [
        lambda: archive.put_source("Harbour", "jsonl", "/other.jsonl", None, refresh=key),
        lambda: archive.note_refreshed(source, source.location, refresh=key),
        lambda: archive.note_unchanged(source, key),
        lambda: archive.note_problems(source, source.location, [ProblemGroup("odd", 1, ())], key),
        lambda: archive.close_channels(source, ["C1"], key),
        lambda: archive.purging.delete_empty(source, key),
    ]


@pytest.mark.parametrize("number", range(6))
def test_refresh_that_was_taken_for_dead_notes_nothing(archive: Archive, number: int):
    refresh(archive, make_comment(channel="plans", thread="C1:1"))
    # Without a comment of it, its discussion would go.
    refresh(archive, make_comment("other", thread="C1:2"))
    archive.delete_comments(get_source(archive), ["other"])
    run = RefreshRun(archive, get_source(archive), RefreshKind.REFRESH)
    take_over(archive, run.id)
    before = dump(archive)
    note = note_with(archive, run.source, run.key())[number]
    with pytest.raises(RefreshLostError), run:
        note()
    assert dump(archive) == before


def test_refreshes_beside_one_that_was_taken_for_dead_have_failed(archive: Archive):
    runs = Runs(archive, REQUEST, lambda _: None)
    runs.get(put_source(archive, "Other"))
    run = runs.get(put_source(archive))
    take_over(archive, run.id)
    with pytest.raises(RefreshLostError) as lost, runs.opened:
        archive.purging.delete_empty(run.source, run.key())
    other, mine = reversed(archive.refreshes.list_latest())
    assert (other.state, other.message) == (RefreshState.FAILED, str(lost.value))
    assert (mine.state, mine.ended_at, lost.value.refresh_id) == (RefreshState.INTERRUPTED, None, mine.id)
    archive.refreshes.check_idle(archive.get_source("Other"), Process.current())


# Told


def test_what_was_cancelled_says_of_which_source_why_and_what_to_do(archive: Archive):
    run = RefreshRun(archive, put_source(archive), RefreshKind.REFRESH)
    archive.refreshes.cancel(run.id)
    with pytest.raises(RefreshCancelledError) as told, run:
        archive.note_unchanged(run.source, run.key())
    reason = "cannot go on with the source: 'Harbour': it was cancelled: what was stored is kept; run it again to go on"
    assert (str(told.value), archive.refreshes.get(run.id).message) == (reason, reason)


def test_what_was_taken_for_dead_says_of_which_source_why_and_what_to_do(archive: Archive):
    run = RefreshRun(archive, put_source(archive), RefreshKind.REFRESH)
    take_over(archive, run.id)
    with pytest.raises(RefreshLostError) as told, run:
        archive.note_unchanged(run.source, run.key())
    reason = "this process was silent for so long that another took it over: run it again"
    assert str(told.value) == f"cannot go on with the source: 'Harbour': {reason}"
