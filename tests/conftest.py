"""What all tests share: the folder of real files, and how long properties are tried."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_REPOSITORY = Path(__file__).resolve().parents[1]

# Without a deadline, since machines are slow at times; without a database, since nothing is written beside the code.
settings.register_profile(
    "harkback", deadline=None, max_examples=60, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("harkback")


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Give the folder of real exports and other material; it is no part of the project."""
    folder = Path(os.environ.get("HARKBACK_SHARED") or _REPOSITORY.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no folder of real files at {folder}: name one with HARKBACK_SHARED")
    return folder
