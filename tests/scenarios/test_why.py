"""Why these?: the reasons for a page of hits, for whoever presses, of what the answer's readers may see."""

from bot.slack.views.buttons import MORE, WHY
from tests.fakes.slack import Post, StandInSlack
from tests.fakes.slack.records import View
from tests.scenarios.modals import count_modals, wait_for_modal
from tests.scenarios.room import GUEST, MEMBER, Room, dump, find_links


def open_reasons(slack: StandInSlack, post: Post, user: str) -> View:
    before = count_modals(slack, user)
    slack.click(post, WHY, user=user).wait_acked()
    return wait_for_modal(slack, user, before + 1)


def read_heads(view: View) -> list[str]:
    texts = [block["text"]["text"] for block in view.blocks if block["type"] == "section"]
    return [text for text in texts if text.startswith("*")]


def test_why_tells_of_each_hit_of_the_page_with_its_link(slack: StandInSlack, room: Room):
    room.mention()
    first = room.wait_for_post()
    view = open_reasons(slack, first, GUEST)
    assert [head.partition(".*")[0] for head in read_heads(view)] == [f"*{rank}" for rank in range(1, 6)]
    shown = dump(view.blocks).replace("&amp;", "&")
    assert all(link in shown for link in find_links(first))
    assert "words that your question is about" in shown
    assert room.settle() == [first]


def test_why_of_the_next_page_tells_of_that(slack: StandInSlack, room: Room):
    room.mention()
    slack.click(room.wait_for_post(), MORE, user=MEMBER)
    second = room.wait_for_post(2)
    heads = read_heads(open_reasons(slack, second, MEMBER))
    assert [head.partition(".*")[0] for head in heads] == [f"*{rank}" for rank in range(6, 11)]


def test_why_of_a_private_answer_tells_of_what_that_person_sees(slack: StandInSlack, room: Room):
    room.command("gondola brewery")
    private = room.wait_for_post()
    assert "members.example/p2" in dump(open_reasons(slack, private, MEMBER).blocks)


def test_why_in_a_channel_tells_of_what_everyone_there_sees(slack: StandInSlack, room: Room):
    room.mention("unconference of unconferences")
    post = room.wait_for_post()
    assert "members.example" not in dump(open_reasons(slack, post, MEMBER).blocks)


def test_why_says_who_and_when_were_asked_for(slack: StandInSlack, room: Room):
    room.mention("what did Tomasz say about unconferences since 2008?")
    shown = dump(open_reasons(slack, room.wait_for_post(), MEMBER).blocks)
    assert "It is what your question is narrowed to: by Tomasz Wójcik." in shown
    assert "is of the time that you asked for: since 2008-01-01." in shown
