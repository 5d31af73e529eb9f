"""One conversation of the stand-in workspace, and what the app did in it."""

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from bot.slack.views.buttons import MORE
from tests.fakes.slack import Delivery, Post, StandInSlack, Update
from tests.scenarios.process import settle

MEMBER = "U1"
GUEST = "U2"
ADMIN = "U3"
SECRET_CHANNEL = "CSECRET"
MENTION = f"<@{StandInSlack.bot_user_id}>"
QUESTION = "what was said about unconferences?"

_OPEN = re.compile(r"<(https?://[^<>|]+)\|open the comment>")


@dataclass(frozen=True)
class Room:
    """A channel, or the direct messages of somebody."""

    slack: StandInSlack
    id: str

    @property
    def posts(self) -> list[Post]:
        return [post for post in self.slack.posts if post.channel == self.id]

    @property
    def updates(self) -> list[Update]:
        return [update for update in self.slack.updates if update.channel == self.id]

    def mention(self, text: str = QUESTION, *, user: str = GUEST, thread_ts: str | None = None) -> Delivery:
        """Mention the bot in this channel; unless told otherwise, as somebody who sees no more than everyone there."""
        return self.slack.send_mention(channel=self.id, user=user, text=f"{MENTION} {text}", thread_ts=thread_ts)

    def command(self, text: str = QUESTION, *, user: str = MEMBER) -> Delivery:
        """Ask privately in this channel."""
        return self.slack.send_command("/hark", text=text, user=user, channel=self.id)

    def wait_for_posts(self, number: int) -> list[Post]:
        self.slack.wait_for(lambda: len(self.posts) >= number, what=f"{number} posts in {self.id}")
        return self.posts

    def wait_for_post(self, number: int = 1) -> Post:
        """Wait for the post of this number, from 1."""
        return self.wait_for_posts(number)[number - 1]

    def wait_for_updates(self, number: int) -> list[Update]:
        self.slack.wait_for(lambda: len(self.updates) >= number, what=f"{number} updates in {self.id}")
        return self.updates

    def settle(self) -> list[Post]:
        """Wait until nothing more can come; all posts there are then."""
        settle(self.slack)
        return self.posts


def find_links(message: Post | Update) -> list[str]:
    """The addresses of the comments that a message quotes."""
    texts = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    return [html.unescape(address) for text in texts for address in _OPEN.findall(text)]


def count_hits(message: Post | Update) -> int:
    """How many comments answer in all, as the first page says; at least a few pages of them."""
    found = re.search(r"And (\d+) more comments\.$", message.text)
    assert found, message.text
    assert int(found[1]) > 10
    return int(found[1]) + 1


def find_actions(message: Post | Update) -> list[str]:
    """The buttons of a message."""
    return [one["action_id"] for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


def dump(message: Post | Update | list[Any]) -> str:
    """All that a message says."""
    shown = message if isinstance(message, list) else [message.text, message.blocks]
    return json.dumps(shown, ensure_ascii=False)


def follow_to_the_end(room: Room, first: Post, user: str = MEMBER) -> list[Post]:
    """Press More until there is no more; every page in order."""
    pages = [first]
    while MORE in find_actions(pages[-1]):
        before = len(room.posts)
        room.slack.click(pages[-1], MORE, user=user)
        pages.append(room.wait_for_post(before + 1))
    return pages
