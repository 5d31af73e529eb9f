import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.settings import Settings
from bot.wiring import (
    Models,
    find_index_folder,
    is_other_set,
    load_encoder,
    make_answering,
    name_model,
    open_archive,
    open_fetcher,
    split_name,
)
from embeddings.encoder import Encoder
from embeddings.errors import EncoderError, ModelNotFoundError
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.encoder import EncoderState, KnownEncoder
from store.domain.viewer import Viewer
from store.errors import FetchError, StoreError
from store.refresh.indexing import index_pending
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.refresh.reindexing import reindex
from store.sources.files import open_files


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path}/archive.db", model="hashing")


def test_open_archive_closes_it_whatever_happens(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    closed: list[Archive] = []

    def close(archive: Archive) -> None:
        closed.append(archive)

    monkeypatch.setattr(Archive, "close", close)
    with pytest.raises(ValueError, match="inside"), open_archive(settings) as archive:
        raise ValueError("inside")
    assert closed == [archive]


def test_models_load_each_once_and_only_when_it_is_asked_for(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    loaded: list[str] = []

    def load(_: Settings, name: str) -> HashingEncoder:
        loaded.append(name)
        return HashingEncoder()

    monkeypatch.setattr("bot.wiring.load_encoder", load)
    models = Models(settings)
    assert loaded == []
    assert models.load("hashing") is models.load("hashing")
    models.load("another")
    assert loaded == ["hashing", "another"]


@pytest.mark.parametrize(
    ("model", "revision", "asked", "name"),
    [
        ("", "", "", "all-MiniLM-L6-v2"),
        ("", "r1", "", "all-MiniLM-L6-v2"),
        ("hashing", "r1", "", "hashing"),
        ("hashing:16", "", "", "hashing:16"),
        ("somebody/model", "", "", "somebody/model"),
        ("somebody/model", "r1", "", "somebody/model@r1"),
        ("somebody/model", "r1", "another/model@r2", "another/model@r2"),
        ("somebody/model", "r1", "hashing:8", "hashing:8"),
        ("hashing:0", "", "", "hashing:0"),
        ("hashing:128", "", "", "hashing"),
    ],
)
def test_models_are_named_by_the_settings_unless_another_is_asked_for(
    settings: Settings, model: str, revision: str, asked: str, name: str
):
    assert name_model(settings.model_copy(update={"model": model, "model_revision": revision}), asked) == name


def test_models_in_folders_are_named_by_their_full_path(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "mine@home").mkdir()
    monkeypatch.chdir(tmp_path)
    name = name_model(settings, "mine@home")
    assert name == f"{tmp_path}/mine@home"
    assert split_name(name) == (name, "")
    known = KnownEncoder(1, "key", "mine@home", EncoderState.ACTIVE)
    assert not is_other_set(settings.model_copy(update={"model": name}), known)


@pytest.mark.parametrize(
    ("model", "revision", "held", "is_other"),
    [
        ("hashing:128", "", "hashing", False),
        ("hashing:16", "", "hashing", True),
        ("somebody/model", "", f"somebody/model@{'a' * 40}", False),
        ("somebody/model", "main", f"somebody/model@{'a' * 40}", False),
        ("somebody/model", "a" * 40, f"somebody/model@{'a' * 40}", False),
        ("somebody/model", "b" * 40, f"somebody/model@{'a' * 40}", True),
        ("another/model", "", f"somebody/model@{'a' * 40}", True),
        ("", "b" * 40, f"somebody/model@{'a' * 40}", False),
    ],
)
def test_model_of_the_settings_is_another_only_if_that_is_certain(
    settings: Settings, model: str, revision: str, held: str, *, is_other: bool
):
    changed = settings.model_copy(update={"model": model, "model_revision": revision})
    assert is_other_set(changed, KnownEncoder(1, "key", held, EncoderState.ACTIVE)) is is_other


def test_models_are_known_by_their_full_names_too(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    loaded: list[str] = []

    def load(_: Settings, name: str) -> HashingEncoder:
        loaded.append(name)
        return HashingEncoder()

    monkeypatch.setattr("bot.wiring.load_encoder", load)
    models = Models(settings)
    assert models.load("short") is models.load("hashing")
    assert loaded == ["short"]


def test_model_that_is_not_that_of_the_archive_is_loaded_once(
    settings: Settings, indexed: Archive, monkeypatch: pytest.MonkeyPatch
):
    loaded: list[str] = []

    def load(_: Settings, name: str) -> HashingEncoder:
        loaded.append(name)
        return HashingEncoder()

    with indexed.database.writing() as connection:
        connection.execute(text("UPDATE encoder SET key = 'hashing@0:128:words'"))
    monkeypatch.setattr("bot.wiring.load_encoder", load)
    ask_with(settings, indexed)
    assert loaded == ["hashing"]


def test_models_names_tell_their_revision():
    assert split_name("somebody/model@r1") == ("somebody/model", "r1")
    assert split_name("somebody/model") == ("somebody/model", "")


@pytest.mark.parametrize(("name", "dim"), [("hashing", 128), ("hashing:16", 16)])
def test_load_encoder_gives_what_its_name_says(settings: Settings, name: str, dim: int):
    encoder = load_encoder(settings, name)
    assert (encoder.name, encoder.id.dim) == (name, dim)


@pytest.mark.parametrize("may_download", [False, True])
def test_load_encoder_keeps_the_hubs_library_offline_unless_it_may_download(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, *, may_download: bool
):
    seen: dict[str, Any] = {}

    def load(model: str, **options: Any) -> HashingEncoder:
        seen.update(options, model=model, offline=os.environ.get("HF_HUB_OFFLINE"))
        return HashingEncoder()

    monkeypatch.setattr("embeddings.sentence.load_sentence_encoder", load)
    # Set and taken away again, so that what the function sets is undone after the test.
    monkeypatch.setenv("HF_HUB_OFFLINE", "")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    changed = {"model": "somebody/model", "model_revision": "r1", "model_download": may_download}
    load_encoder(settings.model_copy(update=changed))
    assert seen == {
        "model": "somebody/model",
        "precision": "auto",
        "allow_download": may_download,
        "revision": "r1",
        "offline": None if may_download else "1",
    }


def test_fetcher_goes_to_no_private_address_unless_it_may(settings: Settings):
    with open_fetcher(settings) as fetcher, pytest.raises(FetchError, match="private network"):
        fetcher.fetch("http://127.0.0.1:9/feed")


@pytest.fixture
def indexed(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """An archive of one comment, indexed with the model of the settings."""
    monkeypatch.setattr("bot.wiring._log", structlog.get_logger())
    (tmp_path / "one.jsonl").write_text('{"text": "Wikis are gardens."}\n')
    with open_archive(settings) as archive:
        Importer(archive, ImportRequest("one.jsonl", "one")).run(open_files(tmp_path / "one.jsonl"))
        index_pending(archive, HashingEncoder)
        yield archive


def ask_with(settings: Settings, archive: Archive) -> tuple[Encoder, list[Any]]:
    """Ask something; give the encoder that was used, and the warnings."""
    with capture_logs() as logs:
        answering = make_answering(settings, archive, Models(settings))
        assert answering.ask(Asked("wikis"), Viewer.anyone()).total == 1
    return answering.searcher.live.snapshot.encoder, [one for one in logs if one["log_level"] == "warning"]


def wait_loaded() -> None:
    """Wait until no model is being loaded."""
    for thread in threading.enumerate():
        if thread.name == "loading a model":
            thread.join()


@pytest.mark.parametrize("model", ["", "hashing"])
def test_archive_is_asked_by_its_own_model(settings: Settings, indexed: Archive, model: str):
    encoder, warnings = ask_with(settings.model_copy(update={"model": model}), indexed)
    assert (encoder.id, warnings) == (HashingEncoder().id, [])


def test_archive_is_asked_by_its_own_model_where_another_is_set(settings: Settings, indexed: Archive):
    encoder, [warned] = ask_with(settings.model_copy(update={"model": "hashing:32"}), indexed)
    assert encoder.id == HashingEncoder().id
    assert "HARKBACK_MODEL" in warned["event"]
    assert "`harkback reindex --model NAME`" in warned["event"]
    assert (warned["archive"], warned["setting"]) == ("hashing", "hashing:32")


def lose_model(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the model of an archive not be there; note what is loaded."""
    loaded: list[str] = []

    def fail(_: Settings, name: str = "") -> Encoder:
        loaded.append(name)
        raise ModelNotFoundError("it is gone")

    monkeypatch.setattr("bot.wiring.load_encoder", fail)
    with archive.database.writing() as connection:
        connection.execute(text("UPDATE encoder SET key = 'gone@local:4:x', name = 'gone'"))
    return loaded


def test_archive_is_asked_by_words_where_its_model_cannot_be_loaded(
    settings: Settings, indexed: Archive, monkeypatch: pytest.MonkeyPatch
):
    lose_model(indexed, monkeypatch)
    encoder, [warned] = ask_with(settings, indexed)
    assert encoder.id.model == "hashing"
    assert (warned["archive"], warned["reason"]) == ("gone", "it is gone")
    assert "by words alone" in warned["event"]
    assert "`harkback reindex --model NAME`" in warned["event"]
    with pytest.raises(EncoderError, match=r"'gone': its model cannot be loaded.*`harkback reindex --model NAME`"):
        Models(settings).get_of(indexed)


def test_model_that_cannot_be_loaded_is_not_looked_for_again_at_once(
    settings: Settings, indexed: Archive, monkeypatch: pytest.MonkeyPatch
):
    loaded = lose_model(indexed, monkeypatch)
    ask_with(settings, indexed)
    wait_loaded()
    assert loaded == ["gone"]


@pytest.mark.parametrize("error", [StoreError("it is away"), EncoderError("it is away"), ValueError("of somebody")])
def test_trouble_in_changing_to_another_model_is_logged(
    settings: Settings, indexed: Archive, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    class Unusable(HashingEncoder):
        def encode_question(self, _: str) -> Any:
            raise error

    with open_archive(settings) as other_process, capture_logs() as logs:
        answering = make_answering(settings, indexed, Models(settings.model_copy(update={"model": ""})))
        answering.searcher.live.warm_up()
        monkeypatch.setattr("bot.wiring.load_encoder", lambda *_: Unusable(dim=16))
        reindex(other_process, HashingEncoder(dim=16))
        assert answering.ask(Asked("wikis"), Viewer.anyone()).total == 1
        wait_loaded()
    [warned] = [one for one in logs if one["log_level"] == "warning"]
    assert "cannot change to the model" in warned["event"]
    reason = "ValueError" if isinstance(error, ValueError) else "it is away"
    assert (warned["reason"], warned["again_in"]) == (reason, 5.0)


def test_model_that_is_brought_back_is_used_again(
    settings: Settings, indexed: Archive, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.search.live_index._AGAIN_SECONDS", 0.0)
    reindex(indexed, HashingEncoder(dim=16))
    settings = settings.model_copy(update={"model": ""})
    with monkeypatch.context() as away, capture_logs() as logs:
        away.setattr("bot.wiring.load_encoder", lambda *_: HashingEncoder(dim=24))
        searcher = make_answering(settings, indexed, Models(settings)).searcher
        for _ in range(2):
            searcher.live.follow()
            wait_loaded()
        assert len(searcher.live._current[0].passages) == 0
    # It is told once, however often it was looked for.
    assert [one["reason"] for one in logs if one["log_level"] == "warning"] == ["another model is there under its name"]
    searcher.live.follow()
    wait_loaded()
    assert len(searcher.live._current[0].passages) == 1


def test_models_let_go_of_the_one_that_the_archive_was_changed_from(
    settings: Settings, indexed: Archive, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.wiring.load_encoder", lambda _, name: HashingEncoder(16 if name == "hashing:16" else 128))
    models = Models(settings)
    before = weakref.ref(models.get_of(indexed))
    reindex(indexed, HashingEncoder(dim=16))
    after = models.get_of(indexed)
    assert (before(), models.load("hashing:16")) == (None, after)


def test_archive_is_asked_by_words_where_another_model_is_under_its_models_name(settings: Settings, indexed: Archive):
    with indexed.database.writing() as connection:
        connection.execute(text("UPDATE encoder SET key = 'hashing@0:128:words'"))
    _, [warned] = ask_with(settings, indexed)
    assert warned["reason"] == "another model is there under its name"


def test_archive_without_vectors_takes_the_model_of_the_settings(settings: Settings):
    with open_archive(settings) as archive:
        models = Models(settings.model_copy(update={"model": "hashing:24"}))
        assert models.get_of(archive).name == "hashing:24"


def test_archive_is_indexed_with_its_own_model_where_another_is_set(settings: Settings, indexed: Archive):
    with capture_logs() as logs:
        models = Models(settings.model_copy(update={"model": "hashing:24"}))
        assert {models.get_of(indexed).name, models.get_of(indexed).name} == {"hashing"}
    assert [one["setting"] for one in logs if one["log_level"] == "warning"] == ["hashing:24"]


def test_answering_changes_to_the_model_that_the_archive_was_changed_to(settings: Settings, indexed: Archive):
    with open_archive(settings) as other_process:
        answering = make_answering(settings, indexed, Models(settings))
        answering.searcher.live.warm_up()
        reindex(other_process, HashingEncoder(dim=16))
        assert answering.ask(Asked("wikis"), Viewer.anyone()).total == 1
    wait_loaded()
    assert answering.searcher.live.snapshot.encoder.name == "hashing:16"
    assert answering.ask(Asked("wikis"), Viewer.anyone()).total == 1


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("sqlite:////srv/harkback/archive.db", Path("/srv/harkback/archive.db.index")),
        ("sqlite:///archive.db", Path("archive.db.index")),
        ("sqlite:///:memory:", None),
        ("sqlite:///", None),
    ],
)
def test_index_file_lies_beside_the_archive(url: str, folder: Path | None):
    assert find_index_folder(url) == folder


def test_index_file_of_a_server_lies_in_a_cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    urls = [
        f"postgresql+psycopg://user:{password}@host/{name}"
        for password, name in (("a", "one"), ("b", "one"), ("a", "two"))
    ]
    one, same, other = (find_index_folder(url) for url in urls)
    assert one == same != other
    assert one is not None
    assert one.parent == tmp_path / "harkback"


def test_answering_searches_where_the_settings_say(settings: Settings):
    chosen = settings.model_copy(update={"search": "database"})
    with (
        open_archive(chosen) as archive,
        pytest.raises(StoreError, match=r"^cannot search in the database: 'sqlite:.*: set HARKBACK_SEARCH=memory, or"),
    ):
        make_answering(chosen, archive, Models(chosen))
