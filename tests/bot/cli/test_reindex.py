import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.cli import reindex as verb
from bot.sample import COMMENTS
from embeddings.errors import ModelNotFoundError
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db import migrate
from store.db.engine import Database
from store.refresh.owner import Process
from tests.bot.cli.conftest import Run
from tests.store.refresh.histories import NO_NUMBER

QUESTION = ("ask", "what was said about unconferences", "--json")


def read(archive: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(archive)) as connection:
        return connection.execute(statement).fetchall()


def list_encoders(archive: Path) -> list[tuple[Any, ...]]:
    return read(archive, "SELECT name, state FROM encoder ORDER BY id")


def begin(archive: Path, name: str, key: str, owner: Process | None = None) -> None:
    """Begin to change the archive to another model, by a process that is gone, or by another."""
    with closing(Archive.open(f"sqlite:///{archive}")) as opened:
        opened.indexing.begin_reindex(key, name, owner or Process.of(NO_NUMBER))


def test_reindex_changes_the_model_and_gives_a_receipt(run: Run, archive: Path):
    done = run("reindex", "--model", "hashing:16", "--json")
    assert (done.code, done.err) == (0, "")
    receipt = done.json
    assert receipt.pop("seconds") >= 0
    assert receipt == {
        "model": "hashing:16",
        "key": "hashing@1:16:words",
        "comments": 165,
        "passages": 169,
        "embedded": 169,
        "gave_up": "",
        "state": "done",
    }
    assert list_encoders(archive) == [("hashing:16", "active")]
    assert read(archive, "SELECT DISTINCT length(data) FROM text_vector") == [(64,)]
    assert run(*QUESTION).json["outcome"] == "answered"


def test_reindex_tells_people_what_it_did(run: Run, archive: Path):
    done = run("reindex", "--model", "hashing:16")
    assert done.out.startswith(
        "hashing:16 is the archive's model now: 165 comments in 169 passages, 169 texts embedded, "
    )
    assert list_encoders(archive) == [("hashing:16", "active")]


@pytest.mark.usefixtures("archive")
def test_reindex_with_the_archives_own_model_has_nothing_to_do(run: Run, monkeypatch: pytest.MonkeyPatch):
    said = "Nothing to do: hashing is the archive's model. Name another with --model.\n"
    for arguments in ((), ("--model", "hashing"), ("--model", "hashing", "--instead")):
        done = run("reindex", *arguments)
        assert (done.code, done.out, done.err) == (0, said, "")
    monkeypatch.delenv("HARKBACK_MODEL")
    assert run("reindex").out == said
    assert run("reindex", "--json").json["state"] == "nothing_to_do"


def test_reindex_takes_the_model_of_the_settings(run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_MODEL", "hashing:24")
    done = run("reindex", "--json")
    assert (done.code, done.json["model"]) == (0, "hashing:24")
    assert list_encoders(archive) == [("hashing:24", "active")]
    assert run("reindex", "--json").json["state"] == "nothing_to_do"


@pytest.mark.parametrize("arguments", [(), ("--model", "hashing:16")])
def test_reindex_that_was_killed_goes_on(run: Run, archive: Path, arguments: tuple[str, ...]):
    begin(archive, "hashing:16", "hashing@1:16:words")
    done = run("reindex", *arguments, "--json")
    assert (done.code, done.json["model"], done.json["state"]) == (0, "hashing:16", "done")
    assert list_encoders(archive) == [("hashing:16", "active")]


def test_first_model_of_an_archive_that_was_half_done_is_gone_on_with(
    run: Run, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "one.jsonl").write_text('{"text": "Wikis are gardens."}\n')
    monkeypatch.setenv("HARKBACK_MODEL", f"{tmp_path}/nowhere")
    assert run("import", tmp_path / "one.jsonl").code == 3
    begin(database, "hashing:16", "hashing@1:16:words")
    monkeypatch.delenv("HARKBACK_MODEL")
    done = run("reindex", "--json")
    assert (done.code, done.json["model"], done.json["embedded"]) == (0, "hashing:16", 1)
    assert list_encoders(database) == [("hashing:16", "active")]


def test_reindex_with_another_model_than_the_half_done_one(run: Run, archive: Path):
    begin(archive, "hashing:16", "hashing@1:16:words")
    done = run("reindex", "--model", "hashing:24")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "harkback: cannot reindex the archive: 'hashing:24': what 'hashing:16' makes is half done: go on with "
        "`harkback reindex --model hashing:16`, or give that up with --instead\n"
    )
    assert list_encoders(archive) == [("hashing", "active"), ("hashing:16", "building")]
    assert run("reindex", "--model", "hashing:24", "--instead").code == 0
    assert list_encoders(archive) == [("hashing:24", "active")]


