"""The composition root: settings to working parts. The only module that knows which implementation is used."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.settings import Settings
from embeddings.encoder import Encoder
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.errors import StoreError

if TYPE_CHECKING:
    from bot.answering import Answering
    from store.refresh.housekeeping import Housekeeping
    from store.refresh.refreshing import Places
    from store.search.following import Follower
    from store.sources.fetch import Fetcher

_log = structlog.get_logger(__name__)


@contextmanager
def open_archive(settings: Settings) -> Iterator[Archive]:
    """Open the archive the settings name."""
    archive = Archive.open(settings.database_url)
    try:
        yield archive
    finally:
        archive.close()


@contextmanager
def open_for_trial(settings: Settings) -> Iterator[Archive]:
    """Open the archive the settings name or, where there is none yet, an empty one that is thrown away."""
    path = settings.database_url.removeprefix("sqlite:///")
    if path == settings.database_url or Path(path).exists():
        with open_archive(settings) as archive:
            yield archive
        return
    with tempfile.TemporaryDirectory(prefix="harkback-trial-") as folder:
        elsewhere = settings.model_copy(update={"database_url": f"sqlite:///{folder}/archive.db"})
        with open_archive(elsewhere) as archive:
            yield archive


@contextmanager
def open_fetcher(settings: Settings) -> Iterator["Fetcher"]:
    """Make what fetches URLs."""
    # An HTTP client that only an import from a URL has to wait for.
    from stamina import instrumentation  # noqa: PLC0415

    from store.sources.fetch import Fetcher, FetchPolicy  # noqa: PLC0415

    # What fails in the end is told in the receipt; its log would show addresses with the keys in them.
    instrumentation.set_on_retry_hooks(())
    fetcher = Fetcher(
        FetchPolicy(max_bytes=settings.fetch_max_bytes, allow_private_addresses=settings.fetch_private_addresses)
    )
    try:
        yield fetcher
    finally:
        fetcher.close()
        instrumentation.set_on_retry_hooks(None)


def make_get_encoder(settings: Settings) -> Callable[[], Encoder]:
    """Give a function that loads the encoder when it is first called."""

    @cache
    def get_encoder() -> Encoder:
        return load_encoder(settings)

    return get_encoder


def load_encoder(settings: Settings) -> Encoder:
    """Load the encoder the settings name: seconds, for a model."""
    if settings.model == "hashing":
        return HashingEncoder()
    if not settings.model_download:
        # Must be set before the hub's library is imported; it then never looks at the network.
        os.environ["HF_HUB_OFFLINE"] = "1"
    from embeddings.sentence import load_sentence_encoder  # noqa: PLC0415  # heavy

    return load_sentence_encoder(
        settings.model,
        precision=settings.precision,
        allow_download=settings.model_download,
        revision=settings.model_revision,
    )


def make_places(settings: Settings, archive: Archive, get_encoder: Callable[[], Encoder] | None) -> "Places":
    """Make what reads places into an archive, and indexes what changed; without an encoder, it does not index."""
    from store.refresh.indexing import index_pending  # noqa: PLC0415  # reading, which answering has no need of
    from store.refresh.refreshing import Places  # noqa: PLC0415

    return Places(
        archive,
        lambda: open_fetcher(settings),
        (lambda note: index_pending(archive, get_encoder, note)) if get_encoder else None,
        settings.full_every,
        settings.retention,
    )


def make_housekeeping(
    settings: Settings, archive: Archive, get_encoder: Callable[[], Encoder] | None
) -> "Housekeeping":
    """Make what removes for good what is to be gone; without an encoder, it does not index."""
    from store.refresh.housekeeping import Housekeeping  # noqa: PLC0415  # as for reading
    from store.refresh.indexing import index_pending  # noqa: PLC0415

    index = (lambda note: index_pending(archive, get_encoder, note)) if get_encoder else None
    return Housekeeping(archive, settings.keep_removed, settings.retention, index)


def make_answering(settings: Settings, archive: Archive, encoder: Encoder) -> "Answering":
    """Make the use case over an archive, and warn if its vectors are of another model."""
    # Searching, which an import has no need of.
    from bot.answering import Answering  # noqa: PLC0415
    from store.search.searcher import Searcher  # noqa: PLC0415

    active = archive.find_active_encoder()
    if active and active.key != encoder.id.key:
        _log.warning(
            "the archive is indexed with another model, and is searched by words alone: run `harkback reindex`",
            archive=active.key,
            model=encoder.id.key,
        )
    return Answering(Searcher(archive, encoder), log_questions=settings.log_questions)


def make_follower(answering: "Answering") -> "Follower":
    """Make what keeps answers up to date with the archive, and logs where it cannot."""
    from store.search.following import Follower  # noqa: PLC0415

    def log_trouble(error: Exception, seconds: float) -> None:
        # What is not ours may hold anything in its text.
        reason = str(error) if isinstance(error, StoreError) else type(error).__name__
        _log.warning("cannot follow the archive: answers are of what was there before", reason=reason, again_in=seconds)

    return Follower(answering.searcher, log_trouble)
