"""A real community's export, compared with what a person reads in its raw files. Skipped where the folder is absent."""

import time
from pathlib import Path

import pytest

from store.domain.comment import Comment
from store.sources.files import open_files
from store.sources.formats import slack
from store.sources.head import Head

ARCHIVES = "https://racket.slack.com/archives/CRACKET"
# What was said, in which thread, by whom; read in the day files and in users.json.
SAID = [
    ("1494517568.512661", "1494517568.512661", "Jacob"),
    ("1499362633.185709", "1499361252.614563", "Eun"),
    ("1504472901.000015", "1504472901.000015", "Corey"),
    ("1506810269.000032", "1506805062.000013", "Kimbery"),
    ("1506969806.000041", "1506969589.000266", "Chantelle"),
    ("1507832981.000345", "1507822544.000026", "Ka"),
    ("1508945855.000642", "", "Corey"),
    ("1509684800.000388", "1509661414.000146", "Chantelle"),
    ("1511272203.000780", "1511270668.000062", "Latarsha"),
    ("1521266235.000045", "1521261600.000030", "Carrol"),
    ("1521557613.000348", "", "Willette"),
    ("1521819788.000492", "1521819788.000492", "Odis"),
    ("1528382134.000446", "1528382134.000446", "Helena"),
    ("1532419880.000145", "", "Ruthe"),
    ("1533814377.000290", "1533801951.000034", "Marnie"),
    ("1534352441.000100", "1534351902.000100", "Gaynell"),
    ("1544334519.221600", "1544334519.221600", "Erika"),
    ("1551926152.436100", "1551921994.407100", "Karen"),
    ("1555519223.171000", "1555438176.157100", "Lavette"),
    ("1559832008.044300", "1559824113.037200", "Shavon"),
]
# Of the processor. Far above what it takes, far below what reading each file anew would.
MAX_SECONDS = 20


@pytest.fixture(scope="module")
def said(shared_folder: Path) -> dict[str, Comment]:
    files = open_files(shared_folder / "formats" / "slack" / "derived-racket-general-export.zip")
    begun = time.thread_time()
    items = list(slack.parse([file for file in files if slack.recognises(Head.read(file))]))
    assert time.thread_time() - begun < MAX_SECONDS
    return {item.native_id: item for item in items if isinstance(item, Comment)}


@pytest.mark.parametrize(("ts", "thread", "name"), SAID)
def test_author_channel_and_permalink_of_a_real_message(said: dict[str, Comment], ts: str, thread: str, name: str):
    comment = said[f"CRACKET:{ts}"]
    is_reply = thread not in ("", ts)
    address = f"{ARCHIVES}/p{ts.replace('.', '')}"

    assert comment.author.name == name
    assert comment.author.also == (name.lower(),)
    assert comment.discussion.channel.name == "general"
    assert comment.discussion.channel.visibility.kind == "public"
    # Everyone's links to earlier talk go to this workspace; the export says it nowhere else.
    assert comment.url == (f"{address}?thread_ts={thread}&cid=CRACKET" if is_reply else address)
    assert comment.parent_id == (f"CRACKET:{thread}" if is_reply else None)
    assert comment.discussion.native_id.startswith(f"CRACKET:{thread}" if thread else "CRACKET:20")


def test_threads_and_days_are_those_of_the_raw_files(said: dict[str, Comment]):
    threads = {comment.discussion.native_id for comment in said.values() if "." in comment.discussion.native_id}
    unthreaded = [comment for comment in said.values() if "." not in comment.discussion.native_id]

    # One of the 22,172 messages is empty.
    assert (len(threads), len(unthreaded), len(said)) == (1_721, 643, 22_171)
    assert said["CRACKET:1508945855.000642"].discussion.title == "#general, 25 October 2017"
    assert all(comment.discussion.title for comment in said.values())
