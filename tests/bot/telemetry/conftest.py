from collections.abc import Iterator
from pathlib import Path

import pytest

from store.archive import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    yield made
    made.close()
