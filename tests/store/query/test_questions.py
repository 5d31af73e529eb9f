"""The table of questions, each with what is to be understood."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from store.domain.query import Query
from store.query.understand import understand
from store.text.words import question_terms
from tests.store.query import questions
from tests.store.query.questions import KNOWN, NOW, expect

ASKED = [
    pytest.param(question, expected, id=f"{name.lower()}: {question}")
    for name in dir(questions)
    if name.isupper() and isinstance(table := getattr(questions, name), list) and isinstance(table[0][1], Query)
    for question, expected in table
]
CHANGES = [
    str.upper,
    str.lower,
    lambda question: f"  {question.replace(' ', '  ')}\n",
    lambda question: question.replace(" ", "\t"),
    lambda question: f"{question.rstrip('?!')} ?!",
    lambda question: f"… {question.rstrip('?!')}.",
    lambda question: f"({question})",
]


@pytest.mark.parametrize(("question", "expected"), ASKED)
def test_question_is_understood(question: str, expected: Query):
    assert understand(question, KNOWN, now=NOW) == expected


@pytest.mark.parametrize(("question", "expected"), ASKED)
def test_case_spaces_and_end_marks_change_nothing(question: str, expected: Query):
    for change in CHANGES:
        understood = understand(change(question), KNOWN, now=NOW)

        assert question_terms(understood.topic) == question_terms(expected.topic), change(question)
        assert replace(understood, topic=expected.topic) == expected, change(question)


def test_table_is_large_enough():
    assert len({param.values[0] for param in ASKED}) >= 170


@pytest.mark.parametrize(("question", "when"), questions.NEW_YORK)
def test_days_begin_at_midnight_in_new_york(question: str, when: str):
    assert understand(question, KNOWN, now=NOW, zone=ZoneInfo("America/New_York")) == expect("pay", when=when)


@pytest.mark.parametrize(("question", "when"), questions.TOKYO)
def test_days_begin_at_midnight_in_tokyo(question: str, when: str):
    assert understand(question, KNOWN, now=NOW, zone=ZoneInfo("Asia/Tokyo")) == expect("pay", when=when)


@pytest.mark.parametrize(
    ("zone", "when"),
    [
        ("UTC", "2026-11-23..2026-11-24"),
        ("Asia/Tokyo", "2026-11-23T15:00..2026-11-24T15:00"),  # where it is tomorrow
        ("America/New_York", "2026-11-23T05:00..2026-11-24T05:00"),
    ],
)
def test_today_is_the_askers(zone: str, when: str):
    now = datetime(2026, 11, 23, 20, tzinfo=UTC)

    assert understand("what was said about pay today", now=now, zone=ZoneInfo(zone)) == expect("pay", when=when)


@pytest.mark.parametrize(
    ("now", "question", "when"),
    [
        # On a leap day, and in the months where yearly things turn.
        ("2024-02-29", "pay over the past year", "2023-02-28.."),
        ("2024-02-29", "pay two years ago", "2021-08-29..2022-08-29"),
        ("2024-01-15", "pay last winter", "2022-12-01..2023-03-01"),
        ("2024-01-15", "pay this winter", "2023-12-01..2024-03-01"),
        ("2024-03-01", "pay last winter", "2023-12-01..2024-03-01"),
        ("2024-03-15", "pay in March", "2024-03-01..2024-04-01"),
        ("2024-03-15", "pay last March", "2023-03-01..2023-04-01"),
        ("2024-04-15", "pay from March to June", "2023-03-01..2023-07-01"),
        ("2024-01-01", "pay last week", "2023-12-25..2024-01-01"),
        ("2024-01-01", "pay last quarter", "2023-10-01..2024-01-01"),
        ("2024-05-31", "pay in the last three months", "2024-02-29.."),
        ("2015-06-01", "pay in 2016", None),
    ],
)
def test_relative_dates_turn_with_the_year(now: str, question: str, when: str | None):
    moment = datetime.fromisoformat(now).replace(hour=12, tzinfo=UTC)

    assert understand(question, now=moment) == (expect("pay", when=when) if when else expect(question))


def test_the_present_is_now_by_default():
    after = understand("pay in the last two days").after

    assert after
    assert 2 <= (datetime.now(UTC) - after).total_seconds() / 86_400 < 3.1


def test_nothing_known_leaves_names_and_places_in_the_topic():
    assert understand("what did Jon say about pay in #hr", now=NOW) == expect("Jon pay in #hr")
