import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine, no .env, and a model that needs no loading."""
    for name in list(os.environ):
        if name.startswith(("HARKBACK_", "SLACK_")) and name != "HARKBACK_SHARED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HARKBACK_MODEL", "hashing")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """What a command does to logging ends with its test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
