"""Scraped text, split by how names and sentences look, and left undecided where they do not tell."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import ANONYMOUS, Comment, SourceItem
from store.sources.formats.scraped import parse, recognises
from store.sources.head import Head
from tests.store.sources.making import comments_of, make_file, problems_of

NO_AUTHOR = "the author is not sure: left without one"
NO_SPLIT = "the split is not sure: it may hold several comments"
INLINE = """The ferry is late on Sundays.

Take the earlier one.

Odile Marchetti Thanks, that helped.

Brannick It was on time today, for once.

And the café was open.

Odile Marchetti Great news!

sea_dog99 You can also walk.

kelpie
"""


def read(text: str | bytes) -> list[SourceItem]:
    return list(parse(make_file(text, "page.txt")))


def split(text: str) -> list[tuple[str, str]]:
    return [(comment.author.name, comment.text) for comment in comments_of(read(text))]


def test_author_stands_after_the_comment_and_before_the_next():
    assert split(INLINE) == [
        ("Odile Marchetti", "The ferry is late on Sundays.\n\nTake the earlier one."),
        ("Brannick", "Thanks, that helped."),
        ("Odile Marchetti", "It was on time today, for once.\n\nAnd the café was open."),
        ("sea_dog99", "Great news!"),
        ("kelpie", "You can also walk."),
    ]
    assert problems_of(read(INLINE)) == []


def test_comments_are_known_by_what_they_say():
    first, second = comments_of(read("One thing.\n\nAda Crane It is so.\n\nBo Lind")), comments_of(read("One thing."))

    assert isinstance(first[0], Comment)
    assert [first[0].native_id, first[0].discussion.native_id] == [second[0].native_id] * 2


def test_same_words_of_several_people_are_several_comments():
    text = "Thanks!\n\nAda Crane Thanks!\n\nBo Lind Thanks!\n\nAda Crane It is.\n\nBo Lind"
    comments = comments_of(read(text))

    assert [comment.author.name for comment in comments] == ["Ada Crane", "Bo Lind", "Ada Crane", "Bo Lind"]
    assert len({comment.native_id for comment in comments}) == 3


def test_names_may_stand_alone():
    text = "The first.\n\nAda Crane\n\nThe second.\n\nIt goes on.\n\nBo Lind\n\nThe third.\n\nCy Moss\n"

    assert split(text) == [
        ("Ada Crane", "The first."),
        ("Bo Lind", "The second.\n\nIt goes on."),
        ("Cy Moss", "The third."),
    ]


@pytest.mark.parametrize(
    "name",
    ["Ada Crane", "Ada de Crane", "Ada M. Crane", "Ada", "ada7", "adacrane.org", "AdaC", "Zoë Ødegård", "O'Crane"],
)
def test_names_of_many_shapes_end_a_comment(name: str):
    assert split(f"The first thing.\n\n{name} The second thing.\n\nBo Lind") == [
        (name, "The first thing."),
        ("Bo Lind", "The second thing."),
    ]


@pytest.mark.parametrize(
    "beginning",
    ["Hopefully I can go", "Thanks Ada", "And yes, it is", "Great to see Ada", "Google, too, says so",
     "I think The Times", "So Ada said", "Also see: https://a.example", "Cheers Ada", "iron and wood", "Monday I went",
     "New York is far"],
)  # fmt: skip
def test_sentences_are_no_names(beginning: str):
    text = f"The first thing.\n\n{beginning} and so on.\n\nBo Lind It is."

    assert split(text)[0] == ("Bo Lind", f"The first thing.\n\n{beginning} and so on.")


def test_anonymous_is_what_the_text_says():
    items = read("The first thing.\n\nAnonymous Timely words.\n\nBo Lind It is.\n\nAda Crane")

    assert [comment.author.name for comment in comments_of(items)] == [ANONYMOUS, "Bo Lind", "Ada Crane"]
    assert problems_of(items) == []


def test_name_without_a_clear_end_is_nobodys():
    items = read("The first thing.\n\nAda Crane Timely words these are.\n\nBo Lind It is.")
    (problem,) = problems_of(items)[:1]

    assert [comment.author.name for comment in comments_of(items)][:2] == [ANONYMOUS, "Bo Lind"]
    assert problem.reason == NO_AUTHOR
    assert problem.record.endswith(": 'The first thing.'")


def test_name_known_from_elsewhere_has_a_clear_end():
    text = "One.\n\nAda Crane Timely words these are.\n\nAda Crane The rest.\n\nAda Crane It is.\n\nBo Lind"

    assert [name for name, _ in split(text)] == ["Ada Crane", "Ada Crane", "Ada Crane", "Bo Lind"]


def test_comment_ending_in_an_address_lost_its_author():
    items = read("See https://a.example/x The other thing is this.\n\nBo Lind It is.\n\nAda Crane")

    assert [(comment.author.name, comment.text) for comment in comments_of(items)] == [
        (ANONYMOUS, "See https://a.example/x"),
        ("Bo Lind", "The other thing is this."),
        ("Ada Crane", "It is."),
    ]
    assert [problem.reason for problem in problems_of(items)] == [NO_AUTHOR]


def test_nobody_greets_themselves():
    items = read("Hi Ada, this is so.\n\nAda Crane It is.\n\nBo Lind")

    assert [comment.author.name for comment in comments_of(items)] == [ANONYMOUS, "Bo Lind"]
    assert [problem.reason for problem in problems_of(items)] == [NO_AUTHOR]


def test_fields_of_a_feed_mark_where_entries_meet():
    dates = "2011-11-18T06:52:19.710-08:00 2011-11-18T06:52:19.710-08:00"
    fields = f"https://a.example/ noreply@blogger.com tag:blogger.com,1999:blog-7.post-8 {dates}"
    entry = f"Ada Crane {fields} It&#39;s the sec... It&#39;s the second<br /><br />thing."
    text = f"One thing.\n\n{entry}\n\nBo Lind The end."

    assert split(text)[:2] == [("Ada Crane", "One thing."), ("Bo Lind", "It's the second\n\nthing.")]


def test_two_names_before_such_fields_are_nobodys():
    items = read(
        "One thing.\n\nadacrane.org Bo Lind noreply@blogger.com tag:blogger.com,1999:blog-7.post-8 The next.\n\nCy Moss"
    )

    assert [(comment.author.name, comment.text) for comment in comments_of(items)] == [
        (ANONYMOUS, "One thing."),
        ("Cy Moss", "The next."),
    ]


def test_mail_addresses_are_not_kept():
    assert split("Write to ada.crane@mail.example now.\n\nBo Lind It is.")[0][1] == "Write to ada.crane@… now."


def test_text_without_names_is_one_comment_that_may_be_several():
    items = read("just some words.\n\nand some more.")

    assert [(one.author.name, one.text) for one in comments_of(items)] == [
        (ANONYMOUS, "just some words.\n\nand some more.")
    ]
    assert [problem.reason for problem in problems_of(items)] == [NO_SPLIT]


def test_it_is_never_recognised():
    assert not recognises(Head.read(make_file(INLINE)))


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "Word " * 200_000,
        "a line\n" * 100_000,
        "A Line Of\n\n" * 100_000,
        "\n\n".join(f"Ada Crane{n} The word." for n in range(100_000)),
        "https://a.example/x The " * 40_000,
        "tag:a,2001:b " * 80_000,
        "2011-11-18T06:52:19 " * 50_000,
        "<br>" * 200_000,
        "x" * 2_000_000,
        "a@" * 300_000,
        "'" * 500_000,
    ],
)
def test_hostile_text_is_split_in_linear_time(text: str):
    began = time.thread_time()
    items = read(text)

    assert time.thread_time() - began < 20
    assert all(comment.text for comment in comments_of(items))


@pytest.mark.parametrize("content", [b"", b"\0\0", b"\xff\xfe", b"\n\n\n", "Ada Crane".encode("utf-16")])
def test_what_is_hardly_text_is_read(content: bytes):
    assert all(comment.text for comment in comments_of(read(content)))


PIECES = st.sampled_from(
    ["Ada Crane ", "The thing. ", "\n\n", "\n", "kelpie", "Anonymous ", "noreply@blogger.com ",
     "tag:blogger.com,1999:b ", "https://a.example/x ", "Jon. ", "<br>", "&#39;",
     "2011-11-18T06:52:19Z ", "x@y.example ", "... "]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join))
def test_any_text_gives_comments_with_text_and_no_address(text: str):
    items = read(text.encode(errors="replace"))

    assert all(comment.text for comment in comments_of(items))
    assert "noreply@blogger.com" not in str(items)
