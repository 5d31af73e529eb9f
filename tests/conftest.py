"""What all tests share: the folder of real files, the real model, and how long properties are tried."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from embeddings.sentence import SentenceEncoder, load_sentence_encoder
from tests.postgres import PostgresServer, run_postgres

_REPOSITORY = Path(__file__).resolve().parents[1]

# Without a deadline, since machines are slow at times; without a database, since nothing is written beside the code.
settings.register_profile(
    "harkback", deadline=None, max_examples=50, database=None, suppress_health_check=[HealthCheck.too_slow]
)
# In continuous integration the same examples every time: it tells what a change broke, not what was never right.
settings.register_profile("ci", settings.get_profile("harkback"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "harkback")


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Handle signals as before once a test is over, and let what tests start be interrupted.

    A command that runs within this process may have it ignore SIGINT, as a shell does with what it runs in the
    background, and processes inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Give the folder of real exports and other material; it is no part of the project."""
    folder = Path(os.environ.get("HARKBACK_SHARED") or _REPOSITORY.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no folder of real files at {folder}: name one with HARKBACK_SHARED")
    return folder


class LoadedModel:
    """The real model, and every host that was looked up or connected to while it was loaded."""

    def __init__(self, precision: str) -> None:
        self.hosts: list[object] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", lambda host, *_, **__: self.hosts.append(host) or [])
            patch.setattr(socket.socket, "connect", lambda _, address: self.hosts.append(address))
            self.encoder: SentenceEncoder = load_sentence_encoder(precision=precision)


@pytest.fixture(scope="session")
def loaded_model() -> LoadedModel:
    """Load the real model; for tests marked `model` and of the group of that name, so that it is loaded once."""
    return LoadedModel("float32")


@pytest.fixture(scope="session")
def loaded_bfloat16_model() -> LoadedModel:
    return LoadedModel("bfloat16")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server with nothing of anybody else's."""
    with run_postgres() as server:
        yield server
