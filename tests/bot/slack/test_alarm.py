from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.refreshing import JobState
from bot.slack.alarm import Alarm
from bot.slack.viewers import People
from store.archive import Archive
from store.domain.refresh import RefreshKind, RefreshState
from store.errors import StoreError
from store.repositories.replies import Replies
from tests.bot.slack.views.test_refresh import JOB, make_source
from tests.fakes.slack import Post, StandInSlack

STOPPED = make_source("Blog", RefreshState.STOPPED, message="30 of 100 comments did not come again")


@pytest.fixture
def alarm(slack: StandInSlack, client: WebClient, tmp_path: Path) -> Alarm:
    slack.workspace.add_user("UONE")
    slack.workspace.add_user("UTWO")
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    return Alarm(client, Replies(archive.database), People(client), ("UONE", "UNOBODY", "UTWO"))


@pytest.fixture
def before(slack: StandInSlack) -> int:
    return len(slack.posts)


def find_news(slack: StandInSlack, before: int) -> list[Post]:
    return slack.posts[before:]


def test_alarm_tells_each_admin_once_a_day_of_a_source_and_a_reason(slack: StandInSlack, alarm: Alarm, before: int):
    alarm.tell(JobState(JOB, (make_source("Forum"), STOPPED), is_over=True))
    posts = find_news(slack, before)
    assert [post.channel for post in posts] == ["DUONE", "DUTWO"]
    assert posts[0].text == "The scheduled refresh could not bring 1 source up to date."
    assert "Forum" not in str(posts[0].blocks)
    again = make_source("Blog", RefreshState.STOPPED, message="31 of 1,100 comments did not come again")
    alarm.tell(JobState(JOB, (again,), is_over=True))
    assert len(find_news(slack, before)) == 2
    other = make_source("Forum", RefreshState.STOPPED, message="31 of 1,100 comments did not come again")
    alarm.tell(JobState(JOB, (again, other), is_over=True))
    latest = find_news(slack, before)[2:]
    assert ["Forum" in str(post.blocks) for post in latest] == [True, True]
    assert ["Blog" in str(post.blocks) for post in latest] == [False, False]


@pytest.mark.parametrize("state", [RefreshState.DONE, RefreshState.CANCELLED, RefreshState.INTERRUPTED, None])
def test_alarm_is_silent_where_nothing_is_wrong(
    slack: StandInSlack, alarm: Alarm, before: int, state: RefreshState | None
):
    alarm.tell(JobState(JOB, (make_source("Blog", state),), is_over=True))
    assert find_news(slack, before) == []


def test_alarm_tells_of_a_command_that_ended_badly(slack: StandInSlack, alarm: Alarm, before: int):
    for _ in range(2):
        alarm.tell(JobState(JOB, (make_source("Blog", None),), is_over=True, reference="1a2b3c4d"))
    posts = find_news(slack, before)
    assert len(posts) == 2
    assert posts[0].text == "The scheduled refresh did not come to its end."
    assert "1a2b3c4d" in str(posts[0].blocks)


def test_alarm_tells_of_what_is_too_old_and_could_not_be_removed(slack: StandInSlack, alarm: Alarm, before: int):
    failed = make_source("Blog", RefreshState.FAILED, kind=RefreshKind.RETENTION)
    alarm.tell(JobState(JOB, (make_source("Blog"),), retained=(failed,), is_over=True))
    posts = find_news(slack, before)
    assert len(posts) == 2
    assert "*Blog*, removing what is too old: failed" in str(posts[0].blocks)


def test_alarm_that_reached_nobody_is_told_the_next_time(
    slack: StandInSlack, alarm: Alarm, before: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.repositories.replies.LEASE", timedelta(0))
    state = JobState(JOB, (STOPPED,), is_over=True)
    slack.fail_next("chat.postMessage", error="internal_error", times=3)
    alarm.tell(state)
    assert find_news(slack, before) == []
    alarm.tell(state)
    assert len(find_news(slack, before)) == 2
    # After a restart too.
    alarm = replace(alarm, _told=set())
    alarm.tell(state)
    assert len(find_news(slack, before)) == 2


def test_alarm_tells_although_the_archive_cannot_be_written(
    slack: StandInSlack, alarm: Alarm, before: int, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> bool:
        raise StoreError("cannot use the archive: it is full")

    monkeypatch.setattr(alarm.replies, "take", fail)
    monkeypatch.setattr(alarm.replies, "finish", fail)
    for _ in range(2):
        alarm.tell(JobState(JOB, (make_source("Blog", None),), is_over=True, reference="1a2b3c4d"))
    assert len(find_news(slack, before)) == 2


def test_alarm_is_told_again_on_another_day(
    slack: StandInSlack, alarm: Alarm, before: int, monkeypatch: pytest.MonkeyPatch
):
    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Tomorrow":
            return cls(2126, 3, 2, tzinfo=tz)

    alarm.tell(JobState(JOB, (STOPPED,), is_over=True))
    monkeypatch.setattr("bot.slack.alarm.datetime", Tomorrow)
    alarm.tell(JobState(JOB, (STOPPED,), is_over=True))
    assert len(find_news(slack, before)) == 4
