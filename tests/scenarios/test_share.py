"""Sharing a private answer: what everyone in the channel may see now, and a sentence where it cannot be shared."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.settings import Settings
from bot.slack.views.buttons import FILTERS, SHARE
from bot.slack.views.filters import SUGGEST
from bot.wiring import open_archive
from store.archive import Archive
from store.domain.viewer import PUBLIC, Visibility
from tests.databases import url_of
from tests.fakes.slack import Post, StandInSlack
from tests.scenarios.conftest import make_person, make_room
from tests.scenarios.modals import count_modals, wait_for_modal
from tests.scenarios.process import Serving
from tests.scenarios.room import MEMBER, Room, dump, find_links

REFUSED = "I could not share this answer: the channel is archived, or I may not write there."


@contextmanager
def opened(bot: Serving) -> Iterator[Archive]:
    with open_archive(Settings(database_url=url_of(bot.database), model="hashing")) as archive:
        yield archive


def show_to(bot: Serving, visibility: Visibility) -> None:
    """Let the sample be seen by these."""
    with opened(bot) as archive:
        for summary in archive.list_sources():
            if summary.comments > 10:
                source = summary.source
                archive.put_source(source.name, source.format, source.location, visibility)


def press_share(room: Room, private: Post, user: str = MEMBER) -> Post:
    before = len(room.posts)
    room.slack.click(private, SHARE, user=user).wait_acked()
    return room.wait_for_post(before + 1)


def test_share_of_what_was_limited_meanwhile_shares_nothing(slack: StandInSlack, room: Room, bot_process: Serving):
    room.command()
    private = room.wait_for_post()
    try:
        show_to(bot_process, Visibility.parse(f"people:{MEMBER}"))
        told = press_share(room, private)
    finally:
        show_to(bot_process, PUBLIC)
    assert told.ephemeral_to == MEMBER
    assert "nothing in this answer that everyone in this channel may see" in told.text
    assert not slack.list_calls("chat.postMessage") or room.settle() == [private, told]
    # Pressed again, it is shared if it can be by then.
    assert press_share(room, private).ephemeral_to is None


def test_share_of_what_was_hidden_meanwhile_leaves_it_out(room: Room, bot_process: Serving):
    room.command()
    private = room.wait_for_post()
    with opened(bot_process) as archive:
        by_url = {one.url: one.discussion_id for one in archive.read_comments(range(1, 1_000)).values()}
        hidden = archive.hiding.hide(by_url[find_links(private)[0]], "U1")
        try:
            shared = press_share(room, private)
        finally:
            archive.hiding.show(hidden or 0)
    assert shared.ephemeral_to is None
    assert find_links(private)[0] not in find_links(shared)


def test_share_tells_no_name_that_was_chosen_privately(slack: StandInSlack, room: Room):
    room.command()
    before = count_modals(slack, MEMBER)
    slack.click(room.wait_for_post(), FILTERS, user=MEMBER)
    modal = wait_for_modal(slack, MEMBER, before + 1)
    slack.submit_view(modal, user=MEMBER, filled={f"{SUGGEST}_sources": ["secrets"]})
    private = room.wait_for_post(2)
    assert "brewery" in dump(private)
    told = press_share(room, private)
    assert told.ephemeral_to == MEMBER
    assert [post for post in room.settle() if post.ephemeral_to is None] == []


def test_share_in_a_channel_that_was_archived_says_so_directly(slack: StandInSlack, bot_process: Serving):
    room, person = make_room(slack), make_person(slack)
    room.command(user=person)
    private = room.wait_for_post()
    slack.workspace.get_channel(room.id).is_archived = True
    slack.click(private, SHARE, user=person).wait_acked()
    direct = Room(slack, slack.workspace.open_direct_message(person).id)
    assert direct.wait_for_post().text.startswith(REFUSED)
    assert room.settle() == [private]
    assert bot_process.is_alive


def test_share_where_nobody_may_write_says_so(slack: StandInSlack, room: Room):
    room.command()
    private = room.wait_for_post()
    slack.fail_next("response_url", error="action_prohibited", status=403)
    told = press_share(room, private)
    assert (told.ephemeral_to, told.text[: len(REFUSED)]) == (MEMBER, REFUSED)


def test_share_of_an_old_private_answer_is_posted(slack: StandInSlack, room: Room):
    room.command()
    private = room.wait_for_post()
    payload = slack.click(private, FILTERS, user=MEMBER).payload
    slack.clock.advance(31 * 60)
    found = next(
        one
        for block in private.blocks
        if block["type"] == "actions"
        for one in block["elements"]
        if one["action_id"] == SHARE
    )
    forged = {key: payload[key] for key in ("type", "container", "channel", "response_url")}
    slack.send_interaction(forged | {"actions": [found]}, user=MEMBER)
    shared = room.wait_for_post(2)
    assert (shared.ephemeral_to, shared.via) == (None, "chat.postMessage")
    assert len(find_links(shared)) == 5
