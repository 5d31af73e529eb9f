"""Choosing what to quote, and marking the words that match."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.answer import Excerpt
from store.text.cleaning import collapse_spaces
from store.text.excerpts import MAX_CHARS, MAX_SENTENCES, build_excerpt, find_highlights
from store.text.passages import split_sentences
from store.text.words import find_terms, index_terms, question_terms, stem

VOCABULARY = ["bench", "Benches", "learning", "harbour", "café", "it’s", "and", "so"]
SENTENCE = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=60).map(lambda words: " ".join(words) + ". ")
TEXT = st.lists(
    SENTENCE
    | st.just("Oh. ")
    | st.just("\n\n")
    | st.text(st.characters(max_codepoint=0x2FF, exclude_characters="'"), max_size=20),
    max_size=12,
).map("".join)
WEIGHTS = st.dictionaries(st.sampled_from([stem(word) for word in VOCABULARY] + ["zeppelin"]), st.floats(0.1, 5))
LONG = "Some sentence is long enough to stand as an excerpt by itself, since it has well over ninety characters in it."


# What is to be quoted stands between « and ».
COMMENTS = [
    pytest.param(
        "Thanks for writing this up. I was at the second day only. «The unconference format worked best when "
        "somebody volunteered to keep time, because otherwise the loudest voice filled the hour.» See you all next "
        "year!",
        "what was said about unconferences",
        id="the sentence that holds the word",
    ),
    pytest.param(
        "The harbour was quiet in the morning, and we had all of it to ourselves until the ferry came in at ten. "
        "Lunch was late. They moved the benches in the autumn, as far as I remember, and never put them back where "
        "they stood. «What I miss most are the harbour benches, where people talked to strangers and nobody ever "
        "looked at a phone.»",
        "harbour benches",
        id="words in one sentence before words apart",
    ),
    pytest.param(
        "My mentor, who had spent a good part of her life abroad, disliked every kind of formal arrangement and "
        "every programme. «We started a peer mentor programme last spring and eleven people have stayed with it "
        "through the whole year so far.»",
        "mentor programme",
        id="words side by side before words far apart",
    ),
    pytest.param(
        "The mentor programme is fine, the mentor programme is good, and I would not change the mentor programme "
        "at all. «Whether a programme for new hosts needs, beyond what a mentor can do, a budget, nobody has asked "
        "so far.»",
        "mentor programme budget",
        id="a word more before words side by side",
    ),
    pytest.param(
        "I have kept bees for twelve years. «We tried the horizontal Layens hive last summer. It needs far less "
        "lifting, and the colony came through the winter stronger than those in our other hives did.» The honey "
        "was dark.",
        "lifting in winter",
        id="a pronoun with what it stands for",
    ),
    pytest.param(
        "Hello all.\n\n«Open space works for forty people.\n\nBut above a hundred the marketplace of topics takes "
        "an hour by itself, and half of the circle has stopped listening by then.»",
        "how long the marketplace of topics takes",
        id="a link with what it goes on from, in another paragraph",
    ),
    pytest.param(
        f"So it was decided, and the {'very ' * 110}long debate ended. «It left the committee without a treasurer, "
        "which nobody had noticed until the spring meeting came around.»",
        "treasurer",
        id="a pronoun alone where there is no room",
    ),
    pytest.param(
        "> Is the co-op still going?\n«It is, though the bakery has moved out of the cellar and into the old fire "
        "station on the square.»",
        "bakery",
        id="a pronoun alone after somebody else's words",
    ),
    pytest.param(
        "> Does anybody still use the wiki for meeting notes?\n\n«We stopped using the wiki in March. Notes are in "
        "the shared folder now, one file a meeting, and the search there is good enough.»",
        "wiki meeting notes",
        id="an answer before what it quotes",
    ),
    pytest.param(
        "On Tue, Jan 5, 2010 at 3:14 PM, J. Ingham\n<j@mail.example> wrote:\n> The keynote should be shorter.\n> "
        "Ingham always says so.\n\n«For once I agree with Ingham about keynotes: twenty minutes would have been "
        "plenty for all that was in it.»",
        "Ingham keynote",
        id="an answer before a quoted mail and its head",
    ),
    pytest.param(
        "«> The keynote should be shorter.\n> Nobody remembers more than one idea from it anyway.»",
        "keynote",
        id="a quotation where there is nothing else",
    ),
    pytest.param(
        "«| The badge printer broke twice.\n\nSame here, and nobody knew whom to call about it at all.»",
        "badge printer",
        id="a quotation where it alone holds the word",
    ),
    pytest.param(
        "Registration opened late. «The venue had no step-free entrance, which three people wrote to us about "
        "beforehand. The organisers found a ramp on the second day, at their own cost.» Coffee was excellent.",
        "venue entrance ramp",
        id="neighbours that share the question",
    ),
    pytest.param(
        "«Kanban! Definitely. We dropped sprints two years ago and have never once looked back since that day.»",
        "kanban",
        id="a short answer with what follows",
    ),
    pytest.param(
        "What worked:\n«- lightning talks of five minutes, with a bell that everybody could hear\n- a quiet "
        "room\n- name tags without job titles»",
        "lightning talks",
        id="an item of a list",
    ),
    pytest.param(
        "We had two facilitators. «Facilitating a group of sixty takes more preparation than anybody had told us, "
        "and it took both of us a week.»",
        "facilitation of groups",
        id="another form of the word",
    ),
    pytest.param(
        "I learned C at school. «Later the whole team moved from C++ to Rust, and the build became slower but the "
        "crashes at night stopped for good.»",
        "C++",
        id="the name of a language",
    ),
    pytest.param(
        "昨日は雨でした。«新しい図書館の自習室はとても静かで、予約も簡単にできました。»帰りにラーメンを食べました。",
        "図書館の自習室",
        id="Japanese",
    ),
    pytest.param(
        "我们上周讨论了预算。«iPhone手机的应用下个月会更新，到时候请大家帮忙测试一下新的登录页面和通知功能。»散会。",
        "iPhone手机",
        id="Chinese with a Latin name",
    ),
    pytest.param(
        "어제는 비가 와서 모두 집에 있었습니다. «새 도서관은 조용하고 예약도 쉬워서 저는 거의 매일 저녁 늦게까지 "
        "공부하러 갑니다.»",
        "도서관에서",
        id="Korean with another ending",
    ),
    pytest.param(
        "Ils sont partis. «Le CAFÉ de l'École était fermé ce jour-là, alors nous avons parlé sur les marches "
        "jusqu'à la nuit tombée.»",
        "cafe ecole",
        id="French without its accents",
    ),
]


@pytest.mark.parametrize(("text", "question"), COMMENTS)
def test_excerpt_is_what_answers(text: str, question: str):
    before, quoted, after = re.split("[«»]", text)

    excerpt = build_excerpt(before + quoted + after, dict.fromkeys(question_terms(question), 1.0))

    assert excerpt.text == collapse_spaces(quoted)


@given(text=TEXT, weights=WEIGHTS)
def test_highlights_are_the_matching_words_of_the_excerpt(text: str, weights: dict[str, float]):
    excerpt = build_excerpt(text, weights)

    marked = [excerpt.text[start:end] for start, end in excerpt.highlights]
    assert marked == [excerpt.text[start:end] for term, start, end in find_terms(excerpt.text) if term in weights]
    assert all(left[1] < right[0] for left, right in pairwise(excerpt.highlights))


@given(text=TEXT, weights=WEIGHTS)
def test_excerpt_is_a_quotation_of_bounded_length(text: str, weights: dict[str, float]):
    excerpt = build_excerpt(text, weights)

    assert len(excerpt.text) <= MAX_CHARS
    assert len(split_sentences(excerpt.text)) <= len(split_sentences(text))
    assert excerpt.text.strip("…").strip() in collapse_spaces(text)
    assert bool(excerpt.text) == bool(text.strip())


@given(text=TEXT, weights=WEIGHTS)
def test_excerpt_holds_a_match_where_the_text_does(text: str, weights: dict[str, float]):
    assert bool(build_excerpt(text, weights).highlights) == bool(find_highlights(text, weights))


def test_best_sentence_is_quoted():
    best = "The harbour was cold and the benches wet, and we stood there for an hour with nothing to say at all."

    excerpt = build_excerpt(f"{LONG} {best} {LONG}", {"harbour": 1.0, "bench": 1.0})

    assert excerpt == Excerpt(best, ((4, 11), (29, 36)))


def test_weight_decides_between_sentences():
    text = f"{LONG} and a harbour. {LONG} And a zeppelin, which is rare."

    assert "zeppelin" in build_excerpt(text, {"harbour": 0.5, "zeppelin": 3.0}).text
    assert "zeppelin" not in build_excerpt(text, {"harbour": 3.0, "zeppelin": 0.1}).text


def test_first_of_equal_sentences_is_quoted():
    one, two = (f"{LONG[:-1]} of bench {number}." for number in (1, 2))

    assert build_excerpt(f"{one} {two}", {"bench": 1.0}).text == one


def test_neighbour_that_brings_another_word_is_added():
    text = f"{LONG[:-1]} and a bench. {LONG[:-1]} and a harbour. {LONG}"

    assert build_excerpt(text, {"bench": 1.0, "harbour": 0.9}).text == text.removesuffix(f" {LONG}")


def test_short_sentence_gets_its_neighbours():
    assert build_excerpt("Why? A bench. Yes. Indeed. Then rain.", {"bench": 1.0}).text == "A bench. Yes. Indeed."
    assert build_excerpt("Why? Oh. Then rain. A bench.", {"bench": 1.0}).text == "Oh. Then rain. A bench."
    assert MAX_SENTENCES == 3


def test_passage_decides_between_sentences_that_hold_the_same_words():
    one, two, three = (f"{LONG[:-1]} of bench {number}." for number in (1, 2, 3))
    text = (
        f"{one} {two} {three} And a harbour bench, which stands in the sun all day and which nobody has ever painted."
    )
    start = text.index(two)

    assert build_excerpt(text, {"bench": 1.0}, start, start + len(two)).text == two
    assert "harbour" in build_excerpt(text, {"bench": 1.0, "harbour": 1.0}, start, start + len(two)).text


def test_without_a_match_a_passage_begins_with_what_it_goes_on_from():
    text = f"One. {LONG} {LONG.replace('Some', 'This')} Three."
    start = text.index("This")

    assert build_excerpt(text, {}, start).text == text[5:].removesuffix(" Three.")
    assert build_excerpt(text, {}, start + 5).text == text[start + 5 :].removesuffix(" Three.")


def test_without_a_match_quoted_lines_are_left_out():
    assert build_excerpt(f"> {LONG}\n{LONG}", {}).text == LONG
    assert build_excerpt(f"> {LONG}\n{LONG}", {}, 0, 20).text == "> Some sentence is l"
    assert build_excerpt(f"> {LONG}\n> {LONG}", {}, 5_000, 6_000).text == f"> {LONG}"


def test_without_a_match_the_passage_is_quoted():
    text = f"One. {LONG} Three."
    start = text.index("Three")

    assert build_excerpt(text, {"zeppelin": 1.0}, start, len(text)) == Excerpt("Three.")
    assert build_excerpt(text, {}, 5, 5 + len(LONG)).text == LONG


def test_without_a_match_or_a_passage_the_beginning_is_quoted():
    assert build_excerpt(f"{LONG} Two.", {}).text == LONG


def test_passage_inside_an_overlong_sentence_is_quoted():
    words = [f"word{number}" for number in range(400)]
    text = " ".join(words)
    start, end = text.index("word200"), text.index("word250")

    excerpt = build_excerpt(text, {"zeppelin": 1.0}, start, end)

    assert excerpt == Excerpt(text[start:end].strip())


def test_overlong_sentence_is_cut_around_its_first_match():
    text = "before " * 100 + "the bench " + "after " * 100

    excerpt = build_excerpt(text, {"bench": 1.0})

    assert excerpt.text.startswith("…before before")
    assert excerpt.text.endswith("after after…")
    assert [excerpt.text[start:end] for start, end in excerpt.highlights] == ["bench"]
    assert MAX_CHARS - 50 < len(excerpt.text) <= MAX_CHARS


def test_overlong_sentence_is_cut_around_most_of_the_question():
    text = "a bench " + "and so on " * 200 + "a bench by the harbour with a view " + "and so on " * 200 + "the harbour"

    excerpt = build_excerpt(text, {"bench": 1.0, "harbour": 1.0, "view": 1.0})

    assert [excerpt.text[start:end] for start, end in excerpt.highlights] == ["bench", "harbour", "view"]
    assert excerpt.text.startswith("…on and so on ")
    assert excerpt.text.endswith(" on and so…")


def test_overlong_sentence_counts_for_what_can_be_shown_of_it():
    text = "a bench " + "and so on " * 200 + f"the harbour.\n{LONG[:-1]} on a bench at the harbour."

    assert build_excerpt(text, {"bench": 1.0, "harbour": 1.0}).text.startswith("Some sentence")


def test_cut_parts_no_mark_from_its_letter():
    text = "กี่" * 1_000

    excerpt = build_excerpt(f"{text} a bench {text}", {"bench": 1.0})

    assert excerpt.text.startswith("…กี่")
    assert excerpt.text.endswith("กี่…")


def test_overlong_word_is_cut_anywhere():
    assert build_excerpt("x" * 5_000, {}).text == "x" * (MAX_CHARS - 2) + "…"


def test_paragraphs_are_quoted_on_one_line():
    assert build_excerpt("A bench\n\n- stands\n- here", {"bench": 1.0}) == Excerpt("A bench - stands - here", ((2, 7),))


def test_blank_text_has_an_empty_excerpt():
    assert build_excerpt(" \n ", {"bench": 1.0}) == Excerpt("")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Unconferences are an UNCONFERENCE’s kin", ["Unconferences", "UNCONFERENCE’s"]),
        ("The cafés of a café; a decaf", ["cafés", "café"]),
        ("none", []),
    ],
)
def test_words_are_marked_in_any_form(text: str, expected: list[str]):
    stems = {"unconfer": 1.0, "cafe": 1.0}

    assert [text[start:end] for start, end in find_highlights(text, stems)] == expected


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("新しい図書館の図書、書館", "図書館", ["図書館", "図書", "書館"]),
        ("iPhone手机 and 手机", "iPhone手机", ["iPhone手机", "手机"]),
        ("l’École d’O’Farrell", "école farrell", ["l’École", "d’O’Farrell"]),
        ("ｶﾞｲﾄﾞ ガイド", "ガイド", ["ｶﾞｲﾄﾞ", "ガイド"]),
        ("cafe\u0301s C++ C# c", "café C++", ["cafe\u0301s", "C++"]),
    ],
)
def test_marks_that_touch_are_one(text: str, asked: str, expected: list[str]):
    marks = find_highlights(text, index_terms(asked))

    assert [text[start:end] for start, end in marks] == expected


@given(text=st.text(st.sampled_from("手机図書館がｶﾞ한국กำที่ab. 。'’\n"), max_size=900), data=st.data())
def test_excerpt_of_any_script_is_a_marked_quotation(text: str, data: st.DataObject):
    terms = sorted(set(index_terms(text)))
    asked = data.draw(st.lists(st.sampled_from(terms), max_size=4)) if terms else []

    excerpt = build_excerpt(text, dict.fromkeys(asked, 1.0))

    assert excerpt.text.strip("…").strip() in collapse_spaces(text)
    assert len(excerpt.text) <= MAX_CHARS
    assert bool(excerpt.highlights) == bool(asked)
    assert all(left[1] < right[0] for left, right in pairwise(excerpt.highlights))
    held = {place for term, start, end in find_terms(excerpt.text) if term in asked for place in range(start, end)}
    assert {place for start, end in excerpt.highlights for place in range(start, end)} == held


@pytest.mark.parametrize(
    "text",
    ["A bench. " * 11_000, "bench harbour " * 7_000, "A. " * 33_000, "> A bench.\n" * 9_000, "On a bench\n" * 9_000,
     "图书" * 50_000, "x" * 100_000, "a\u0301" * 50_000],
)  # fmt: skip
def test_excerpt_of_a_huge_comment_is_built_at_once(text: str):
    assert len(build_excerpt(text, dict.fromkeys(["bench", "harbour", "图书", "a"], 1.0)).text) <= MAX_CHARS
