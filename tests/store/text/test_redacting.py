"""What is taken out of quotations, and what is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.redacting import find_names, find_own_words, find_words, is_of, normalise, redact, redact_title
from store.text.words import fold

SAID = """The harbour walk was the best thing of the week. I would do it again tomorrow, rain or shine.

Short one."""


WHOLE = "From: Bob <bob@…>\nSent: Thursday\nTo: List\nSubject: Kites\n\nKites are what I want to say.\n"


class Theirs:
    """Knows somebody by what they wrote and what they are called."""

    def __init__(self, *texts: str, names: tuple[str, ...] = ("Ann Smith",)) -> None:
        self._words = {words for text in texts for words in find_own_words(text)}
        self._names = {fold(name) for name in names}

    def has_words(self, words: str) -> bool:
        return words in self._words

    def has_name(self, name: str) -> bool:
        return name in self._names


ANN = Theirs(SAID)


@pytest.mark.parametrize(
    ("text", "left", "pieces"),
    [
        # A sentence, however it is wrapped, spaced or marked.
        ("> The harbour walk was the best thing of the week.\nYes.", "> [removed]\nYes.", 1),
        ("> the harbour  walk was “the best\n> thing” of the week.\nYes.", "> [removed]\nYes.", 1),
        ("| The harbour walk was the best thing of the week.", "| [removed]", 1),
        # With the line above it, the blank and the short lines of it.
        (
            "On 3/5/21, Ann Smith wrote:\n> The harbour walk\n> was the best thing of the week.\n>\n> Again.\n\nYes.",
            "> [removed]\n\nYes.",
            1,
        ),
        # By the line above it alone.
        ("On Monday, Ann Smith wrote:\n> Short one.\n> Another.\nYes.", "> [removed]\nYes.", 1),
        ("Am 03.05.21 schrieb Ann Smith:\n> Nein.\nDoch.", "> [removed]\nDoch.", 1),
        ("Ann Smith wrote:\n> No.\nYes.", "> [removed]\nYes.", 1),
        # In what another wrote, whose words stay.
        (
            "On Tue, Bob wrote:\n> Bob says so.\n> On Mon, Ann Smith wrote:\n>> No.\n> More of Bob's.\nMine.",
            "On Tue, Bob wrote:\n> Bob says so.\n> > [removed]\n> More of Bob's.\nMine.",
            1,
        ),
        ("On Mon, Ann Smith wrote:\n> No.\n>> Bob said it.\nMine.", "> [removed]\n>> Bob said it.\nMine.", 1),
        # Several.
        (
            "> The harbour walk was the best thing of the week.\nYes.\n> I would do it again tomorrow, rain or shine.",
            "> [removed]\nYes.\n> [removed]",
            2,
        ),
        # Whole mails, unmarked.
        (
            "Yes.\n\nFrom: Ann Smith <ann@…>\nSent: Thursday\nTo: List\nSubject: Kites\n\nKites?",
            "Yes.\n\n> [removed]",
            1,
        ),
        (
            f"Yes.\n\n{WHOLE}I would do it again tomorrow, rain or shine.",
            f"Yes.\n\n{WHOLE}> [removed]",
            1,
        ),
    ],
)
def test_words_of_somebody_are_taken_out_of_quotations(text: str, left: str, pieces: int):
    assert redact(text, ANN) == (left, pieces)
    assert redact(left, ANN) == (left, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        # What is said, even in the same words.
        "The harbour walk was the best thing of the week.",
        "As Ann Smith wrote: no.",
        # Short lines are anybody's.
        "> Short one.\nYes.",
        # Others whose names hold the name, or a date that does.
        "On Mon, Bob Ann Smith wrote:\n> No.",
        "On Mon, Ann Smith Jones wrote:\n> No.",
        "On Mon, Bob wrote:\n> No.\nAnn Smith would agree.",
        # Their own quotations of others are not theirs.
        "> Others say that kites are for the birds.\nYes.",
        "Yes.\n-- \nBob Jones\nHarbour Works",
    ],
)
def test_words_of_others_are_left_alone(text: str):
    theirs = Theirs(SAID + "\n\n> Others say that kites are for the birds.\n\nIndeed.")
    assert redact(text, theirs) == (text, 0)


@pytest.mark.parametrize("depth", [2, 50, 51, 52, 5_000])
@pytest.mark.parametrize("mark", [">", "> ", " |"])
def test_words_are_taken_out_however_deep_they_are_quoted(depth: int, mark: str):
    marks = mark * depth
    text = f"{marks} Wow.\nThe harbour?\n{marks} The harbour walk was the best thing of the week.\nYes."
    left, pieces = redact(text, ANN)
    assert pieces == 1
    assert left.replace(" ", "") == f"{marks}Wow.\nThe harbour?\n{marks}[removed]\nYes.".replace(" ", "")
    assert redact(left, ANN) == (left, 0)


def test_name_that_is_a_month_is_none_in_a_date():
    may = Theirs(names=("May",))
    assert redact("On 3 May 2019, Bob wrote:\n> No.", may)[1] == 0
    assert redact("On 3 May 2019, May wrote:\n> No.", may)[1] == 1


def test_names_are_whole_ones():
    line = "On Mon, May 3, 2021 at 5:00 PM Ann B. Smith <ann@…> wrote:"
    assert "ann b. smith" in set(find_names(line))
    assert {"ann", "smith", "ann b."}.isdisjoint(find_names(line))
    assert fold("ann@…") in set(find_names(line))


def test_words_are_lines_and_sentences_that_are_long_enough():
    text = "Too short.\nThis line is long enough, and ends\nin a second one. Not this."
    assert list(find_words(text)) == [
        normalise("This line is long enough, and ends"),
        normalise("Too short. This line is long enough, and ends in a second one.")[len("tooshort") :],
    ]


def test_signature_is_among_ones_own_words():
    assert normalise("Ann Smith, Harbour Works, Quay 12") in set(
        find_own_words("Yes.\n\n-- \nAnn Smith, Harbour Works, Quay 12")
    )


LINE = "Would anybody like to walk along the harbour again?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SAID, True),
        # However it is wrapped, whatever it quotes, and signed.
        (SAID.replace(" ", "\n"), True),
        (f"> Bob's.\n{SAID}\n\n-- \nSomebody, of somewhere", True),
        # Without one of its lines.
        (LINE, True),
        (f"{LINE}\n\n{SAID.partition(chr(10))[0]}", True),
        # With anything else.
        (f"{SAID}\nMine.", False),
        (f"{LINE}\n+1", False),
        ("Mine.", False),
        ("", False),
        # What is quoted is not said.
        (f"> {LINE}\nYes.", False),
        (f"> {LINE}", False),
        # What others say, too, though it is among the words.
        ("Thank you very much for your help!", False),
        ("Yes.\n\n-- \nAnn Smith, Harbour Works, at the end of Quay 12", False),
    ],
)
def test_text_is_somebodys_if_all_of_it_is(text: str, *, expected: bool):
    signed = "No.\n\n-- \nAnn Smith, Harbour Works, at the end of Quay 12"
    ann = Theirs(SAID, LINE, "Thank you very much for your help!", signed)
    assert is_of(text, ann) is expected


def test_title_is_taken_away_where_it_is_what_somebody_wrote():
    assert redact_title("The harbour walk was the best thing of the week", ANN) == ""
    assert redact_title("Short one", ANN) == "Short one"
    assert redact_title("Another thing that somebody wrote", ANN) == "Another thing that somebody wrote"


LINES = (
    "> The harbour walk was the best thing of the week.",
    "On Mon, Ann Smith wrote:",
    ">> No.",
    "> Bob's.",
    "Mine.",
    "",
)


@given(st.one_of(st.lists(st.sampled_from(LINES), max_size=8).map("\n".join), st.text(), st.text("On wrote:>|\n a")))
def test_what_is_left_has_nothing_to_take_out(text: str):
    left, pieces = redact(text, ANN)
    assert redact(left, ANN) == (left, 0)
    assert (left == text) == (pieces == 0)
    assert "Ann Smith" not in left or "Ann Smith" in text


@given(st.lists(st.sampled_from(LINES), max_size=8).map("\n".join))
def test_nothing_of_somebody_is_left_in_quotations(text: str):
    left, _ = redact(text, ANN)
    assert "harbour walk" not in left
    assert "Ann Smith" not in left
    assert left.count("Mine.") == text.count("Mine.")
