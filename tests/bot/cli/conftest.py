import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import main
from bot.sample import COMMENTS
from bot.settings import Settings
from bot.wiring import Models, open_archive
from store.refresh.indexing import index_pending
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.sources.files import open_files


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out.count("\n") == 1
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], database: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command to its end, in this process, which goes on afterwards."""
    # This process is not to be slower for that afterwards.
    for verb in ("refresh", "worker"):
        monkeypatch.setattr(f"bot.cli.{verb}.yield_to_others", lambda: None)
    monkeypatch.setenv("HARKBACK_DATABASE_URL", f"sqlite:///{database}")

    def run_command(*arguments: str | Path) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Done(int(ended.value.code or 0), captured.out, captured.err)

    return run_command


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the archive of this test is, or will be."""
    return tmp_path / "archive.db"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, imported; never written to."""
    path = tmp_path_factory.mktemp("sample") / "archive.db"
    settings = Settings(database_url=f"sqlite:///{path}", model="hashing")
    with open_archive(settings) as archive:
        Importer(archive, ImportRequest(str(COMMENTS), "Tideway")).run(open_files(COMMENTS))
        index_pending(archive, lambda: Models(settings).get_of(archive))
    return path


@pytest.fixture
def archive(sample: Path, database: Path) -> Path:
    """The sample archive, to write to, where the commands look for it."""
    return Path(shutil.copy(sample, database))
