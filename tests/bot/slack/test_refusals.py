import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.refusals import describe_error
from tests.fakes.slack import StandInSlack


def refuse(slack: StandInSlack, client: WebClient, error: str) -> dict[str, str]:
    slack.fail_next("auth.test", error=error)
    with pytest.raises(SlackApiError) as raised:
        client.auth_test()
    return describe_error(raised.value)


@pytest.mark.parametrize("error", ["account_inactive", "invalid_auth", "token_revoked"])
def test_token_that_is_good_no_more_is_told_with_what_to_do(slack: StandInSlack, client: WebClient, error: str):
    told = refuse(slack, client, error)
    assert told["error"] == error
    assert "SLACK_BOT_TOKEN" in told["advice"]


def test_scope_that_is_missing_is_named_with_the_way_to_add_it(slack: StandInSlack, client: WebClient):
    held = set(slack.scopes)
    slack.scopes = held - {"users:read"}
    try:
        with pytest.raises(SlackApiError) as raised:
            client.users_info(user="U1")
    finally:
        slack.scopes = held
    told = describe_error(raised.value)
    assert (told["needed"], "OAuth & Permissions" in told["advice"]) == ("users:read", True)


def test_refusal_of_another_kind_is_told_by_its_name_and_an_error_by_its_type(slack: StandInSlack, client: WebClient):
    assert refuse(slack, client, "is_archived") == {"error": "is_archived"}
    assert describe_error(OSError("a secret")) == {"error": "OSError"}
