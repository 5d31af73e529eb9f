"""Telegram: pages of updates that a bot got."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "telegram/telegram_messages.json": Expected("telegram", comments=3),
    # Of its three updates, the last is the second one edited.
    "telegram/telegram_messages_next.json": Expected("telegram", comments=2),
}
