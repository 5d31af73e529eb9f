"""Slack: a large export made of a public one, slackdump's fixtures, pages of the API, and a day of an old export."""

from tests.store.sources.formats.shared_files import Expected

_API = "slack/api-perceval"
_DUMPED = "slack/slackdump"

FILES = {
    # Empty lists are nobody's; a file that somebody attached is not the talk.
    f"{_DUMPED}/export/groups.json": Expected(""),
    f"{_DUMPED}/source_export_dir/dms.json": Expected(""),
    f"{_DUMPED}/source_export_dir/groups.json": Expected(""),
    f"{_DUMPED}/source_export_dir/mpims.json": Expected(""),
    f"{_DUMPED}/source_dump_dir/CHY5HUESG/data-i455.json": Expected(""),
    # One message has no text.
    "slack/derived-racket-general-export.zip": Expected("slack", comments=22_171, skipped=1),
    "slack/zulip/test_slack_importer/random/2018-01-20.json": Expected("slack", comments=5, skipped=1),
    f"{_API}/slack_error.json": Expected("slack"),
    f"{_API}/slack_history_20150323.json": Expected("slack", comments=2, skipped=3),
    f"{_API}/slack_history_next.json": Expected("slack", comments=2),
    f"{_API}/slack_info_archived.json": Expected("slack"),
    f"{_API}/slack_members2.json": Expected("slack"),
    f"{_API}/slack_user_U0002.json": Expected("slack"),
    f"{_API}/slack_user_U0004_private.json": Expected("slack"),
    f"{_DUMPED}/contrib-sample.json": Expected("slack", comments=8, skipped=2),
    f"{_DUMPED}/converter/chan1_thread_1736478630.905399.json": Expected("slack", comments=2),
    f"{_DUMPED}/export/channels.json": Expected("slack"),
    f"{_DUMPED}/export/dms.json": Expected("slack"),
    f"{_DUMPED}/export/mpims.json": Expected("slack"),
    f"{_DUMPED}/export/ref-channels.json": Expected("slack"),
    f"{_DUMPED}/export/users.json": Expected("slack"),
    # A join and a tombstone are left out of each.
    f"{_DUMPED}/source_dump.zip": Expected("slack", comments=14, skipped=2),
    f"{_DUMPED}/source_dump_dir/CHY5HUESG.json": Expected("slack", comments=14, skipped=2),
    # Of the export, what an account said that users.json calls a bot's, too.
    f"{_DUMPED}/source_export.zip": Expected("slack", comments=13, skipped=3),
    f"{_DUMPED}/source_export_dir/channels.json": Expected("slack"),
    f"{_DUMPED}/source_export_dir/users.json": Expected("slack"),
    f"{_DUMPED}/source_export_dir/B75B4C7/2025-01-10.json": Expected("slack", comments=2),
    f"{_DUMPED}/source_export_dir/B75B4C7/2025-01-11.json": Expected("slack", comments=9, skipped=2),
    f"{_DUMPED}/source_export_dir/B75B4C7/2025-01-18.json": Expected("slack", comments=1),
    f"{_DUMPED}/source_export_dir/B75B4C7/2025-01-24.json": Expected("slack", comments=2),
}
