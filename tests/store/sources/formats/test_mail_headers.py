"""Headers of mails."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.sources.formats.mail_headers import (
    Headers,
    decode_words,
    find_answered,
    find_author,
    find_date,
    find_id,
    find_references,
    mask_spoken,
)
from store.text.cleaning import clean_name


def make_headers(**named: str) -> Headers:
    return Headers("".join(f"{name.replace('_', '-')}: {value}\n" for name, value in named.items()).encode())


def test_headers_are_found_in_any_case_and_unfolded():
    headers = Headers(b"SUBJECT: one\r\n two\r\n\tthree\r\nSubject : four\nnot a header\nX:\n")

    assert (headers.raw("subject"), headers.raw("x"), headers.raw("y")) == ("one two three", "", "")
    assert "subject" in headers
    assert "y" not in headers


def test_bytes_in_headers_are_read_in_the_set_of_the_text():
    subject = b"Subject: " + "Чай".encode("koi8-r")

    assert Headers(subject + b'\nContent-Type: text/plain; charset="koi8-r"').raw("subject") == "Чай"
    assert Headers("Subject: Чай".encode() + b"\nContent-Type: text/plain; charset=x").raw("subject") == "Чай"


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("plain", "plain"),
        ("=?iso-8859-1?q?Erg=E4nzung?=", "Ergänzung"),
        ("=?UTF-8?B?w6k=?= x", "é x"),
        ("=?utf-8?q?a?=  =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
        ("=?utf-8?b?ww==?= =?utf-8?b?qQ==?=", "é"),
        ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9_au?=", "café au"),
        ("=?utf-8*en?q?a_b?=", "a b"),
        ("=?iso-2022-jp?B?GyRCNEE7ehsoQg==?=", "漢字"),
        ("=?gb2312?q?=BA=BA?=", "汉"),
        ("=?nonsense?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?caf=E9?=", "café"),
        ("=?utf-8?q?a b?=", "a b"),
        ("=?utf-8?b?!!!?=", ""),
        ("=?utf-8?x?a?= =?", "=?utf-8?x?a?= =?"),
        ("a=?utf-8?q?b?=c", "abc"),
    ],
)
def test_encoded_words_are_decoded(text: str, decoded: str):
    assert decode_words(text) == decoded


@given(st.text(st.sampled_from("=?utf-8qQbB_ *x\né")))
def test_any_words_are_decoded(text: str):
    assert len(decode_words(text)) <= len(text)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Jo Doe <jo@x.example>", "Jo Doe"),
        ('"Doe, Jane" <jane@x.example>', "Doe, Jane"),
        ('"Jane \\"JD\\" Doe" <jane@x.example>', 'Jane "JD" Doe'),
        ("=?utf-8?Q?Jos=C3=A9?= <jo@x.example>", "José"),
        ("=?utf-8?Q?=22Doe=2C_Jos=C3=A9=22?= <jo@x.example>", "Doe, José"),
        ("jo@x.example (Jo Doe)", "Jo Doe"),
        ("jo at x.example (Jo Doe)", "Jo Doe"),
        ("jo at x.example (=?ISO-8859-1?Q?Germ=E1n?=)", "Germán"),
        ("jo@x.example (Jo (the boatman) Doe)", "Jo (the boatman) Doe"),
        ("jo@x.example", "jo@…"),
        ("<jo@x.example>", "jo@…"),
        ("jo at x.example", "jo@…"),
        ("jo@x.example <jo@x.example>", "jo@…"),
        ("jo at x.example <jo at x.example>", "jo@…"),
        ("jo at x dot example", "jo@…"),
        ("jo at x.example ()", "jo@…"),
        ("jo at harbour", "jo@…"),
        ("jo en x.example (Jo Doe)", "Jo Doe"),
        ("jo en x.example (jo en x.example)", "jo@…"),
        ("'jo@x.example' <jo@x.example>", "jo@…"),
        ("Jo Doe via Boats <boats@lists.example>", "Jo Doe"),
        ('"Jo Doe\' via Boats" <boats@lists.example>', "Jo Doe"),
        ("'Jo Doe' via Boats <boats@lists.example>", "Jo Doe"),
        ("Jo Doe <jo@x.example", "Jo Doe"),
        ("Jo Doe", "Jo Doe"),
        ("Jo <jo@x.example>, Ann <ann@x.example>", "Jo"),
        ("", ""),
    ],
)
def test_author_is_the_name_as_published_and_never_an_address(value: str, name: str):
    assert clean_name(find_author(make_headers(From=value))) == name


@pytest.mark.parametrize(
    ("value", "found"),
    [("<a@b>", "a@b"), (" < a@b > (x)", "a@b"), ("a@b", "a@b"), ("<a@b", "a@b"), ("", ""), ("<>", "")],
)
def test_id_is_read_with_and_without_brackets(value: str, found: str):
    assert find_id(make_headers(Message_ID=value)) == found


@pytest.mark.parametrize(
    ("references", "answered", "expected"),
    [
        ("<a@x> <b@x>", "<b@x>", ["a@x", "b@x"]),
        ("<a@x><b@x> <a@x>", "", ["a@x", "b@x"]),
        ("", "<b@x>", ["b@x"]),
        ("", 'message of "Mon, 3 Mar 2016" <b@x>', ["b@x"]),
        ("", "Jo <jo@x.example>'s message of Monday <b@x>", ["b@x"]),
        ("", '<b@x> (Jo\'s message of "Sun\\, 16 Mar 2008 14\\:02")', ["b@x"]),
        ("", "b@x", ["b@x"]),
        ("", "<b@x", []),
        ("", "your mail", []),
    ],
)
def test_references_are_read(references: str, answered: str, expected: list[str]):
    headers = make_headers(References=references, In_Reply_To=answered)

    found = find_references(headers)

    assert found == expected
    assert find_answered(headers, found) == (expected[-1] if expected else "")


def test_answered_is_the_one_named_not_the_last_reference():
    headers = make_headers(References="<a@x> <b@x> <c@x>", In_Reply_To="<b@x>")

    assert find_answered(headers, find_references(headers)) == "b@x"


def test_first_and_last_of_many_references_are_kept():
    found = find_references(make_headers(References=" ".join(f"<{number}@x>" for number in range(500))))

    assert len(found) == 50
    assert (found[0], found[-1]) == ("0@x", "499@x")


SEPARATED = datetime(2016, 3, 3, 18, 20, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "separated", "expected"),
    [
        ("Thu, 03 Mar 2016 09:20:35 -0800", "", datetime(2016, 3, 3, 17, 20, 35, tzinfo=UTC)),
        ("3 Mar 2016 09:20:35", "", datetime(2016, 3, 3, 9, 20, 35, tzinfo=UTC)),
        ("Thu, 03 Mar 2016 09:20:35 -3000 (CST)", "Mar  3 18:20:35 2016", SEPARATED),
        ("Thu, 03 Mar 2016 09:20:35 -3000 (CST)", "", datetime(2016, 3, 3, 9, 20, 35, tzinfo=UTC)),
        ("수, 27 6 2001", "Mar  3 18:20:35 2016", SEPARATED),
        ("", "Mar  3 19:20:35 +0100 2016", SEPARATED),
        ("", "Mar  3 19:20:35 2016 +0100", SEPARATED),
        ("", "3 Mar 2016 18:20:35 +0000", SEPARATED),
        ("", "Mar  3 18:20 2016", datetime(2016, 3, 3, 18, 20, tzinfo=UTC)),
        ("", "Mar  3 18:20:35 EST 2016", SEPARATED),
        ("", "Mar 33 18:20:35 2016", None),
        ("never", "", None),
    ],
)
def test_date_is_the_first_that_can_be_read(date: str, separated: str, expected: datetime | None):
    assert find_date(make_headers(Date=date), separated) == expected


def test_date_of_arrival_is_taken_where_there_is_no_other():
    received = "from a by b; Thu, 3 Mar 2016 18:20:35 +0000"

    assert find_date(make_headers(Date="x", Received=received), "") == SEPARATED
    assert find_date(make_headers(X_List_Received_Date="Thu, 3 Mar 2016 18:20:35 -0000"), "") == SEPARATED


def test_spoken_addresses_are_masked():
    assert mask_spoken("jo at x.example, ann at y dot example") == "jo@…, ann@…"
    assert mask_spoken("meet at noon") == "meet at noon"
