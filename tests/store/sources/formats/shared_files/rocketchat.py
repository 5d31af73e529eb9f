"""Rocket.Chat: pages of the API that another program is tested with."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "rocketchat/channel_info.json": Expected("rocketchat"),
    # The second message is hidden: what was said before an edit.
    "rocketchat/message_page_1.json": Expected("rocketchat", comments=1, skipped=1),
    "rocketchat/message_page_2020_05_03.json": Expected("rocketchat", comments=1),
}
