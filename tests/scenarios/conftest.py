import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sample import COMMENTS
from tests.fakes.slack import StandInSlack
from tests.scenarios.process import Serving, run_harkback, serving

PRIVATE = '{"id": "p1", "author": "Rosa", "text": "The zeppelin budget stays secret.", "visibility": "%s"}\n'


@pytest.fixture(scope="session")
def sample_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, imported by the real command, with two comments that few may see; never written to."""
    folder = tmp_path_factory.mktemp("archive")
    database = folder / "archive.db"
    done = run_harkback("import", str(COMMENTS), "--source", "Tideway", database=database)
    assert done.returncode == 0, done.stderr
    secrets = folder / "secrets.jsonl"
    secrets.write_text(
        PRIVATE % "channel:C2"
        + '{"id": "p2", "author": "Milo", "text": "Our gondola plan is for members.", "visibility": "workspace:T1"}\n'
    )
    done = run_harkback("import", str(secrets), database=database)
    assert done.returncode == 0, done.stderr
    return database


@pytest.fixture
def archive_copy(sample_archive: Path, tmp_path: Path) -> Path:
    """The sample archive, to write to."""
    return Path(shutil.copy(sample_archive, tmp_path / "archive.db"))


def make_slack_settings(slack: StandInSlack) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
    }


@pytest.fixture(scope="module")
def slack() -> Iterator[StandInSlack]:
    with StandInSlack(redelivery_delays=(0.0, 1.0)) as running:
        yield running


@pytest.fixture(scope="module")
def bot_process(
    slack: StandInSlack, sample_archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """The real process, connected to the stand-in Slack by Socket Mode."""
    folder = tmp_path_factory.mktemp("serving")
    database = Path(shutil.copy(sample_archive, folder / "archive.db"))
    with serving(database, make_slack_settings(slack), folder / "log") as running:
        slack.wait_connected()
        yield running
