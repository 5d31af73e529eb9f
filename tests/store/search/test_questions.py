"""Whatever is typed, the answer is an answer: never an error."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_indexed

FOUND, NOTHING = Outcome.ANSWERED, Outcome.NOTHING_RELEVANT

QUESTIONS = {
    "empty": ("", NOTHING),
    "spaces": (" \t\n\u3000\u00a0", NOTHING),
    "20,000 characters": ("x" * 20_000, NOTHING),
    "20,000 words": ("w " * 20_000, NOTHING),
    "20,000 different words": (" ".join(f"w{number}" for number in range(20_000)), NOTHING),
    "20,000 times the word": ("zeppelin " * 20_000, FOUND),
    "one stop word": ("the", FOUND),
    "only stop words": ("what is it about", NOTHING),
    "punctuation": ("?!… --- ()", NOTHING),
    "an emoji": ("🦊", NOTHING),
    "a family of emoji": ("👩‍👩‍👧‍👦🏳️‍🌈 zeppelin", FOUND),
    "SQL": ('" OR 1=1 --', NOTHING),
    "SQL with the word": ("'; DROP TABLE comment; -- zeppelin harbour'", FOUND),
    "NEAR": ("NEAR(", NOTHING),
    "NEAR with the words": ("NEAR(zeppelin harbour, 5)", FOUND),
    "a star": ("*", NOTHING),
    "a prefix": ("zepp*", NOTHING),
    "AND": ("AND", FOUND),
    "operators": ("AND OR NOT", NOTHING),
    "a column": ("text : zeppelin", FOUND),
    "a column filter": ("{author title} : zeppelin", FOUND),
    "a caret": ("^zeppelin", FOUND),
    "an open quotation": ('"zeppelin harbour', FOUND),
    "quotations": ('""""zeppelin""""', FOUND),
    "control characters": ("zep\x00pe\x07lin\x1b[31m\x7f\x85", FOUND),
    "a lone surrogate": ("zeppelin \ud800", FOUND),
    "only surrogates": ("\udfff\ud800\udc00", NOTHING),
    "non-characters": ("zeppelin \ufffe\uffff", FOUND),
    "right to left": ("מה נאמר על שלום?", NOTHING),
    "an override": ("\u202eharbour\u202c zeppelin", FOUND),
    "Chinese": ("关于飞艇说了什么？", NOTHING),
    "Japanese": ("日本語", FOUND),
    "Korean": ("비행선에 대해 무슨 말이 있었나요", NOTHING),
    "accents alone": ("\u0301\u0308", NOTHING),
    "accents without end": ("zeppelin" + "\u0301" * 5_000, FOUND),
    "a percent sign": ("100%", NOTHING),
    "a path": ("../../etc/passwd", NOTHING),
    "a template": ("{{7*7}} ${zeppelin} %s", FOUND),
    "markup": ("<b>zeppelin</b> &amp; <script>", FOUND),
}


@pytest.fixture
def asked(archive: Archive, encoder: HashingEncoder) -> Searcher:
    put_indexed(
        archive,
        encoder,
        make_comment("1", "The zeppelin and the harbour, that is all.", thread="a"),
        make_comment("2", "日本語", thread="b"),
        make_comment("3", "A kettle.", thread="c"),
    )
    return Searcher(archive, encoder)


@pytest.mark.parametrize("kind", QUESTIONS)
def test_question_of_any_kind_is_answered(asked: Searcher, kind: str):
    question, outcome = QUESTIONS[kind]
    answer = asked.search(Asked(question), Viewer.anyone())
    assert (answer.outcome, answer.asked.question) == (outcome, question)
    assert bool(answer.hits) == (outcome == FOUND)
    assert answer.coverage.comments == 3


def test_question_of_any_kind_to_an_empty_archive_is_answered(searcher: Searcher):
    outcomes = {searcher.search(Asked(question), Viewer.anyone()).outcome for question, _ in QUESTIONS.values()}
    assert outcomes == {Outcome.NOTHING_INDEXED}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.text(st.characters(codec=None), max_size=60))
@example("\ud800")
@example('"zeppelin" NEAR/2 -harbour')
def test_any_text_is_answered(asked: Searcher, question: str):
    answer = asked.search(Asked(question), Viewer.anyone())
    assert answer.outcome in {FOUND, NOTHING}
    assert bool(answer.hits) == (answer.outcome == FOUND)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.text(st.sampled_from("\"'*^:(){}+-|&!~\\/%_ \t"), max_size=20), st.booleans())
def test_signs_around_a_word_do_not_hide_it(asked: Searcher, signs: str, is_before: bool):  # noqa: FBT001  # drawn
    question = f"{signs} zeppelin" if is_before else f"zeppelin {signs}"
    assert native_ids(asked.search(Asked(question), Viewer.anyone())) == ["1"]


SCRIPTS = {
    "Chinese": ("我们上周在柏林的飞艇会议上见过面。", "飞艇会议"),
    "Japanese": ("昨日、港で飛行船を見ました。とても大きかったです。", "飛行船"),
    "Japanese in kana": ("このソフトウェアのアンカンファレンスは楽しかった。", "アンカンファレンス"),
    "Thai": ("เมื่อวานนี้เราเห็นเรือเหาะที่ท่าเรือใหญ่", "เรือเหาะ"),
    "Korean": ("어제 항구에서 비행선을 보았습니다.", "비행선"),
    "Hebrew": ("אתמול ראינו ספינת אוויר בנמל.", "בנמל"),
    "Arabic": ("رأينا المنطاد في الميناء أمس.", "المنطاد"),
    "Greek": ("Χθες είδαμε το αερόπλοιο στο λιμάνι.", "ΑΕΡΟΠΛΟΙΟ"),
    "Cyrillic": ("Вчера мы видели дирижабль в гавани.", "ДИРИЖАБЛЬ"),
    "Devanagari": ("कल हमने बंदरगाह पर हवाई जहाज़ देखा।", "बंदरगाह"),
    "accents": ("We met at the Café São Tomé.", "cafe sao tome"),
    "accents that are asked for": ("We met at the cafe.", "CAFÉ"),
    "accents of two characters": ("We never met at the cafe\u0301.", "caf\u00e9"),
    "a ligature": ("The \ufb01le is open.", "file"),
    "full width": ("The ＺＥＰＰＥＬＩＮ landed.", "zeppelin"),
    "a language": ("I wrote it in C++ and never in C#.", "c++"),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_word_is_found_inside_a_sentence_of_any_script(archive: Archive, encoder: HashingEncoder, script: str):
    others = [
        make_comment(f"x{number}", text, thread=f"x{number}") for number, (text, _) in enumerate(SCRIPTS.values())
    ]
    text, asked = SCRIPTS[script]
    index = list(SCRIPTS).index(script)
    put_indexed(archive, encoder, *others)
    answer = Searcher(archive, encoder).search(Asked(asked), Viewer.anyone())
    assert native_ids(answer)[:1] == [f"x{index}"] or script.startswith("accents")
    assert text in [hit.comment.text for hit in answer.hits]
    [hit] = [hit for hit in answer.hits if hit.comment.text == text]
    assert hit.excerpt.highlights != ()


@pytest.mark.parametrize("asked", ["Ann", "ann", "by Ann", "what did Ann say?", "from:ann"])
def test_only_a_name_finds_its_comments(asked_of_two: Searcher, asked: str):
    assert set(native_ids(asked_of_two.search(Asked(asked), Viewer.anyone()))) == {"1", "3"}


@pytest.mark.parametrize("asked", ["Zelda", "by Zelda", "what did Zelda say?", "from:zelda"])
def test_only_a_name_that_nobody_has_finds_nothing(asked_of_two: Searcher, asked: str):
    answer = asked_of_two.search(Asked(asked), Viewer.anyone())
    assert (answer.outcome, answer.hits) == (NOTHING, ())


@pytest.fixture
def asked_of_two(archive: Archive, encoder: HashingEncoder) -> Searcher:
    put_indexed(
        archive,
        encoder,
        make_comment("1", "The zeppelin.", author="Ann", thread="a"),
        make_comment("2", "A kettle.", author="Bob", thread="b"),
        make_comment("3", "The harbour.", author="Ann", thread="c"),
    )
    return Searcher(archive, encoder)
