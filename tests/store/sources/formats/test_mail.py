"""Mail: from files to comments."""

import dataclasses
import gzip
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceProblem
from store.sources.files import open_files
from store.sources.formats import mail, mail_cutting
from store.sources.formats.mail_headers import hash_id
from store.sources.head import Head
from tests.store.sources.mails import (
    FROM_LINE,
    NOON,
    make_comment,
    make_mail,
    make_mailbox,
    native_id,
    parse_mails,
    parse_one,
)
from tests.store.sources.making import comments_of, make_file, problems_of

SAMPLES = Path(__file__).parent / "samples" / "mail"
STRAY = "some bytes are not in the encoding the mail declares: read as Windows-1252"


def test_mails_of_a_mailbox_are_read_in_order():
    assert parse_mails(make_mailbox(make_mail(1), make_mail(2, "Bye."))) == [make_comment(1), make_comment(2, "Bye.")]


def test_sample_mailbox_is_read():
    root = hash_id("varnish.1@harbour.example")
    discussion = Discussion(root, "Varnish for wooden decks")

    assert list(mail.parse(open_files(SAMPLES / "list.mbox"))) == [
        Comment(
            native_id=root,
            discussion=discussion,
            author=AuthorAlias("Rosa Díaz"),
            text="Which varnish do you use?\n\nFrom what I read, two coats are enough.\n--\nRosa",
            published=datetime(2016, 3, 3, 17, 20, 30, tzinfo=UTC),
        ),
        Comment(
            native_id=hash_id("varnish.2@pier.example"),
            discussion=discussion,
            author=AuthorAlias("Milo Berg"),
            text="On Thu, Mar 3, 2016, Rosa wrote:\n> Which varnish do you use?\n\nNone. Oil.",
            published=datetime(2016, 3, 4, 8, tzinfo=UTC),
            parent_id=root,
        ),
    ]


@pytest.mark.parametrize(
    ("name", "author", "title", "text"),
    [
        ("2016-April.txt", "Nína", "Moorings", "Two moorings are free."),
        ("single.eml", "Berg, Milo", "Tides", "The tide table is out."),
        ("article.nntp", "Ada Quist", "Anchors", "Which anchor holds in mud?"),
        ("maildir", "rosa@…", "Sails", "Mended."),
    ],
)
def test_other_kinds_of_files_are_read(name: str, author: str, title: str, text: str):
    (comment,) = comments_of(list(mail.parse(open_files(SAMPLES / name))))

    assert (comment.author.name, comment.discussion.title, comment.text) == (author, title, text)


def test_compressed_month_is_read(tmp_path: Path):
    (tmp_path / "2016-March.txt.gz").write_bytes(gzip.compress(make_mailbox(make_mail())))

    assert list(mail.parse(open_files(tmp_path / "2016-March.txt.gz"))) == [make_comment()]


def test_same_mail_has_the_same_id_in_a_mailbox_and_alone():
    assert parse_mails(make_mail()) == parse_mails(make_mailbox(make_mail())) == [make_comment()]


def test_id_is_the_one_that_list_servers_give():
    # The first of HyperKitty's own tests.
    assert parse_one(make_mail(Message_ID="<dummy>")).native_id == "QKODQBCADMDSP5YPOPKECXQWEQAMXZL3"


def test_mail_without_an_id_is_known_by_what_it_says():
    first, again, other = (
        parse_one(make_mail(text=text, Message_ID=None)) for text in ("Hello there.", "Hello there.\n", "Bye.")
    )

    assert first == again
    assert first.native_id != other.native_id
    assert first.native_id == first.discussion.native_id


def test_no_address_is_kept():
    spoken = make_mail(
        2,
        "On Monday, Jo at x <jo at x.example> wrote:\n> Ann <ann at x.example>\n\nYes.\n"
        "___\nBoats mailing list\nboats at lists.example\n",
        From="jo at x.example",
        Subject="jo@x.example is full",
        In_Reply_To="Your mail of Monday <1@harbour.example>",
    )

    shown = repr(parse_mails(make_mail(From="rosa@harbour.example"), spoken))

    assert "harbour.example" not in shown
    assert "x.example" not in shown
    assert "at lists.example" not in shown


def test_link_is_the_one_in_the_mail():
    comment = parse_one(make_mail(Archived_At="<https://archive.example/123>"))

    assert (comment.url, comment.discussion.url) == ("https://archive.example/123", "")


