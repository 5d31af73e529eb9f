from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from tests.fakes.slack import StandInSlack


@pytest.fixture(scope="module")
def slack() -> Iterator[StandInSlack]:
    with StandInSlack() as running:
        running.workspace.add_user("U1", name="ada", real_name="Ada Lovelace")
        yield running


@pytest.fixture
def client(slack: StandInSlack) -> WebClient:
    """A client that does not try again, so that failures are quick."""
    return WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
