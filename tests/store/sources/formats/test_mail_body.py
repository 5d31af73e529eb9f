"""Bodies of mails: MIME, format=flowed, OpenPGP's frames, what pipermail leaves of attachments."""

import base64

import pytest

from store.sources.formats.mail_body import Body, mask_addresses, read_body, split_parts, unflow
from store.sources.formats.mail_headers import Headers

TEXT = "Content-Type: text/plain\n\n{}\n"
HTML = "Content-Type: text/html; charset=utf-8\n\n<p>{}</p>\n"
FILE = 'Content-Type: text/plain\nContent-Disposition: attachment; filename="a.txt"\n\n{}\n'
PICTURE = "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n{}\n"
MAIL = "Content-Type: message/rfc822\n\nFrom: jo\n\n{}\n"


def read(body: str | bytes, kind: str = "", encoding: str = "") -> Body:
    headers = f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n" if kind or encoding else ""
    return read_body(Headers(headers.encode()), body.encode() if isinstance(body, str) else body)


def make_multipart(*parts: str, boundary: str = "b") -> str:
    return (
        "".join(f"--{boundary}\n{part}" for part in ("preamble\n", *parts))[len(boundary) + 3 :] + f"--{boundary}--\n"
    )


def read_multipart(kind: str, *parts: str) -> str:
    return read(make_multipart(*parts), f'multipart/{kind}; boundary="b"').text


@pytest.mark.parametrize(
    ("kind", "parts", "text"),
    [
        ("alternative", (TEXT.format("plain"), HTML.format("rich")), "plain"),
        ("alternative", (HTML.format("rich"), TEXT.format("plain")), "plain"),
        ("alternative", (TEXT.format(" "), HTML.format("rich")), "rich"),
        ("alternative", (HTML.format("rich"),), "rich"),
        ("mixed", (TEXT.format("one"), FILE.format("file"), TEXT.format("two")), "one\n\ntwo"),
        ("mixed", (TEXT.format("one"), MAIL.format("inner"), PICTURE.format("abcd")), "one"),
        ("mixed", (HTML.format("one"), TEXT.format("____\nfooter")), "one\n\n____\nfooter"),
        ("related", (HTML.format("one"), PICTURE.format("abcd")), "one"),
        ("signed", (TEXT.format("one"), "Content-Type: application/pgp-signature\n\nabc\n"), "one"),
        ("digest", (TEXT.format("one"),), ""),
        ("unheard-of", (TEXT.format("one"),), "one"),
    ],
)
def test_text_is_found_among_the_parts(kind: str, parts: tuple[str, ...], text: str):
    assert read_multipart(kind, *parts) == text


def test_parts_in_parts_are_read():
    inner = make_multipart(TEXT.format("plain"), HTML.format("rich"), boundary="c")

    assert read_multipart("mixed", f"Content-Type: multipart/alternative; boundary=c\n\n{inner}") == "plain"


def test_parts_nested_beyond_measure_are_left():
    body = "text\n"
    for depth in range(2_000):
        body = f"Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n{body}--b{depth}--\n"

    assert read("--b\n" + body, "multipart/mixed; boundary=b").text == ""


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/mixed; boundary=x", 'multipart/mixed; boundary=""'])
def test_multipart_without_its_boundaries_is_plain_text(kind: str):
    assert read("Hello.", kind).text == "Hello."


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"--b\none\n--b\ntwo\n--b--\nend\n--b\n", [b"one\n", b"two\n"]),
        (b"--b \r\none\r\n--b--\r\n", [b"one\r\n"]),
        (b"--b\none\n", [b"one\n"]),
        (b"--bc\none\n", []),
        (b" --b\none\n", []),
        (b"", []),
    ],
)
def test_parts_are_cut_at_their_boundary(data: bytes, parts: list[bytes]):
    assert split_parts(data, "b") == parts


def test_mail_of_html_alone_is_read():
    assert read("<p>One<br>two</p>", "text/html").text == "One\ntwo"


