"""Which discussion a mail belongs to."""

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from store.sources.formats.mail_headers import digest_id, hash_id
from store.sources.formats.mail_threads import Subject, Threads

_MAILS = 15_000
DAY = datetime(2016, 3, 3, tzinfo=UTC)


class List:
    """A list that mails come to."""

    def __init__(self) -> None:
        self._threads = Threads()

    def place(self, own: str, *references: str, subject: str = "Tea", day: int | None = 0) -> tuple[str, str]:
        published = None if day is None else DAY + timedelta(days=day)
        return self._threads.place(digest_id(own), list(references), Subject(subject, set()), published)


TEA = hash_id("a"), "Tea"


def test_mail_without_references_begins_a_discussion():
    mails = List()

    assert mails.place("a") == TEA
    assert mails.place("b") == (hash_id("b"), "Tea")


def test_replies_belong_to_what_they_answer_however_long_after():
    mails = List()
    mails.place("a")

    assert mails.place("b", "a", subject="Re: Tea") == TEA
    assert mails.place("c", "b", subject="Coffee", day=4_000) == TEA


def test_first_reference_that_is_known_decides():
    mails = List()
    mails.place("a")
    mails.place("b", "a")

    assert mails.place("d", "lost", "b", "c") == TEA
    assert mails.place("e", "lost") == TEA
    assert mails.place("f", "c") == TEA


def test_reply_to_what_is_not_there_has_the_first_reference_as_its_root():
    mails = List()

    assert mails.place("c", "a", "b", subject="Re: Tea") == TEA
    assert mails.place("d", "b", subject="Re: Tea") == TEA


def test_root_that_comes_late_names_the_discussion():
    mails = List()
    assert mails.place("b", "a", subject="Re: Tee") == (hash_id("a"), "Tee")

    assert mails.place("a", subject="Tea") == TEA
    assert mails.place("c", "b", subject="Re: Tee") == TEA


@pytest.mark.parametrize(
    ("subject", "day", "is_same"),
    [
        ("Re: Tea", 28, True),
        ("RE:  tea", 1, True),
        ("AW: Tea", 1, True),
        ("Re: Tea", -20, True),
        ("Re: Tea", 29, False),
        ("Re: Teas", 1, False),
        ("Tea", 1, False),
        ("Fwd: Tea", 1, False),
        ("Re:", 1, False),
        ("Re: Tea", None, False),
    ],
)
def test_reply_without_references_belongs_to_its_subject_within_weeks(subject: str, day: int | None, *, is_same: bool):
    mails = List()
    mails.place("a")

    assert (mails.place("b", subject=subject, day=day)[0] == hash_id("a")) is is_same


def test_weeks_are_counted_from_the_last_mail():
    mails = List()
    mails.place("a")
    mails.place("b", "a", day=20)

    assert mails.place("c", subject="Re: Tea", day=45) == TEA


def test_mail_that_refers_to_itself_or_in_a_circle_is_placed():
    mails = List()

    assert mails.place("a", "a") == TEA
    assert mails.place("b", "c")[0] == mails.place("c", "b")[0] == hash_id("c")


@pytest.mark.parametrize(
    ("subject", "names", "title", "is_reply"),
    [
        ("Tea", set(), "Tea", False),
        ("Re: Tea", set(), "Tea", True),
        ("Re[2]: Re: RE : Tea", set(), "Tea", True),
        ("Fwd: Re: Tea (fwd)", set(), "Tea", True),
        ("[Boats] Re: Tea", {"boats"}, "Tea", True),
        ("Re: [Boats] [Tea] time", {"boats"}, "[Tea] time", True),
        ("[boats-list:42] Tea", {"boatslist"}, "Tea", False),
        ("[Cats] Tea", {"boats"}, "[Cats] Tea", False),
        ("[Cats] [Dogs] Tea", set(), "[Dogs] Tea", False),
        ("[ANN] Tea", set(), "[ANN] Tea", False),
        ("[PATCH 1/3] Tea", set(), "[PATCH 1/3] Tea", False),
        ("[Boats]", {"boats"}, "[Boats]", False),
        ("Re:", set(), "", True),
        ("回复：Tea", set(), "Tea", True),
        ("Réf : Tea", set(), "Tea", True),
        ("Antwort: WG: Tea", set(), "Tea", True),
        ("Odp.: YNT: Tea", set(), "Tea", True),
        ("ΑΠ: Tea", set(), "Tea", True),
        ("На: Ответ: Tea", set(), "Tea", True),
        ("답장: Tea", set(), "Tea", True),
        ("[Fwd: Re: Tea]", set(), "Tea", True),
        ("[Fwd: [Boats] Tea]", {"boats"}, "Tea", False),
        ("[Boats] Re: [Boats] Tea", set(), "Tea", True),
        ("[Boats] Re: [Boats] [Dogs] Tea", set(), "[Dogs] Tea", True),
        ("R: a language", set(), "R: a language", False),
        ("Regarding: Tea", set(), "Regarding: Tea", False),
        ("Res publica: Tea", set(), "Res publica: Tea", False),
        ("jo@x.example", set(), "jo@…", False),
        ("", set(), "", False),
    ],
)
def test_title_is_the_subject_without_marks(subject: str, names: set[str], title: str, *, is_reply: bool):
    found = Subject(subject, names)

    assert (found.title, found.is_reply, bool(found.key)) == (title, is_reply, bool(title))


def test_discussions_of_a_large_list_take_little_memory():
    tracemalloc.start()
    mails = List()
    for number in range(_MAILS):
        root = number - number % 5
        mails.place(f"{number}@x", *([f"{root}@x"] if number != root else []), subject=f"About the matter no. {root}")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # Of a list of 300,000, 60 MiB.
    assert held < 60 * 2**20 * _MAILS / 300_000
