"""The composition root: settings to working parts. The only module that knows which implementation is used."""

import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import structlog

from bot.settings import Settings
from embeddings.encoder import Encoder
from embeddings.errors import EncoderError
from embeddings.hashing import HashingEncoder
from embeddings.sentence import DEFAULT_MODEL
from store.archive import Archive
from store.db.engine import hide_password
from store.domain.encoder import KnownEncoder
from store.errors import StoreError

if TYPE_CHECKING:
    from bot.answering import Answering
    from bot.job_queue import JobQueue
    from bot.queued import Requests
    from store.refresh.housekeeping import Housekeeping
    from store.refresh.refreshing import Index, Places
    from store.search.following import Follower
    from store.sources.fetch import Fetcher

_log = structlog.get_logger(__name__)
# No model, and the number of its dimensions if it is not the usual one.
_HASHING = re.compile(r"hashing(?::([1-9][0-9]{0,3}))?")
_NAME_CHARS = 16
_COMMIT = re.compile(r"[0-9a-f]{40}")


@contextmanager
def open_archive(settings: Settings) -> Iterator[Archive]:
    """Open the archive the settings name."""
    archive = Archive.open(settings.database_url, find_index_folder(settings.database_url))
    try:
        yield archive
    finally:
        archive.close()


def find_index_folder(database_url: str) -> Path | None:
    """Give where searches keep what a large archive takes long to read: beside its file, or in a cache."""
    path = database_url.removeprefix("sqlite:///")
    if path == database_url:
        name = hashlib.sha256(hide_password(database_url).encode()).hexdigest()[:_NAME_CHARS]
        return platformdirs.user_cache_path("harkback") / f"{name}.index"
    return Path(f"{path}.index") if path and not path.startswith((":memory:", "file:")) else None


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
def open_fetcher(settings: Settings, check: Callable[[], object] = lambda: None) -> Iterator["Fetcher"]:
    """Make what fetches URLs, until a check ends it by an error."""
    # An HTTP client that only an import from a URL has to wait for.
    from store.sources.fetch import Fetcher, FetchPolicy  # noqa: PLC0415

    fetcher = Fetcher(
        FetchPolicy(max_bytes=settings.fetch_max_bytes, allow_private_addresses=settings.fetch_private_addresses),
        check,
    )
    try:
        yield fetcher
    finally:
        fetcher.close()


class Models:
    """The encoders of this process, each loaded once, when it is first asked for. Safe from many threads.

    Of those of the archive, the last alone is held: who still uses another holds it themselves.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._loaded: dict[str, Encoder] = {}
        self._missing: set[str] = set()
        self._compared: set[str] = set()

    def load(self, name: str) -> Encoder:
        """Load an encoder by its name."""
        with self._lock:
            if name not in self._loaded:
                encoder = load_encoder(self._settings, name)
                # An archive knows it by its full name.
                self._loaded[name] = self._loaded[encoder.name] = encoder
                _log.info("loaded a model", model=name)
            return self._loaded[name]

    def get_of(self, archive: Archive) -> Encoder:
        """Give the encoder of an archive; for one that has none yet, that of the settings.

        Raises:
            EncoderError: It cannot be loaded.
        """
        active = archive.indexing.find_active_encoder()
        if active is None:
            return self.load(name_model(self._settings))
        try:
            return self._load(active)
        except EncoderError as error:
            raise EncoderError(
                f"cannot index the archive: {active.name!r}: its model cannot be loaded: bring that back, or run "
                f"`harkback reindex --model NAME` to change to another ({error})"
            ) from error

    def find(self, known: KnownEncoder) -> Encoder | None:
        """Find the encoder that an archive has; None, with a warning the first time, if it cannot be loaded."""
        try:
            encoder, reason = self._load(known), "another model is there under its name"
        except EncoderError as error:
            encoder, reason = None, str(error)
        if encoder and encoder.id.key == known.key:
            self._missing.discard(known.key)
            return encoder
        if known.key not in self._missing:
            self._missing.add(known.key)
            _log.warning(
                "the archive is searched by words alone, as its model cannot be loaded: bring that back, or run "
                "`harkback reindex --model NAME` to change to another",
                archive=known.name,
                reason=reason,
            )
        return None

    def _load(self, known: KnownEncoder) -> Encoder:
        """Load an encoder; again if another model is there under its name since the last time."""
        with self._lock:
            before = self._loaded.get(known.name)
            if before and before.id.key != known.key:
                del self._loaded[known.name]
        encoder = self.load(known.name)
        with self._lock:
            self._loaded = {known.name: encoder}
        if known.key not in self._compared and is_other_set(self._settings, known):
            self._compared.add(known.key)
            _log.warning(
                "HARKBACK_MODEL names another model than that of the archive, which is used: run "
                "`harkback reindex --model NAME` to change to it",
                archive=known.name,
                setting=name_model(self._settings),
            )
        return encoder


def name_model(settings: Settings, model: str = "") -> str:
    """Give the name that a model is loaded by: the one given, or that of the settings, or the one that is shipped.

    Folders are named by their full path; the revision of a hub model is a part of its name.
    """
    name = model or settings.model or DEFAULT_MODEL
    if name == DEFAULT_MODEL:
        return name
    if hashing := _make_hashing(name):
        return hashing.name
    if Path(name).is_dir():
        return str(Path(name).absolute())
    return name if model or not settings.model_revision else f"{name}@{settings.model_revision}"


def _make_hashing(name: str) -> HashingEncoder | None:
    found = _HASHING.fullmatch(name)
    if found is None:
        return None
    return HashingEncoder(int(found[1])) if found[1] else HashingEncoder()


def is_hashing(name: str) -> bool:
    """Tell whether a name is of no model at all."""
    return bool(_HASHING.fullmatch(name))


def is_other_set(settings: Settings, known: KnownEncoder) -> bool:
    """Tell whether the settings name another model than an archive has.

    Which commit of a hub model a branch or a tag names is not known here: any of that model is taken for it.
    """
    (wanted, revision), (held, commit) = (split_name(name_model(settings, one)) for one in ("", known.name))
    is_other_commit = bool(_COMMIT.fullmatch(revision)) and revision != commit
    return bool(settings.model) and (wanted != held or is_other_commit)


def split_name(name: str) -> tuple[str, str]:
    """Give the model that a name is of, and its revision; empty where it has none."""
    model, _, revision = name.rpartition("@")
    return (model, revision) if model and not Path(name).is_dir() else (name, "")


def load_encoder(settings: Settings, name: str = "") -> Encoder:
    """Load an encoder by its name, or the one the settings name: seconds, for a model.

    Raises:
        EncoderError: It is not there, or is not what it should be.
    """
    name = name or name_model(settings)
    if hashing := _make_hashing(name):
        return hashing
    if not settings.model_download:
        # Must be set before the hub's library is imported; it then never looks at the network.
        os.environ["HF_HUB_OFFLINE"] = "1"
    from embeddings.sentence import load_sentence_encoder  # noqa: PLC0415  # heavy

    model, revision = split_name(name)
    return load_sentence_encoder(
        model, precision=settings.precision, allow_download=settings.model_download, revision=revision
    )


def make_index(archive: Archive, models: Models) -> "Index":
    """Make what brings passages and vectors up to date, with the archive's own model."""
    from store.refresh.indexing import index_pending  # noqa: PLC0415  # writing, which answering has no need of

    return lambda note: index_pending(archive, partial(models.get_of, archive), note)