@pytest.mark.parametrize(
    ("body", "encoding", "text"),
    [
        ("caf=C3=A9 =\nau lait", "quoted-printable", "café au lait"),
        ("caf=C3=A9", "Quoted-Printable", "café"),
        ("caf=ZZ=", "quoted-printable", "caf=ZZ"),
        (base64.b64encode("café".encode()).decode(), "base64", "café"),
        ("Y2Fm\nw6k=\n\n____\nThe list's footer\n", "base64", "café"),
        ("Y2Fmw6", "base64", "caf"),
        ("café", "8bit", "café"),
        ("café", "unheard-of", "café"),
    ],
)
def test_transfer_encoding_is_undone(body: str, encoding: str, text: str):
    assert read(body, "text/plain", encoding).text.rstrip("Ã") == text


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "text",
        "text/plain; charset=",
        '"text/plain"',
        "TEXT/PLAIN; charset=nonsense",
        ";",
        "text/plain;;;=",
    ],
)
def test_broken_type_is_plain_text(kind: str):
    assert read("café", kind).text == "café"


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("One \ntwo\nthree\n", "One two\nthree\n"),
        ("> One \n> two\n>> three\nfour", "> One two\n>> three\nfour"),
        (">one \ntwo", "> one \ntwo"),
        ("one \n-- \nJo \nB", "one \n-- \nJo B"),
        (" From here\n > no quote", "From here\n> no quote"),
        ("", ""),
    ],
)
def test_flowed_lines_are_joined(text: str, joined: str):
    assert unflow(text, joins_words=False) == joined


def test_flowed_lines_are_joined_without_a_space_where_asked():
    assert unflow("漢 \n字\n", joins_words=True) == "漢字\n"
    assert read("漢 \r\n字\r\n", "text/plain; format=flowed; delsp=yes").text == "漢字"


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/markdown; charset=utf-8", "*one*\n", "*one*"),
        ("text/x-patch", "--- a\n+++ b\n", "--- a\n+++ b"),
        ("plain/text", "one\n", "one"),
        ("text/enriched", "<bold>one</bold> <color><param>red</param>two</color> a << b\n", "one two a < b"),
        ("text/calendar", "BEGIN:VCALENDAR\n", ""),
        ("application/pdf", "one\n", ""),
    ],
)
def test_mail_of_one_part_of_another_kind_of_text_is_read(kind: str, body: str, text: str):
    assert read(body, kind).text == text


def test_parts_of_markdown_are_read_and_of_code_are_not():
    patch = "Content-Type: text/x-patch\n\n+++ a\n"

    assert read_multipart("mixed", "Content-Type: text/markdown\n\n*one*\n", patch) == "*one*"


@pytest.mark.parametrize("last", ["`\n", " \n", ""])
def test_files_written_out_before_mime_are_left_out(last: str):
    lines = "M" + "1" * 60 + "\n" + "#0V%T\n"

    assert read(f"See:\n\nbegin 644 a.gz\n{lines}{last}end\n\nBye.\n").text == "See:\n\nBye."
    assert read(f"See:\nbegin 644 a.gz\n{lines}Bye.\n").text.endswith("Bye.")


def test_frame_of_a_signed_text_is_taken_off():
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nHello.\n- -- \nJo\n-----BEGIN PGP SIGNATURE-----\n"
        "Version: 1\n\nabc=\n-----END PGP SIGNATURE-----\n"
    )

    assert read(text).text == "Hello.\n--\nJo"


@pytest.mark.parametrize(
    "notice",
    [
        "An HTML attachment was scrubbed...\nURL: <http://lists.example/a/attachment.html>\n",
        "A non-text attachment was scrubbed...\nName: a.png\nType: image/png\nSize: 9 bytes\nUrl : http://x.example/a\n",
        "An embedded message was scrubbed...\nFrom: jo at x.example\nSubject: no\nDate: now\nSize: 3\nURL: <http://x/>\n",
    ],
)
def test_what_is_left_of_attachments_is_left_out(notice: str):
    rule = "-------------- next part --------------\n"

    assert read(f"Hello.\n{rule}{notice}{rule}{notice}Bye.\n").text == "Hello.\n\nBye."


def test_text_after_a_rule_of_pipermail_is_kept():
    assert read("Hello.\n-------------- next part --------------\nMore.\n").text == "Hello.\n\nMore."


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("On Monday, Jo <jo at x.example> wrote:", "On Monday, Jo <jo@…> wrote:"),
        ("On Monday, jo at x.example wrote:\n> Hi", "On Monday, jo@… wrote:\n> Hi"),
        ("Le 3 mars, jo at x.example a écrit :\n\n> Hi", "Le 3 mars, jo@… a écrit :\n\n> Hi"),
        ("> From: Jo B [mailto:jo.b at x.example]", "> From: Jo B [mailto:jo.b@…]"),
        ("To: jo at x.example, ann at y.example", "To: jo@…, ann@…"),
        ("Boats mailing list\nBoats at lists.example", "Boats mailing list\nBoats@…"),
        ("Look at harkback.example for it:", "Look at harkback.example for it:"),
        ("We met (at noon) at x.example.", "We met (at noon) at x.example."),
    ],
)
def test_addresses_written_out_are_masked_where_they_are_addresses(text: str, masked: str):
    assert mask_addresses(text) == masked
