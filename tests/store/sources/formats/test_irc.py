"""IRC logs."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import Comment, SkippedRecord, SourceItem, SourceProblem
from store.sources.files import open_files
from store.sources.formats import irc
from store.sources.head import Head
from tests.store.sources.making import comments_of, make_file, problems_of, skipped_of

SAMPLES = Path(__file__).parent / "samples" / "irc"
EVENT = "not said by anybody: a join, a notice or the like"
STRAY = "the line is none that this kind of log has: left out"
JOIN = "2016-03-03T18:20:35  *** jo has joined #boats"


def parse(content: str | bytes, name: str = "a.log") -> list[SourceItem]:
    return list(irc.FORMAT.parse([make_file(content, name)]))


def recognises(content: str | bytes, name: str = "a.log") -> bool:
    return irc.recognises(Head.read(make_file(content, name)))


def outline(comment: Comment) -> tuple[str, str, str, str]:
    assert comment.published
    return f"{comment.published:%d %H:%M:%S}", comment.author.name, comment.text, comment.discussion.title


ASKED = "Which varnish do you use?"
THIRD = "#boats, 3 March 2016"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("supybot.log", [("03 17:20:40", "rosa", ASKED, THIRD), ("03 17:20:45", "milo", "milo thinks", THIRD)]),
        (
            "irc.net.#boats.weechatlog",
            [
                ("03 18:20:40", "rosa", ASKED, THIRD),
                ("03 18:20:45", "milo", "milo thinks", THIRD),
                ("03 18:20:46", "milo", "Oil.", THIRD),
            ],
        ),
        (
            "irssi.log",
            [
                ("03 18:20:00", "rosa", ASKED, THIRD),
                ("03 18:21:00", "milo", "Oil.", THIRD),
                ("03 18:21:00", "milo", "milo thinks", THIRD),
                ("04 00:01:00", "milo", "Or none.", "#boats, 4 March 2016"),
            ],
        ),
        ("#boats", [("03 18:20:40", "rosa", ASKED, THIRD), ("03 18:20:45", "milo", "milo thinks", THIRD)]),
        (
            "dated.txt",
            [
                ("03 18:20:40", "rosa", ASKED, "3 March 2016"),
                ("03 18:20:45", "milo", "milo thinks", "3 March 2016"),
            ],
        ),
    ],
)
def test_logs_of_all_kinds_are_read(name: str, expected: list[tuple[str, str, str, str]]):
    items = list(irc.FORMAT.parse(open_files(SAMPLES / name)))

    assert [outline(comment) for comment in comments_of(items)] == expected
    assert problems_of(items) == []
    assert "192.0.2" not in repr(items)


def test_comment_is_whole():
    (skipped, comment) = parse(f"{JOIN}\n2016-03-03T18:20:40Z  <rosa> Hi")

    assert skipped == SkippedRecord("line 1", EVENT)
    assert isinstance(comment, Comment)
    assert comment.discussion.native_id == "#boats:2016-03-03"
    assert (comment.url, comment.parent_id, comment.author.account) == ("", None, None)
    assert comment.published == datetime(2016, 3, 3, 18, 20, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<rosa> Hi", "said"),
        ("<@rosa> Hi", "said"),
        ("<rosa>", "empty"),
        ("<rosa>\tHi", "said"),
        ("* rosa waves", "said"),
        ("*rosa waves", "said"),
        ("* rosa", "empty"),
        ("*** rosa has quit IRC", "event"),
        ("***", "event"),
        ("-lamp- lit", "event"),
        ("--> rosa has joined", "event"),
        ("rosa (~r@host) has joined #boats", "event"),
        ("rosa is now known as rosa_", "event"),
        ("rosa: Hi", "stray"),
        ("<two words> Hi", "stray"),
        ("bob left his keys", "stray"),
        ("text", "stray"),
    ],
)
def test_lines_are_told_apart(body: str, kind: str):
    items = parse(f"{JOIN}\n2016-03-03T18:20:36  {body}\n")[1:]

    kinds = {"said": comments_of(items), "stray": problems_of(items)}.get(kind, skipped_of(items))
    assert len(items) == len(kinds) == 1


def test_line_that_is_none_is_a_problem():
    assert parse(f"{JOIN}\nIt rains.\n\n{JOIN}") == [
        SkippedRecord("line 1", EVENT),
        SourceProblem("line 2", STRAY),
        SkippedRecord("line 4", EVENT),
    ]


def test_ids_are_the_same_in_a_longer_export_and_differ_for_the_same_line_again():
    line = "2016-03-03T18:20:40  <rosa> Hi\n"
    other = "2016-03-03T18:20:41  <rosa> Hi\n"

    short = [comment.native_id for comment in comments_of(parse(f"{JOIN}\n{line}{line}"))]
    long = [comment.native_id for comment in comments_of(parse(f"{JOIN}\n{JOIN}\n{line}{line}{other}"))]

    assert long[:2] == short
    assert len(set(long)) == 3


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("logs/#Boats.log", "#boats"),
        ("logs/#boats/2016-03-03.log", "#boats"),
        ("irc.net.#boats.2016-03-03.weechatlog", "#boats"),
        ("#boats_20160303.log", "#boats"),
        ("#c++.log", "#c++"),
        ("boats.log", ""),
        ("a.log#frag", ""),
    ],
)
def test_channel_is_in_the_name(name: str, channel: str):
    (comment,) = comments_of(parse("[2016-03-03 18:20:40] <rosa> Hi", name))

    assert comment.discussion.title == (f"{channel}, 3 March 2016" if channel else "3 March 2016")


@pytest.mark.parametrize("name", ["#boats/2016-03-03.log", "#boats_20160303.log", "znc_#boats_2016_03_03.txt"])
def test_day_is_in_the_name(name: str):
    (comment,) = comments_of(parse("[18:20:40] <rosa> Hi", name))

    assert comment.published == datetime(2016, 3, 3, 18, 20, 40, tzinfo=UTC)


def test_log_without_a_day_is_told_once_and_kept():
    items = parse("[18:20:40] <rosa> Hi\n[18:20:41] <rosa> Ho\n", "#boats.log")

    assert [(comment.published, comment.discussion.title) for comment in comments_of(items)] == [(None, "#boats")] * 2
    assert problems_of(items) == [
        SourceProblem("line 1", "the log does not say of which day it is: kept without dates")
    ]


def test_date_that_is_none_is_told():
    items = parse(f"{JOIN}\n2016-02-31T18:20:40  <rosa> Hi")

    assert problems_of(items) == [SourceProblem("line 2", "the date cannot be read: kept without one")]
    assert [comment.published for comment in comments_of(items)] == [None]


def test_colours_are_left_out():
    (comment,) = comments_of(parse("[2016-03-03 18:20:40] <rosa> \x02It\x02 is \x0304,12red\x03 and \x04ff0000x\x0f"))

    assert comment.text == "It is red and x"


def test_bytes_of_other_encodings_are_read():
    (comment,) = comments_of(parse(b"\xef\xbb\xbf[2016-03-03 18:20:40] <rosa> caf\xe9\r\n"))

    assert comment.text == "café"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "It rains.\n",
        "rosa: Hi\nmilo: Ho\n",
        "2016-03-03 18:20:35 INFO started\n",
        "2016-03-03 18:20:35\tINFO\tstarted\n2016-03-03 18:20:36\tINFO\tdone\n",
        "2016-03-03T18:20:35Z  started\n",
        "[2016-03-03 18:20:35] ERROR it failed\n",
        "[2016-03-03 18:20:35] * an item\n",
        "18:20 <rosa> Hi\n",
        "* one\n* two\n",
        "<rosa> Hi\n",
        "[3/3/16, 18:20:35] Rosa: Hi\n",
        "[2016-03-03 18:20:40] <rosa> Hi\n" + "It rains.\n" * 3,
        "*** Title ***\n",
    ],
)
def test_other_text_is_no_log(content: str):
    assert not recognises(content)


def test_log_with_a_few_stray_lines_is_recognised():
    assert recognises("[2016-03-03 18:20:40] <rosa> Hi\n" * 9 + "It rains.\n")
    assert recognises("[2016-03-03 18:20:40] <rosa> Hi\n" * 9_000)


WHOLE = b"".join(path.read_bytes() for path in sorted(SAMPLES.rglob("*")) if path.is_file())


@given(st.data())
def test_log_with_any_bytes_changed_raises_nothing(data: st.DataObject):
    damaged = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 12))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(damaged[data.draw(st.integers(0, len(damaged))) :])

    recognises(content)
    assert all(comment.text for comment in comments_of(parse(content)))


@pytest.mark.parametrize(
    "line", ["<" * 100_000, "-" * 100_000, "[18:20:40] " + "x " * 50_000, "\0" * 1_000, "2016-03-03T"]
)
def test_hostile_lines_are_problems(line: str):
    items = parse(f"{JOIN}\n{line}\n")

    assert items == [SkippedRecord("line 1", EVENT), SourceProblem("line 2", STRAY)]


def read_logs(*names: str) -> dict[str, str]:
    """Give the visibility of what is said in logs of these names."""
    files = [make_file(f"[2016-03-03 18:20:40] <rosa> In {name}", name) for name in names]
    found = comments_of(list(irc.FORMAT.parse(files)))
    return {comment.text.removeprefix("In "): comment.discussion.channel.visibility.kind for comment in found}


def test_talk_between_two_people_among_logs_of_channels_is_nobodys():
    assert read_logs("net/#boats/2016-03-03.log", "net/milo/2016-03-03.log") == {
        "net/#boats/2016-03-03.log": "public",
        "net/milo/2016-03-03.log": "nobody",
    }


def test_log_that_weechat_names_after_a_person_is_nobodys():
    assert read_logs("irc.net.milo.weechatlog") == {"irc.net.milo.weechatlog": "nobody"}


def test_logs_that_none_names_are_public():
    assert read_logs("boats.log", "woods.log") == {"boats.log": "public", "woods.log": "public"}
