import json
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from bot.sample import COMMENTS
from tests.fakes.slack import StandInSlack
from tests.postgres import PostgresServer
from tests.scenarios.forking import Forks
from tests.scenarios.process import Serving, make_environment, run_harkback, serving
from tests.scenarios.room import ADMIN, GUEST, MEMBER, SECRET_CHANNEL, Room

# What few may see, each with a word that stands nowhere else.
SECRETS = [
    {"id": "p1", "text": "The zeppelin budget stays with us.", "visibility": f"channel:{SECRET_CHANNEL}"},
    {
        "id": "p2",
        "text": "Our gondola unconference, an unconference of unconferences, meets behind the brewery.",
        "url": "https://members.example/p2",
        "visibility": f"workspace:{StandInSlack.team_id}",
    },
    {"id": "p3", "text": "The submarine is hers alone.", "visibility": f"people:{MEMBER}"},
]
_numbers = count(1)


@dataclass(frozen=True)
class Shared:
    """An archive that several processes share: a file, or a database of a server."""

    folder: Path
    url: str

    def serve(self, slack: StandInSlack, log: Path, **extra: str) -> AbstractContextManager[Serving]:
        settings = {**make_slack_settings(slack), "HARKBACK_DATABASE_URL": self.url, **extra}
        return serving(self.folder / "archive.db", settings, log)

    def run(self, *arguments: str | Path, **extra: str) -> str:
        """Run a command that has nothing to complain of; what it prints."""
        extra = {"HARKBACK_DATABASE_URL": self.url, **extra}
        done = run_harkback(*arguments, database=self.folder / "archive.db", extra=extra)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sample, and comments that few may see."""
    secrets = tmp_path_factory.mktemp("sample") / "secrets.jsonl"
    secrets.write_text("".join(json.dumps(record) + "\n" for record in SECRETS))
    return [COMMENTS, secrets]


@pytest.fixture(scope="session")
def sample_archive(sample_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, imported by the real command; never written to."""
    database = tmp_path_factory.mktemp("archive") / "archive.db"
    Shared(database.parent, f"sqlite:///{database}").run("import", *sample_files)
    return database


@pytest.fixture(scope="session")
def sample_database(
    sample_files: list[Path], postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The same in a database of a server; never used but to be copied."""
    url = postgres.create()
    Shared(tmp_path_factory.mktemp("database"), url).run("import", *sample_files)
    return url


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Runs the real command many times: each in a process of its own, that has nothing to import."""
    folder = tmp_path_factory.mktemp("forks")
    with Forks(folder, make_environment(folder / "none.db")) as running:
        yield running


@pytest.fixture
def archive_copy(sample_archive: Path, tmp_path: Path) -> Path:
    """The sample archive, to write to."""
    return Path(shutil.copy(sample_archive, tmp_path / "archive.db"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Shared:
    """The sample archive on each kind of database, to write to."""
    if request.param == "sqlite":
        return Shared(tmp_path, f"sqlite:///{request.getfixturevalue('archive_copy')}")
    sample: str = request.getfixturevalue("sample_database")
    return Shared(tmp_path, request.getfixturevalue("postgres").copy(sample))


def make_slack_settings(slack: StandInSlack) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
    }


def fill_workspace(slack: StandInSlack) -> None:
    workspace = slack.workspace
    workspace.add_user(MEMBER, name="ada", real_name="Ada Lovelace")
    workspace.add_user(GUEST, name="gus", is_restricted=True)
    workspace.add_user(ADMIN, name="grace", real_name="Grace")
    workspace.add_channel(SECRET_CHANNEL, name="secret", members=[MEMBER, GUEST, slack.bot_user_id], is_private=True)


@pytest.fixture(scope="session")
def slack() -> Iterator[StandInSlack]:
    with StandInSlack(redelivery_delays=(0.0, 1.0), reads_channels=True) as running:
        fill_workspace(running)
        yield running


@pytest.fixture(scope="session")
def bot_process(
    slack: StandInSlack, sample_archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """The real process, connected to the stand-in Slack by Socket Mode, with all of its log."""
    folder = tmp_path_factory.mktemp("serving")
    database = Path(shutil.copy(sample_archive, folder / "archive.db"))
    extra = {"HARKBACK_LOG_LEVEL": "debug", "HARKBACK_ADMINS": ADMIN}
    with serving(database, make_slack_settings(slack) | extra, folder / "log") as running:
        slack.wait_connected()
        yield running
        # What people ask is theirs.
        assert "unconference" not in running.log


@pytest.fixture
def room(slack: StandInSlack, bot_process: Serving) -> Room:  # noqa: ARG001  # the process is to be there
    """A channel that no other test uses."""
    return make_room(slack)


def make_room(slack: StandInSlack, *, has_bot: bool = True) -> Room:
    number = next(_numbers)
    members = [MEMBER, GUEST, *([slack.bot_user_id] if has_bot else [])]
    slack.workspace.add_channel(f"CROOM{number}", name=f"room-{number}", members=members)
    return Room(slack, f"CROOM{number}")


def make_person(slack: StandInSlack) -> str:
    """A full member whom no other test uses."""
    return slack.workspace.add_user(f"UPERSON{next(_numbers)}", name="pat").id
