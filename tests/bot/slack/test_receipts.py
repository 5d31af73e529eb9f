from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.slack.receipts import Receipts
from bot.slack.viewers import People
from store.archive import Archive
from store.domain.forgetting import RemovalRequest
from store.repositories.replies import Replies
from tests.fakes.slack import StandInSlack

ADA = RemovalRequest(StandInSlack.team_id, "U1", (("Talk", 1),), datetime(2026, 3, 1, tzinfo=UTC), is_approved=True)


@pytest.fixture
def replies(tmp_path: Path) -> Iterator[Replies]:
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    yield Replies(archive.database)
    archive.close()


@pytest.fixture
def receipts(client: WebClient, replies: Replies) -> Receipts:
    return Receipts(client, replies, People(client))


def test_receipt_is_written_once(slack: StandInSlack, receipts: Receipts):
    before = len(slack.posts)
    assert receipts.tell_done(ADA)
    assert receipts.tell_done(ADA)
    (told,) = slack.posts[before:]
    assert told.text.startswith("You are forgotten, as you asked.")


def test_trouble_is_told_once_by_its_reference(slack: StandInSlack, receipts: Receipts):
    before = len(slack.posts)
    assert receipts.tell_trouble(ADA, "1a2b3c4d")
    assert receipts.tell_trouble(ADA, "1a2b3c4d")
    (told,) = slack.posts[before:]
    assert "reference: 1a2b3c4d" in str(told.blocks)


def test_receipt_that_slack_did_not_take_is_owed(slack: StandInSlack, receipts: Receipts):
    slack.fail_next("chat.postMessage", status=503)
    assert not receipts.tell_done(ADA)


def test_receipt_that_somebody_may_be_writing_is_owed(receipts: Receipts, replies: Replies):
    assert replies.take(f"forgotten:{ADA.team}:U1:{ADA.asked_at.isoformat()}")
    assert not receipts.tell_done(ADA)


def test_receipt_that_nobody_would_read_is_not_owed(slack: StandInSlack, receipts: Receipts):
    slack.fail_next("chat.postMessage", error="user_disabled")
    assert receipts.tell_done(ADA)
