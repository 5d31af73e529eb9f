import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.sample import COMMENTS
from tests.databases import BOTH, ArchivePlace, Databases, Files
from tests.fakes.slack import StandInSlack
from tests.scenarios.forking import Forks
from tests.scenarios.process import Serving, make_environment, run_well, serving
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


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sample, and comments that few may see."""
    secrets = tmp_path_factory.mktemp("sample") / "secrets.jsonl"
    secrets.write_text("".join(json.dumps(record) + "\n" for record in SECRETS))
    return [COMMENTS, secrets]


@pytest.fixture(scope="session", params=BOTH)
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Every kind of database that an archive can stand on: what uses archives of the scenarios runs on each."""
    if request.param == "sqlite":
        return Files(tmp_path_factory.mktemp("archives"))
    server: Databases = request.getfixturevalue("postgres")
    return server


@pytest.fixture(scope="session")
def sample_archive(databases: Databases, sample_files: list[Path]) -> ArchivePlace:
    """The sample, imported by the real command; never used but to be copied and read."""
    place = databases.create()
    run_well("import", *sample_files, database=place)
    return place


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Runs the real command many times: each in a process of its own, that has nothing to import."""
    folder = tmp_path_factory.mktemp("forks")
    with Forks(folder, make_environment(folder / "none.db")) as running:
        yield running


@pytest.fixture
def archive_copy(databases: Databases, sample_archive: ArchivePlace) -> Iterator[ArchivePlace]:
    """The sample archive, to write to."""
    place = databases.copy(sample_archive)
    yield place
    databases.drop(place)


@pytest.fixture
def database(databases: Databases) -> Iterator[ArchivePlace]:
    """A place for an archive, which holds nothing yet."""
    place = databases.create()
    yield place
    databases.drop(place)


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
def slack(databases: Databases) -> Iterator[StandInSlack]:  # noqa: ARG001  # one of each kind's own
    with StandInSlack(redelivery_delays=(0.0, 1.0), reads_channels=True) as running:
        fill_workspace(running)
        yield running


@pytest.fixture(scope="session")
def bot_process(
    slack: StandInSlack, databases: Databases, sample_archive: ArchivePlace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """The real process, connected to the stand-in Slack by Socket Mode, with all of its log."""
    folder = tmp_path_factory.mktemp("serving")
    extra = {"HARKBACK_LOG_LEVEL": "debug", "HARKBACK_ADMINS": ADMIN}
    with serving(databases.copy(sample_archive), make_slack_settings(slack) | extra, folder / "log") as running:
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