def test_links_of_hyperkitty_are_told_from_its_address():
    base = "https://lists.example/archives/list/boats@lists.example/"
    root, own = native_id(1), native_id(2)
    expected = (f"{base}message/{own}/", f"{base}thread/{root}/")
    references = "<1@harbour.example>"

    by_list = parse_one(make_mail(2, List_Archive=f"<{base}>", References=references))
    by_mail = parse_one(make_mail(2, Archived_At=f"<{base}message/{own}/>", References=references))

    assert (by_list.url, by_list.discussion.url) == expected
    assert (by_mail.url, by_mail.discussion.url) == expected


@pytest.mark.parametrize("archive", ["<https://lists.example/pipermail/boats/>", "</archives>", "x"])
def test_no_link_is_invented(archive: str):
    comment = parse_one(make_mail(List_Archive=archive))

    assert (comment.url, comment.discussion.url) == ("", "")


def test_date_of_the_separator_is_taken_where_the_mail_has_none():
    assert parse_one(make_mailbox(make_mail(Date="Thu, 31 Foo 2016 99:00"))) == make_comment()
    assert parse_one(make_mailbox(make_mail(Date=None))) == make_comment()


def test_mail_without_any_date_is_a_problem_and_kept():
    assert parse_mails(make_mail(Date="yesterday")) == [
        SourceProblem(native_id(1), "no date can be read: kept without one"),
        dataclasses.replace(make_comment(), published=None),
    ]


def test_mail_that_is_too_large_is_a_problem(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mail_cutting, "MAX_MAIL_BYTES", 1_000)
    problem = SourceProblem("mail 1", "the mail is larger than 16 MiB: left out")
    large = make_mail(1, "long line\n" * 200)

    assert parse_mails(make_mailbox(large, make_mail(2))) == [problem, make_comment(2)]
    assert parse_mails(large) == [problem]


def test_what_has_no_headers_is_a_problem():
    assert parse_mails(make_mailbox(b"X-Mailer: a\n\ntext\n", make_mail(2))) == [
        SourceProblem("mail 1", "it has no headers of a mail: left out"),
        make_comment(2),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (make_mail(text=" \n"), "without text"),
        (make_mail(Control="cancel <2@harbour.example>"), "a message to news servers"),
        (make_mail(X_No_Archive="Yes"), "not to be archived"),
        (make_mail(X_Gmail_Labels="Inbox,Spam"), "spam"),
        (make_mail(X_Gmail_Labels="Trash"), "deleted"),
        (make_mail(text="-----BEGIN PGP MESSAGE-----\n\nabcd\n-----END PGP MESSAGE-----\n"), "encrypted"),
        (make_mail(text="--b\n\nx\n", Content_Type='multipart/encrypted; boundary="b"'), "encrypted"),
        (make_mail(text="JVBE", Content_Type="application/pdf"), "without text"),
    ],
)
def test_what_is_no_comment_is_left_out(content: bytes, reason: str):
    assert parse_mails(content) == [SkippedRecord(native_id(1), reason)]


@pytest.mark.parametrize(("flags", "reason"), [("S", ""), ("ST", "deleted"), ("D", "draft"), ("", "")])
def test_flags_of_a_maildir_are_heeded(flags: str, reason: str):
    items = list(mail.parse([make_file(make_mail(), f"list/cur/1457.M1.host:2,{flags}")]))

    assert items == ([SkippedRecord(native_id(1), reason)] if reason else [make_comment()])


def test_bytes_that_are_not_what_is_declared_are_told():
    content = make_mail(text=b"It\x92s on.", Content_Type="text/plain; charset=utf-8")

    assert parse_mails(content) == [SourceProblem(native_id(1), STRAY), make_comment(1, "It’s on.")]


def test_months_are_read_by_date_whatever_their_order():
    april = make_mail(2, Subject="Re: Benches 1", Date="Sat, 2 Apr 2016 12:00:00 +0000", In_Reply_To=None)
    reply = dataclasses.replace(make_comment(2, thread=1), published=datetime(2016, 4, 2, 12, tzinfo=UTC))

    # By their names, April is before March.
    march = make_mail(1, Date="Mon, 28 Mar 2016 12:00:00 +0000")
    root = dataclasses.replace(make_comment(1), published=datetime(2016, 3, 28, 12, tzinfo=UTC))

    assert parse_mails(make_mailbox(april), make_mailbox(march)) == [root, reply]


@pytest.mark.parametrize(
    ("header", "identity"),
    [
        ("Talk about boats <boats.lists.example>", "mail:boats.lists.example"),
        ("<Boats.Lists.Example>", "mail:boats.lists.example"),
        ("boats@lists.example", ""),
        ("<boats@lists.example>", ""),
        ("", ""),
    ],
)
def test_list_is_identified_without_an_address(header: str, identity: str):
    for content in (make_mail(List_Id=header), make_mailbox(make_mail(List_Id=header), make_mail(2))):
        assert mail.identify(make_file(content)) == identity


