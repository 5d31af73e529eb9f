"""Questions and what goes on from them in German: understood as the English ones are, of the same archive."""

import pytest

from store.domain.query import Query
from store.query.german import put_question_in_english, put_step_in_english
from store.query.moves import Move
from store.query.understand import is_framed, understand
from tests.store.query.questions import KNOWN, NEWEST, NOW, OLDEST, expect
from tests.store.query.test_follow_up import (
    ANYBODY,
    ASKER,
    JON,
    LAURA,
    NARROW,
    OTHER,
    PLAIN,
    TO_BOT,
    WHO_ASKED,
    Y2011,
    Y2012,
    Speaker,
    go_on,
    may_follow_up,
    recall,
    search,
)

QUESTIONS = [
    ("Was wurde über Unconferences gesagt?", expect("Unconferences")),
    ("was wurde schon alles zum Thema Nachtschichten geschrieben", expect("Nachtschichten")),
    ("Was wurde in 2011 über Badges gesagt?", expect("Badges", when=Y2011)),
    ("Was wurde über Badges vor 2012 gesagt?", expect("Badges", when="..2012-01-01")),
    ("Was wurde über Mentoring zwischen 2009 und 2011 gesagt?", expect("Mentoring", when="2009-01-01..2012-01-01")),
    ("Was wurde letztes Jahr über Badges gesagt?", expect("Badges", when="2025-01-01..2026-01-01")),
    ("Was wurde über Badges auf Deutsch gesagt?", expect("Badges", languages=("de",))),
    ("Was hat Jon über die Badges gesagt?", expect("Badges", by=(JON,))),
    ("Hallo, was sagt Laura zu Gehältern?", expect("Gehältern", by=(LAURA,))),
    ("Was sagen die Leute über Badges?", expect("Badges")),
    ("Was hat Jon gesagt?", expect("", by=(JON,))),
    ("Wer hat etwas über Mentoring gesagt?", expect("Mentoring")),
    ("Wer hat Workday empfohlen?", expect("Workday")),
    ("Hat schon jemand was über Workday geschrieben?", expect("Workday")),
    ("Gibt es Kommentare zu Badges seit März 2010?", expect("Badges", when="2010-03-01..")),
    ("Gibt es etwas über die Badges?", expect("Badges")),
    ("Kommentare von Jon über Badges", expect("Badges", by=(JON,))),
    ("Wann wurde Mentoring zuerst erwähnt?", expect("Mentoring", order=OLDEST)),
    ("Wann wurde das Mentoring zuletzt erwähnt?", expect("Mentoring", order=NEWEST)),
]
TAKEN = [
    (NARROW, ANYBODY, "und über Mentoring?", expect("Mentoring", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "und Mentoring?", expect("Mentoring", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "Danke, was ist mit den Gehältern?", expect("Gehältern", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "das Gleiche für Gehälter", expect("Gehälter", by=(JON,), when=Y2011)),
    (NARROW, (TO_BOT,), "und was wurde über Gehalt gesagt?", expect("Gehalt", by=(JON,), when=Y2011)),
    (PLAIN, ANYBODY, "nur von Jon", expect("unconferences", by=(JON,))),
    (PLAIN, ANYBODY, "nur Jon bitte", expect("unconferences", by=(JON,))),
    (NARROW, ANYBODY, "und von Laura?", expect("badges", by=(LAURA,), when=Y2011)),
    (NARROW, WHO_ASKED, "auch von Laura", expect("badges", by=(JON, LAURA), when=Y2011)),
    (NARROW, WHO_ASKED, "von Laura auch", expect("badges", by=(JON, LAURA), when=Y2011)),
    (PLAIN, WHO_ASKED, "nicht von Jon", expect("unconferences", not_by=(JON,))),
    ("badges not by Jon", WHO_ASKED, "auch nicht von Laura", expect("badges", not_by=(JON, LAURA))),
    (PLAIN, WHO_ASKED, "ohne Jon und Laura", expect("unconferences", not_by=(JON, LAURA))),
    (NARROW, WHO_ASKED, "wer sonst?", expect("badges", not_by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "von allen", expect("badges", when=Y2011)),
    (PLAIN, WHO_ASKED, "vor 2012", expect("unconferences", when="..2012-01-01")),
    (PLAIN, WHO_ASKED, "seit März 2009", expect("unconferences", when="2009-03-01..")),
    (PLAIN, WHO_ASKED, "ab 2009", expect("unconferences", when="2009-01-01..")),
    (PLAIN, WHO_ASKED, "zwischen 2009 und 2011", expect("unconferences", when="2009-01-01..2012-01-01")),
    (NARROW, ANYBODY, "und im Jahr 2012?", expect("badges", by=(JON,), when=Y2012)),
    (PLAIN, ANYBODY, "nur letztes Jahr", expect("unconferences", when="2025-01-01..2026-01-01")),
    (NARROW, (TO_BOT,), "egal wann", expect("badges", by=(JON,))),
    (PLAIN, ANYBODY, "nur auf Deutsch", expect("unconferences", languages=("de",))),
    (PLAIN, WHO_ASKED, "im HCM Blog", expect("unconferences", sources=("Strategic HCM Blog",))),
    (NARROW, WHO_ASKED, "was hat Laura dazu gesagt?", expect("badges", by=(LAURA,), when=Y2011)),
    (NARROW, (ASKER,), "Was wurde über Gehalt gesagt?", expect("Gehalt")),
    (PLAIN, WHO_ASKED, "die neuesten zuerst", expect("unconferences", order=NEWEST)),
    (PLAIN, (TO_BOT,), "ältere", expect("unconferences", order=OLDEST)),
    (PLAIN, ANYBODY, "mehr", Move.MORE),
    (PLAIN, ANYBODY, "zeig mir noch mehr, bitte", Move.MORE),
    (PLAIN, (TO_BOT,), "weiter", Move.MORE),
    (PLAIN, ANYBODY, "danke, reicht", Move.STOP),
    (PLAIN, ANYBODY, "Vergiss es.", Move.STOP),
    (PLAIN, (TO_BOT,), "schon gut", Move.STOP),
    (PLAIN, (TO_BOT,), "Vielen Dank!", Move.THANKS),
    (PLAIN, WHO_ASKED, "nochmal von vorn", Move.ANEW),
]
LEFT_ALONE = [
    (ANYBODY, "nur mal so"),
    (ANYBODY, "vor allem das"),
    (ANYBODY, "von mir aus gerne"),
    (ANYBODY, "nach dem Essen"),
    (ANYBODY, "nicht schlecht"),
    (ANYBODY, "ohne Worte"),
    (ANYBODY, "mehr Kaffee"),
    ((ASKER, OTHER), "danke"),
    ((ASKER, OTHER), "schon gut"),
    ((ASKER, OTHER), "weiter"),
    ((ASKER, OTHER), "jederzeit"),
    ((ASKER, OTHER), "wer noch?"),
    ((ASKER, OTHER), "ich auch"),
    ((ASKER, OTHER), "und du?"),
    ((ASKER, OTHER), "und morgen?"),
    ((ASKER, OTHER), "Was meint ihr zu Badges?"),
    ((ASKER, OTHER), "Was sagst du zu Badges?"),
    ((ASKER, OTHER), "Gibt es etwas zu essen?"),
    ((ASKER, OTHER), "Was hat er gesagt?"),
    ((ASKER, OTHER), "und warum?"),
    ((ASKER, OTHER), "und dann war alles kaputt"),
    ((OTHER,), "vor 2012"),
    ((OTHER,), "nicht von Jon"),
    ((OTHER,), "was ist mit Mentoring?"),
]


@pytest.mark.parametrize(("question", "expected"), QUESTIONS)
def test_german_question_is_understood(question: str, expected: Query):
    assert understand(question, KNOWN, now=NOW) == expected
    assert is_framed(question, KNOWN)


@pytest.mark.parametrize(
    "text", ["was Jon in the office", "was ist zu tun?", "Badges", "", "was wurde gesagt über", "“”"]
)
def test_anything_else_stays_what_it_is(text: str):
    assert put_question_in_english(text) == text


@pytest.mark.parametrize(
    ("first", "speaker", "words", "expected"),
    [(first, speaker, words, expected) for first, speakers, words, expected in TAKEN for speaker in speakers],
)
def test_what_goes_on_in_german_becomes_a_question(first: str, speaker: Speaker, words: str, expected: Query | Move):
    assert search(go_on(words, recall(first), speaker)) == expected
    assert speaker is TO_BOT or may_follow_up(words)


@pytest.mark.parametrize(
    ("speaker", "words"), [(speaker, words) for speakers, words in LEFT_ALONE for speaker in speakers]
)
def test_what_does_not_go_on_in_german_is_left_alone(speaker: Speaker, words: str):
    assert go_on(words, recall(NARROW), speaker) is None


def test_names_and_topics_stay_as_they_were_typed():
    assert put_step_in_english("Und zum Thema Mai-Feier in „May & Juni“?") == "and about Mai-Feier in „May & Juni“?"
