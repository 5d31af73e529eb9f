import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.archive import Archive
from store.domain.viewer import Viewer
from store.search.audience import find_audience
from store.search.lexical import WordShare, weigh_words
from store.text.words import find_words, stem
from tests.store.factories import make_comment, put_comments

# Words that Porter's rules change in every way: endings dropped, put back, and letters changed.
WORDS = [
    "unconferences", "unconference", "ponies", "pony", "happiness", "happy", "filing", "files", "hopping", "hoped",
    "relational", "rationality", "conflated", "troubled", "sized", "dying", "died", "sky", "skies", "agreed",
    "sensibility", "sensible", "mobility", "vietnamization", "operators", "feudalism", "decisiveness", "callousness",
    "electricity", "hopefulness", "adjustable", "replacement", "controlling", "rolled", "probate", "cease", "a", "is",
    "oatmeal", "communism", "communal", "university", "universal", "generically", "ß", "Straße", "naïve", "КНИГИ",
    "東京",
]  # fmt: skip


def measure_plainly(weights: dict[str, float], text: str) -> float:
    """The share as it is defined, word by word."""
    held = {stem(word) for word, _, _ in find_words(text)} & weights.keys()
    return sum(weights[word] for word in sorted(held)) / sum(weights.values())


def test_share_is_by_weight():
    share = WordShare({"kettl": 3.0, "lamp": 1.0})
    assert [share.measure(text) for text in ("Kettles!", "The lamp.", "lamps, kettle", "neither")] == [
        0.75,
        0.25,
        1.0,
        0.0,
    ]


def test_share_counts_a_word_once_in_all_texts():
    share = WordShare({"kettl": 3.0, "lamp": 1.0})
    assert share.measure("kettle kettle", "kettles", "lamp") == 1.0


@pytest.mark.parametrize("weights", [{}, {"kettl": 0.0}])
def test_share_of_no_words_is_nought(weights: dict[str, float]):
    assert WordShare(weights).measure("kettle") == 0.0


def test_share_does_not_take_part_of_a_word_for_it():
    assert WordShare({"art": 1.0}).measure("party start artery") == 0.0


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
)
def test_share_is_what_stemming_every_word_gives(asked: list[str], text: str):
    weights = {stem(word): float(number) for number, word in enumerate(asked, start=1)}
    assert WordShare(weights).measure(text) == measure_plainly(weights, text)


def test_weights_are_inverse_document_frequencies(archive: Archive):
    put_comments(
        archive,
        make_comment("1", "kettle lamp"),
        make_comment("2", "kettles"),
        make_comment("3", "lamp"),
        make_comment("4", "kettle"),
    )
    assert weigh_words(
        archive, "the kettle, lamps and gulls", find_audience(Viewer.operator(), archive.read_channels())
    ) == pytest.approx(
        {
            "kettl": math.log(1 + (4 - 3 + 0.5) / (3 + 0.5)),
            "lamp": math.log(1 + (4 - 2 + 0.5) / (2 + 0.5)),
            "gull": math.log(1 + (4 - 0 + 0.5) / (0 + 0.5)),
        }
    )


def test_weights_are_above_nought_however_common_a_word_is(archive: Archive):
    put_comments(archive, *(make_comment(f"{number}", "kettle") for number in range(20)))
    everyone = find_audience(Viewer.operator(), archive.read_channels())
    assert 0 < weigh_words(archive, "kettle", everyone)["kettl"] < 0.05
