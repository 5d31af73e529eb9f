import json
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.slack.views.buttons import build_value
from bot.wiring import open_archive
from store.domain.asked import Asked
from store.domain.feedback import Rated
from store.domain.query import Filter, Query
from store.evaluation.judged import JudgedQuery, load_judged_set
from store.repositories.feedback import Judge
from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts

RECORDS = [
    {
        "id": "1",
        "text": "Wikis are gardens.",
        "author": "Zoë",
        "date": "2011-05-05",
        "title": "On wikis",
        "thread": "t1",
    },
    {"id": "2\t2", "text": "Weeds are wikis too.", "thread": "t1"},
    {"id": "3", "text": "A wiki of our own.", "visibility": "people:U1"},
]
WIKIS, PRIVATE = Asked("what of wikis?"), Asked("what of that one wiki?")


def judge(question: Asked, person: str = "UADA") -> Judge:
    return Judge("T1", person, build_value(question))


@pytest.fixture(autouse=True)
def _archive(run: Run, tmp_path: Path, database: Path) -> None:
    (tmp_path / "garden.jsonl").write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    run("import", tmp_path / "garden.jsonl")
    ids = {"1": "1", "2": "2\t2", "3": "3"}
    with open_archive(Settings(database_url=f"sqlite:///{database}", model="hashing")) as archive:
        known = {one.native_id: one.source for one in archive.read_comments([1, 2, 3]).values()}
        ids = {native_id.split()[0]: native_id for native_id in known}
        one, two, three = (Rated(known[ids[key]], ids[key]) for key in "123")
        opinions = archive.opinions
        opinions.judge_answer(judge(WIKIS), is_helpful=True, channel="C1")
        opinions.judge_comment(judge(WIKIS), one, is_helpful=True)
        opinions.judge_comment(judge(WIKIS), two, is_helpful=False)
        opinions.judge_comment(judge(WIKIS), three, is_helpful=True)
        # The same question, narrowed by hand.
        narrowed = Asked(WIKIS.question, without=(Filter.AUTHORS,))
        opinions.judge_answer(judge(narrowed, "UBO"), is_helpful=False, channel="C1")
        opinions.judge_comment(judge(narrowed, "UBO"), one, is_helpful=True)
        opinions.judge_answer(judge(PRIVATE), is_helpful=True)
        opinions.judge_comment(judge(PRIVATE), one, is_helpful=True)
        # Asked by messages: of the second, its words were kept.
        for question in ("", '"a message about wikis"'):
            told = judge(Asked(question, chosen=Query("", beside=("C1:1.5",))))
            opinions.judge_answer(told, is_helpful=True, channel="C1")
            opinions.judge_comment(told, one, is_helpful=True)


def test_feedback_tells_what_was_said_of_questions_that_everyone_may_read(run: Run):
    done = run("feedback")
    assert (done.code, done.err) == (0, "")
    assert done.out == "what of wikis?: 1 helpful, 1 not helpful; comments judged: 2\n"
    [found] = run("feedback", "--json").json["feedback"]
    assert (found["helpful"], found["not_helpful"]) == (1, 1)
    # The third is not for everyone.
    assert [one["id"] for one in found["comments"]] == ["1", "2 2"]
    assert found["comments"][0] == {"source": "garden", "id": "1", "helpful": 2, "not_helpful": 0}


def test_feedback_tells_of_private_questions_where_that_is_asked_for(run: Run):
    found = run("feedback", "--include-private", "--json").json["feedback"]
    assert [(one["question"], len(one["comments"])) for one in found] == [
        ("what of wikis?", 3),
        ("what of that one wiki?", 1),
    ]


def test_feedback_exports_a_judged_set_of_what_is_public(run: Run, tmp_path: Path):
    done = run("feedback", "--export", tmp_path / "new" / "set", "--json")
    assert done.json["exported"] == {"queries": 1, "comments": 2}
    judged = load_judged_set(tmp_path / "new" / "set")
    assert [comment.text for comment in judged.comments] == ["Wikis are gardens.", "Weeds are wikis too."]
    assert judged.comments[0].author.name == "Zoë"
    assert len({comment.discussion.native_id for comment in judged.comments}) == 1
    assert judged.queries == (JudgedQuery("q1", "what of wikis?", frozenset(), {"garden/1": 1.0}),)
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
        content = (tmp_path / "new" / "set" / name).read_text()
        assert not [word for word in ("UADA", "UBO", "that one wiki", "of our own", "garden/3") if word in content]


def test_feedback_exports_all_where_that_is_asked_for(run: Run, tmp_path: Path):
    run("feedback", "--export", tmp_path / "set", "--include-private")
    judged = load_judged_set(tmp_path / "set")
    assert len(judged.comments) == 3
    assert {query.text: set(query.grades) for query in judged.queries} == {
        "what of wikis?": {"garden/1", "garden/3"},
        "what of that one wiki?": {"garden/1"},
    }


def test_feedback_leaves_out_what_is_hidden(run: Run, tmp_path: Path, database: Path):
    with open_archive(Settings(database_url=f"sqlite:///{database}", model="hashing")) as archive:
        archive.hiding.hide(archive.read_comments([1])[1].discussion_id, "U1")
    assert run("feedback", "--export", tmp_path / "set", "--json").json["exported"] == {"queries": 0, "comments": 0}


def test_feedback_that_cannot_be_written_is_told_about(run: Run, tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = run("feedback", "--export", tmp_path / "file" / "set")
    assert done.code == 3
    assert_four_parts(done.err, "cannot write the judged set", "file/set", "not a directory", "name a folder")


def test_nothing_judged_says_so(run: Run, tmp_path: Path):
    empty = f"sqlite:///{tmp_path}/empty.db"
    assert "Nobody has judged an answer so far" in run("--database", empty, "feedback").out
