"""Tests of what it takes to answer, over a real archive."""

import pytest
from sqlalchemy import text

from bot.telemetry.checks import Connection, make_checks
from bot.telemetry.readiness import Finding, Readiness
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.migrate import HEAD
from store.search.live_index import LiveIndex
from tests.store.factories import make_comment, put_indexed

_PATIENCE = 20.0

UNFIT = "it does not fit this program: `harkback db upgrade --check` says why"


def look(archive: Archive, live: LiveIndex | None = None, connection: Connection | None = None) -> dict[str, Finding]:
    checks = make_checks(archive, live or LiveIndex(archive, HashingEncoder()), connection)
    return Readiness(checks, _PATIENCE).look()


def test_new_archive_is_ready_where_slack_posts(archive: Archive):
    assert look(archive) == {
        "model": Finding(is_good=True, detail="loaded"),
        "database": Finding(is_good=True, detail="can be read"),
        "schema": Finding(is_good=True, detail=HEAD),
        "slack": Finding(is_good=True, detail="posts here"),
    }


@pytest.mark.parametrize(("is_up", "detail"), [(True, "connected"), (False, "not connected")])
def test_slack_has_to_be_connected_where_that_is_ours_to_keep(archive: Archive, detail: str, *, is_up: bool):
    found = look(archive, connection=Connection(lambda: is_up, lambda: 0))
    assert found["slack"] == Finding(is_good=is_up, detail=detail)


def test_model_that_cannot_be_loaded_is_told(archive: Archive):
    put_indexed(archive, HashingEncoder(), make_comment("1"))
    other = HashingEncoder(16)
    live = LiveIndex(archive, other, wanted=HashingEncoder().id.key)
    live.follow()
    found = look(archive, live)["model"]
    assert (found.is_good, "by words alone" in found.detail) == (False, True)


@pytest.mark.parametrize(
    ("revision", "is_good"), [("0001", False), (HEAD, True), (f"9999_fits_{HEAD[:4]}", True), ("9999", False)]
)
def test_schema_has_to_fit_the_program(archive: Archive, revision: str, *, is_good: bool):
    with archive.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    found = look(archive)["schema"]
    assert found == Finding(is_good=is_good, detail=revision if is_good else UNFIT)


@pytest.mark.parametrize(
    ("statement", "detail"), [("DROP TABLE archive_state", "cannot be read"), ("DROP TABLE alembic_version", UNFIT)]
)
def test_database_that_lacks_something_is_told_without_its_place(archive: Archive, statement: str, detail: str):
    with archive.database.writing() as connection:
        connection.execute(text(statement))
    found = look(archive)
    assert [one.detail for one in found.values() if not one.is_good] == [detail]