@pytest.mark.parametrize(
    "content",
    [
        "From here to the sea\nit is far.\n",
        "From Monday, Mar 3 at 10:00 in 2016\nwe meet.\n",
        "From: Jo\nwrote a note\n",
        "name: Jo\nfrom: x\ndate: 2016\nmessage: y\n",
        "From: Jo\nsubject: x\n\ntext",
        "Dear all:\nSubject: x",
        "AUTHOR: Jo\nTITLE: Hi\nDATE: 01/01/2016\n-----\nBODY:\ntext\n",
        "",
        "\n\n",
        "From ",
    ],
)
def test_other_text_is_no_mail(content: str):
    assert not mail.recognises(Head.read(make_file(content)))


def test_headers_longer_than_what_is_looked_at_are_recognised():
    content = make_mail(extra="".join(f"X-Spam-{number}: {'x' * 900}\n" for number in range(100)))

    assert mail.recognises(Head.read(make_file(content)))
    assert parse_mails(content) == [make_comment()]


WHOLE = make_mailbox(
    make_mail(1),
    make_mail(
        2,
        '--b\nContent-Type: text/html\n\n<p>caf=C3=A9</p>\n--b\nContent-Type: text/plain; charset="x"; format=flowed'
        "\nContent-Transfer-Encoding: base64\n\nSGVsbG8g\n--b--\n",
        Content_Type='multipart/mixed; boundary="b"',
        References="<1@harbour.example> <9@x>",
        Subject="=?utf-8?Q?Re:_caf=C3=A9?=",
    ),
)


@given(st.data())
def test_mailbox_with_any_bytes_changed_raises_nothing(data: st.DataObject):
    damaged = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 12))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    file = make_file(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))

    mail.recognises(Head.read(file))
    mail.identify(file)
    assert all(comment.text for comment in comments_of(list(mail.parse([file]))))


PIECES = st.sampled_from([
    b"\n", b"\n\n", FROM_LINE, make_mail(1), b"From: ", b"=?utf-8?B?", b"?=", b"<a@b>",
    b"Content-Type: multipart/mixed;", b" boundary=b\n",
    b"--b\n", b"--b--\n", b"text", b"\x00", b"\xff", b"Date: ", b"References: <", b">", b"(", b'"',
    b"charset*=utf-8'en'x;", b"Content-Transfer-Encoding: base64\n", b"Subject: Re: [x] ", b";", b"format=flowed", b" ",
])  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=4), max_size=30).map(b"".join), st.sampled_from([b"", FROM_LINE]))
def test_any_mixture_of_pieces_raises_nothing(content: bytes, start: bytes):
    items = parse_mails(start + content)

    assert all(comment.text for comment in comments_of(items))


@pytest.mark.parametrize("length", range(0, len(WHOLE), 7))
def test_mailbox_that_is_cut_gives_what_is_whole(length: int):
    items = parse_mails(WHOLE[:length])

    assert not [item for item in problems_of(items) if "headers" not in item.reason and "date" not in item.reason]
    if length > len(WHOLE) // 2:
        assert items[0] == make_comment(1)


@pytest.mark.parametrize(
    "content",
    [
        make_mail(text="".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(20_000)),
                  Content_Type="multipart/mixed; boundary=b"),
        make_mail(text="--b\n\n" * 200_000, Content_Type="multipart/mixed; boundary=b"),
        make_mail(Content_Type="text/plain" + ';a="' * 100_000),
        make_mail(From="@" * 100_000, Subject="=?" * 50_000, References="<" * 100_000, In_Reply_To="a@" * 50_000),
        make_mail(Subject="[a] Re: " * 50_000),
        make_mail(References=" ".join(f"<{n}@x>" for n in range(50_000))),
        make_mail(text="at " * 300_000),
        make_mail(text="> " * 300_000, Content_Type="text/plain; format=flowed"),
        make_mail(text="-------------- next part --------------\n" * 30_000),
        make_mail(text="-----BEGIN PGP SIGNED MESSAGE-----\n-----BEGIN PGP SIGNATURE-----\n" * 20_000),
        make_mail(text="a" * 2_000_000),
    ],
)  # fmt: skip
def test_mail_made_to_take_long_does_not(content: bytes):
    began = time.thread_time()
    assert len(parse_mails(content)) == 1
    assert time.thread_time() - began < 20


def test_only_dates_within_reach_are_kept():
    assert parse_one(make_mailbox(make_mail(Date="Thu, 3 Mar 0016 12:00:00 +0000"))).published == NOON
