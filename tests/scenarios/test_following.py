"""What another process imports or removes is soon in the answers of a running one."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from tests.databases import ArchivePlace
from tests.fakes.slack import StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import run_harkback, serving
from tests.scenarios.room import MEMBER, Room, dump
from tests.waiting import PATIENCE_SECONDS

RECORDS = [
    {"id": "1", "text": "The zeppelin lands at noon."},
    {"id": "2", "text": "Kettles whistle in the kitchen."},
    {"id": "3", "text": "Gulls circle the harbour."},
]


def write_records(path: Path, *records: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def ask_until(room: Room, is_right: Callable[[str], bool]) -> str:
    """Ask until an answer is right; the answer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        asked = len(room.posts)
        room.mention("zeppelin")
        answer = dump(room.wait_for_post(asked + 1))
        if is_right(answer):
            return answer
        assert time.monotonic() < deadline, answer


def test_running_process_follows_what_another_imports_refreshes_and_hides(archive_copy: ArchivePlace, tmp_path: Path):
    notes = write_records(tmp_path / "notes.jsonl", *RECORDS)
    with StandInSlack() as slack:
        fill_workspace(slack)
        with serving(archive_copy, make_slack_settings(slack), tmp_path / "log") as bot_process:
            slack.wait_connected()
            room = make_room(slack)
            ask_until(room, lambda answer: "lands at noon" not in answer)
            assert run_harkback("import", notes, database=archive_copy).returncode == 0
            ask_until(room, lambda answer: "lands at noon" in answer)
            edited = RECORDS[0] | {"text": "The zeppelin lands at midnight."}
            write_records(notes, edited, *RECORDS[1:])
            assert run_harkback("refresh", "notes", database=archive_copy).returncode == 0
            ask_until(room, lambda answer: "at midnight" in answer and "at noon" not in answer)
            hidden = ("--visibility", f"people:{MEMBER}")
            assert run_harkback("import", notes, *hidden, database=archive_copy).returncode == 0
            # At once: not a single answer more has it.
            asked = len(room.posts)
            room.mention("zeppelin")
            assert "at midnight" not in dump(room.wait_for_post(asked + 1))
            assert "cannot follow" not in bot_process.log
