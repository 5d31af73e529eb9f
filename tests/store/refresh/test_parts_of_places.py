"""Exports of chats and lists, which hold what somebody chose: a month, some channels."""

from dataclasses import replace

import pytest

from store.archive import Archive
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.sources import registry
from store.sources.format import Coverage
from tests.store.factories import make_file, read_texts

MAILS = [
    f"From ann@list.example Tue Mar {day:02} 10:00:00 2016\nFrom: Ann <ann@list.example>\n"
    f"Date: Tue, {day:02} Mar 2016 10:00:00 +0000\nMessage-ID: <{day}@list.example>\n"
    f"Subject: Tea {day}\n\nText {day}.\n\n"
    for day in range(1, 11)
]


@pytest.mark.parametrize(
    "name",
    ["mail", "irc", "slack", "mattermost", "rocketchat", "gitter", "zulip", "discord", "telegram", "reddit", "text"],
)
def test_export_of_a_part_says_nothing_of_what_it_lacks(name: str):
    assert registry.get_format(name).coverage is Coverage.PART


def test_refresh_of_a_mailbox_removes_no_mail_that_it_lacks(archive: Archive):
    request = ImportRequest("/list.mbox", "List", source_name="List")
    Importer(archive, request).run([make_file("".join(MAILS[:9]), "list.mbox")])
    [report] = Importer(archive, replace(request, is_refresh=True)).run([make_file("".join(MAILS[1:]), "list.mbox")])
    assert (report.added, report.unchanged, report.deleted) == (1, 8, 0)
    assert len(read_texts(archive)) == 10