def make_places(
    settings: Settings, archive: Archive, models: Models | None, check: Callable[[], object] = lambda: None
) -> "Places":
    """Make what reads places into an archive, and indexes what changed; without models, it does not index.

    While a page is fetched, it ends by the check, and where a refresh of this process was cancelled.
    """
    from store.refresh.refreshing import Places  # noqa: PLC0415  # as for writing
    from store.refresh.run import make_check  # noqa: PLC0415  # as for writing

    check_cancelled = make_check(archive)

    def check_all() -> None:
        check()
        check_cancelled()

    index = make_index(archive, models) if models else None
    return Places(archive, lambda: open_fetcher(settings, check_all), index, settings.full_every, settings.retention)


def make_housekeeping(settings: Settings, archive: Archive, models: Models) -> "Housekeeping":
    """Make what removes for good what is to be gone."""
    from store.refresh.housekeeping import Housekeeping  # noqa: PLC0415  # as for writing

    return Housekeeping(archive, settings.keep_removed, settings.retention, make_index(archive, models))


def find_queue(settings: Settings, archive: Archive) -> "JobQueue | None":
    """Find the queue of an archive's jobs; None for an archive in a file, which has none."""
    if settings.database_url.startswith("sqlite"):
        return None
    from bot.job_queue import JobQueue  # noqa: PLC0415  # a library that only PostgreSQL has a use for

    return JobQueue(settings.database_url, archive.database.place)


def find_requests(settings: Settings, archive: Archive) -> "Requests | None":
    """Find what asks workers to refresh; None for an archive that can have no workers."""
    queue = find_queue(settings, archive)
    if queue is None:
        return None
    from bot.queued import Requests  # noqa: PLC0415  # as for the queue

    return Requests(archive, queue)


def make_answering(settings: Settings, archive: Archive, models: Models) -> "Answering":
    """Make the use case over an archive, asked by the model that it is indexed with."""
    # Searching, which an import has no need of.
    from bot.answering import Answering  # noqa: PLC0415
    from store.repositories.logged_questions import LoggedQuestions  # noqa: PLC0415
    from store.search.database_index import DatabaseIndex  # noqa: PLC0415
    from store.search.index import SearchIndex  # noqa: PLC0415
    from store.search.searcher import Searcher  # noqa: PLC0415

    active = archive.indexing.find_active_encoder()
    # Any other has no vectors there: words alone are found.
    encoder = (models.find(active) if active else None) or HashingEncoder()
    searcher = Searcher(
        archive,
        encoder,
        models.find,
        wanted=active.key if active else "",
        on_trouble=partial(
            _log_trouble, "cannot change to the model that the archive has now: answers are by the one before"
        ),
        make_index=DatabaseIndex if settings.search == "database" else SearchIndex,
    )
    logged = LoggedQuestions(archive.database) if settings.log_questions else None
    return Answering(searcher, settings.log_questions, logged)


def make_follower(answering: "Answering") -> "Follower":
    """Make what keeps answers up to date with the archive, and logs where it cannot."""
    from store.search.following import Follower  # noqa: PLC0415

    return Follower(
        answering.searcher.live,
        partial(_log_trouble, "cannot follow the archive: answers are of what was there before"),
    )


def _log_trouble(event: str, error: Exception, seconds: float) -> None:
    # What is not ours may hold anything in its text.
    reason = str(error) if isinstance(error, (StoreError, EncoderError)) else type(error).__name__
    _log.warning(event, reason=reason, again_in=seconds)
