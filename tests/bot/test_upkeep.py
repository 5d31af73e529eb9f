from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from bot.upkeep import forget_old
from store.archive import Archive
from store.db.tables import ReplyRow, Row
from store.db.use_tables import ConversationRow, LoggedQuestionRow, RecentQuestionRow, SuggestionRow
from store.domain.answer import Outcome
from store.domain.conversation import Thread, Turn
from store.repositories.conversations import Conversations
from store.repositories.logged_questions import LoggedQuestions
from store.repositories.recent_questions import RecentQuestions
from store.repositories.replies import Replies
from store.repositories.suggestions import Suggestions


def test_everything_that_has_an_expiry_goes_when_it_is_old(tmp_path: Path):
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    database = archive.database
    Conversations(database).note(Thread("T1", "C1", ""), Turn("1.5", "U1", "kites"))
    LoggedQuestions(database).note("kites", Outcome.ANSWERED)
    RecentQuestions(database).note("T1", "U1", "kites")
    Replies(database).take("message:1")
    Suggestions(database).note(("T1", "C1", "1.5"), 7, 2.0, 3)
    assert forget_old(archive) == 0
    long_ago = datetime.now(UTC) - timedelta(days=400)
    tables: dict[type[Row], str] = {
        ConversationRow: "asked_at",
        LoggedQuestionRow: "asked_at",
        RecentQuestionRow: "asked_at",
        ReplyRow: "taken_at",
        SuggestionRow: "made_at",
    }
    with database.writing() as connection:
        for table, column in tables.items():
            connection.execute(update(table).values({column: long_ago}))
    assert forget_old(archive) == len(tables)
    archive.close()
