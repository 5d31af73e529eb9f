import os
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from bot.settings import Settings
from bot.wiring import load_encoder, make_answering, make_get_encoder, open_archive, open_fetcher
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.errors import FetchError
from store.refresh.indexing import index_pending
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
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


def test_get_encoder_loads_once_and_only_when_it_is_asked_for(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    loaded: list[Settings] = []

    def load(given: Settings) -> HashingEncoder:
        loaded.append(given)
        return HashingEncoder()

    monkeypatch.setattr("bot.wiring.load_encoder", load)
    get_encoder = make_get_encoder(settings)
    assert loaded == []
    assert get_encoder() is get_encoder()
    assert loaded == [settings]


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
    load_encoder(settings.model_copy(update={"model": "somebody/model", "model_download": may_download}))
    assert seen == {
        "model": "somebody/model",
        "precision": "auto",
        "allow_download": may_download,
        "revision": "",
        "offline": None if may_download else "1",
    }


def test_fetcher_goes_to_no_private_address_unless_it_may(settings: Settings):
    with open_fetcher(settings) as fetcher, pytest.raises(FetchError, match="private network"):
        fetcher.fetch("http://127.0.0.1:9/feed")


def test_answering_warns_of_vectors_that_another_model_made(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.wiring._log", structlog.get_logger())
    (tmp_path / "one.jsonl").write_text('{"text": "Wikis are gardens."}\n')
    with open_archive(settings) as archive, capture_logs() as logs:
        Importer(archive, ImportRequest("one.jsonl", "one")).run(open_files(tmp_path / "one.jsonl"))
        index_pending(archive, HashingEncoder)
        make_answering(settings, archive, HashingEncoder())
        assert logs == []
        make_answering(settings, archive, HashingEncoder(dim=32))
    (warned,) = logs
    assert (warned["log_level"], "harkback reindex" in warned["event"]) == ("warning", True)
    assert (warned["archive"], warned["model"]) == (HashingEncoder().id.key, HashingEncoder(dim=32).id.key)