def test_reindex_with_the_archives_own_model_says_what_it_gave_up(run: Run, archive: Path):
    begin(archive, "hashing:16", "hashing@1:16:words")
    done = run("reindex", "--model", "hashing", "--instead")
    assert done.out.startswith("hashing is the archive's model now: 165 comments in 169 passages, 0 texts embedded, ")
    assert done.out.endswith(" s; what was half done of hashing:16 was given up\n")
    assert list_encoders(archive) == [("hashing", "active")]
    assert "given up" not in run("reindex", "--model", "hashing:24").out


def test_reindex_while_another_is_at_it_says_who(run: Run, archive: Path):
    begin(archive, "hashing:16", "hashing@1:16:words", Process.current())
    done = run("reindex", "--model", "hashing:16")
    assert (done.code, done.out) == (3, "")
    assert f"{Process.current().name} has been changing it to 'hashing:16' since " in done.err


def test_reindex_with_a_model_that_cannot_be_loaded(run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(model: str, **_: object) -> Any:
        raise ModelNotFoundError(f"cannot load the model: {model!r}")

    monkeypatch.setattr("embeddings.sentence.load_sentence_encoder", fail)
    done = run("reindex", "--model", "nowhere")
    assert (done.code, done.out) == (3, "")
    assert done.err == "harkback: cannot load the model: 'nowhere'\n"
    assert list_encoders(archive) == [("hashing", "active")]


def test_reindex_of_an_empty_archive(run: Run):
    done = run("reindex", "--model", "hashing:16")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "harkback: nothing to reindex: the archive has no source: import one, with the model that HARKBACK_MODEL "
        "names\n"
    )


def test_reindex_that_is_stopped_says_how_to_go_on(run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch):
    class Stopped(HashingEncoder):
        def encode_comments(self, _: object) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setattr(verb.Models, "load", lambda *_: Stopped(16))
    done = run("reindex", "--model", "hashing:16")
    assert (done.code, done.out) == (130, "")
    assert done.err.strip() == "stopped: what was done is kept; run the same command again to go on"
    assert read(archive, "SELECT name, state, owner FROM encoder WHERE state = 'building'") == [
        ("hashing:16", "building", "")
    ]


def test_import_uses_the_archives_model_whatever_is_set(
    run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "one.jsonl").write_text('{"text": "Wikis are gardens."}\n')
    monkeypatch.setenv("HARKBACK_MODEL", "hashing:16")
    done = run("import", tmp_path / "one.jsonl")
    assert done.code == 0
    assert "HARKBACK_MODEL names another model" in done.err
    assert list_encoders(archive) == [("hashing", "active")]
    assert read(archive, "SELECT count(*) FROM change") == [(0,)]


@pytest.mark.parametrize("model", ["", "hashing", "hashing:16"])
def test_archive_of_an_earlier_version_is_asked_refreshed_and_reindexed(
    run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch, model: str
):
    expected = run(*QUESTION).json
    with closing(Database(f"sqlite:///{archive}")) as database:
        migrate.downgrade(database, "0004")
    assert read(archive, "SELECT * FROM encoder") == [(1, "hashing@1:128:words")]
    monkeypatch.setenv("HARKBACK_MODEL", model)
    asked = run(*QUESTION)
    assert (asked.code, asked.json) == (0, expected)
    assert list_encoders(archive) == [("hashing", "active")]
    refreshed = run("refresh", "--json").json["reports"]
    assert [(one["unchanged"], one["problem_count"]) for one in refreshed] == [(165, 0)]
    assert run("import", COMMENTS, "--source", "Another", "--json").json["reports"][0]["added"] == 165
    assert run("reindex", "--model", "hashing:24", "--json").json["comments"] == 330
    assert list_encoders(archive) == [("hashing:24", "active")]
    assert run(*QUESTION).json["outcome"] == "answered"
    assert read(archive, "SELECT count(*) FROM change") == [(0,)]
