"""One at a time is at work on a source: nobody else changes anything of it."""

from dataclasses import replace

import pytest

from store.archive import Archive
from store.domain.refresh import RefreshKind
from store.domain.viewer import PUBLIC, Visibility
from store.errors import SourceBusyError
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.refresh.rollback import roll_back
from store.refresh.run import RefreshRun
from tests.store.factories import make_file, make_jsonl, put_source
from tests.store.refresh.histories import get_source

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


def read(archive: Archive, request: ImportRequest, text: str = "One.") -> None:
    Importer(archive, request).run([make_file(make_jsonl({"id": "1", "text": text}))])


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
