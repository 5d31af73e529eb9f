from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from bot.answering import Answering, is_empty
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.use_tables import LoggedQuestionRow
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.query import Filter, Query
from store.domain.viewer import Viewer
from store.errors import ArchiveError
from store.repositories.logged_questions import LoggedQuestions
from store.repositories.searching import Searching
from store.search.searcher import Searcher
from tests.bot.telemetry.test_metrics import Growth
from tests.store.factories import make_comment, put_indexed


@pytest.mark.parametrize("question", ["", "   ", "?!…", "\u200b", "🌊", "<>"])
def test_is_empty_without_a_letter_or_digit(question: str):
    assert is_empty(question)


@pytest.mark.parametrize("question", ["x", "2009", "なに", "?é?", "٣"])
def test_is_empty_is_false_for_any_script(question: str):
    assert not is_empty(question)


@pytest.fixture(autouse=True)
def _fresh_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was not set up, and kept, by a command that ran before."""
    monkeypatch.setattr("bot.answering._log", structlog.get_logger())


def ask_logged(folder: Path, *, log_questions: bool) -> dict[str, Any]:
    archive = Archive.open(f"sqlite:///{folder}/archive.db")
    try:
        with capture_logs() as logs:
            answering = Answering(Searcher(archive, HashingEncoder()), log_questions=log_questions)
            answering.ask(Asked("a very private question"), Viewer.anyone())
    finally:
        archive.close()
    return dict(logs[-1])


def test_answering_logs_outcome_and_time_but_not_the_question(tmp_path: Path):
    logged = ask_logged(tmp_path, log_questions=False)
    assert logged.pop("milliseconds") >= 0
    assert logged == {
        "event": "answered",
        "log_level": "info",
        "outcome": "nothing_indexed",
        "hits": 0,
        "offset": 0,
    }


def test_answering_logs_the_question_where_an_admin_wants_it(tmp_path: Path):
    assert ask_logged(tmp_path, log_questions=True)["question"] == "a very private question"


def test_answering_keeps_each_question_once_where_an_admin_wants_it(tmp_path: Path):
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    try:
        put_indexed(archive, HashingEncoder(), make_comment("1", "A kettle.", author="Jon"))
        logged = LoggedQuestions(archive.database)
        answering = Answering(Searcher(archive, HashingEncoder()), logged=logged)
        for question in ("kettle by Jon", "xylophones"):
            answering.ask(Asked(question), Viewer.anyone())
        answering.ask(Asked("kettle by Jon", without=(Filter.AUTHORS,)), Viewer.anyone())
        answering.ask(Asked("kettle", offset=5), Viewer.anyone())
        answering.ask(Asked("kettle"), Viewer.member("U1", workspace=None), beyond=Viewer.anyone())
        answering.ask(Asked("kettle"), Viewer.anyone(), is_again=True)
        assert logged.count() == {Outcome.ANSWERED: 1, Outcome.NOTHING_RELEVANT: 1}
        assert [one.question for one in logged.list_unanswered()] == ["xylophones"]
    finally:
        archive.close()


def test_answering_keeps_no_words_that_were_read_out_of_a_message(tmp_path: Path):
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    try:
        logged = LoggedQuestions(archive.database)
        answering = Answering(Searcher(archive, HashingEncoder()), log_questions=True, logged=logged)
        with capture_logs() as logs:
            answering.ask(Asked('"a very private message"', chosen=Query("", beside=("D1:1.5",))), Viewer.anyone())
        assert (logged.count(), "question" in logs[-1]) == ({}, False)
    finally:
        archive.close()


def test_answering_goes_on_where_what_was_asked_cannot_be_kept(tmp_path: Path):
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    other = Archive.open(f"sqlite:///{tmp_path}/other.db")
    with other.database.writing() as connection:
        LoggedQuestionRow.__table__.drop(connection)
    try:
        answering = Answering(Searcher(archive, HashingEncoder()), logged=LoggedQuestions(other.database))
        assert answering.ask(Asked("kettle"), Viewer.anyone()).hits == ()
    finally:
        archive.close()
        other.close()


def test_answering_takes_away_what_is_not_wanted_of_a_question(tmp_path: Path):
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    try:
        put_indexed(archive, HashingEncoder(), make_comment("1", "A kettle.", author="Jon"))
        answering = Answering(Searcher(archive, HashingEncoder()))
        answer = answering.ask(Asked("kettle by Jon", without=(Filter.AUTHORS,)), Viewer.anyone())
    finally:
        archive.close()
    assert answer.query == Query("kettle")


def test_answering_counts_each_question_once_by_how_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise ArchiveError("cannot use the archive")

    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    try:
        put_indexed(archive, HashingEncoder(), make_comment("1", "A kettle.", author="Jon"))
        answering, growth = Answering(Searcher(archive, HashingEncoder())), Growth()
        for question in ("kettle", "kettle by Jon", "xylophones"):
            answering.ask(Asked(question), Viewer.anyone())
        # Neither another page, less of what was understood, the same in another way, nor what one alone may see beyond
        # an answer is a question.
        answering.ask(Asked("kettle", offset=5), Viewer.anyone())
        answering.ask(Asked("kettle by Jon", without=(Filter.AUTHORS,)), Viewer.anyone())
        answering.ask(Asked("kettle"), Viewer.anyone(), is_again=True)
        answering.ask(Asked("kettle"), Viewer.member("U1", workspace=None), beyond=Viewer.anyone())
        monkeypatch.setattr(Searching, "read_postings", fail)
        with pytest.raises(ArchiveError):
            answering.ask(Asked("kettle"), Viewer.anyone())
    finally:
        archive.close()
    counted = {
        outcome: growth.of("harkback_questions_total", outcome=outcome, surface="other")
        for outcome in ("answered", "nothing_relevant", "nothing_indexed", "failed")
    }
    assert counted == {"answered": 2, "nothing_relevant": 1, "nothing_indexed": 0, "failed": 1}
