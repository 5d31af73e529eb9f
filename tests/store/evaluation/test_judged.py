"""Judged sets as they are, and as they should not be."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.domain.comment import ANONYMOUS, AuthorAlias, Comment, Discussion
from store.errors import EvaluationError
from store.evaluation.judged import JudgedQuery, JudgedSet, find_judged_sets, load_judged_set
from tests.store.evaluation.conftest import MakeSet

COMMENT = {"id": "c1", "text": "Kites over the bay."}
QUERY = {"id": "q1", "text": "kites"}


def test_set_is_read_whole(make_set: MakeSet):
    folder = make_set(
        [
            {
                "id": "t1/c 1",
                "text": "Kites\u2028over the bay.",
                "author": "Ann",
                "date": "2019-03-01T13:00:00+01:00",
                "title": "On kites",
                "thread": "t1",
                "seq": 0,
                "url": "https://forum.example/t1#c1",
                "kind": "question",
            },
            COMMENT,
        ],
        [QUERY | {"exclude": ["c8", "c9"], "opener": "c7"}, {"id": "q2", "text": "Rain?", "opener": None}],
        "q1\tt1/c 1\t2\nq1\tc1\t0.5\nq1\tc3\t0\nq2\tc1\t0\n",
    )

    assert load_judged_set(folder) == JudgedSet(
        "harbour",
        (
            Comment(
                native_id="t1/c 1",
                discussion=Discussion("t1", "On kites", "https://forum.example/t1"),
                author=AuthorAlias("Ann"),
                text="Kites\nover the bay.",
                url="https://forum.example/t1#c1",
                published=datetime(2019, 3, 1, 12, tzinfo=UTC),
                position=0,
            ),
            Comment("c1", Discussion("c1"), AuthorAlias(ANONYMOUS), "Kites over the bay."),
        ),
        (
            JudgedQuery("q1", "kites", frozenset({"c7", "c8", "c9"}), {"t1/c 1": 2.0, "c1": 0.5}),
            JudgedQuery("q2", "Rain?", frozenset(), {}),
        ),
    )


def test_author_without_a_name_is_anonymous(make_set: MakeSet):
    (comment,) = load_judged_set(make_set([COMMENT | {"author": ""}], [QUERY])).comments

    assert comment.author == AuthorAlias(ANONYMOUS)


@pytest.mark.parametrize(
    ("fields", "discussion"),
    [
        ({"thread": "On  kites"}, Discussion("On  kites", "On kites")),
        ({"thread": "On kites", "title": "Kites"}, Discussion("On kites", "Kites")),
        (
            {"thread": "https://forum.example/t1"},
            Discussion("https://forum.example/t1", "", "https://forum.example/t1"),
        ),
        ({"thread": "t1"}, Discussion("t1")),
    ],
)
def test_thread_that_is_named_in_words_has_them_for_title(
    make_set: MakeSet, fields: dict[str, str], discussion: Discussion
):
    (comment,) = load_judged_set(make_set([COMMENT | fields], [QUERY])).comments

    assert comment.discussion == discussion


def test_comments_are_numbered_or_not(make_set: MakeSet):
    comments = [COMMENT | {"id": f"c{number}", "seq": seq} for number, seq in enumerate((3, 0, -1, None))]

    judged = load_judged_set(make_set(comments, [QUERY]))

    assert [comment.position for comment in judged.comments] == [3, 0, -1, None]


@pytest.mark.parametrize("seq", ["true", "1.0", '""', "[1]"])
def test_number_that_is_none_is_refused(make_set: MakeSet, seq: str):
    folder = make_set([], [QUERY])
    (folder / "corpus.jsonl").write_text(f'{{"id": "c1", "text": "a", "seq": {seq}}}', encoding="utf-8")

    with pytest.raises(
        EvaluationError, match=r"line 1: seq is no whole number that can be kept: .*, or leave seq out$"
    ):
        load_judged_set(folder)


def test_set_may_hold_questions_alone(make_set: MakeSet):
    judged = load_judged_set(make_set([], [QUERY]))

    assert judged == JudgedSet("harbour", (), (JudgedQuery("q1", "kites", frozenset(), {}),))


def test_blank_lines_and_windows_line_ends_are_nothing(make_set: MakeSet):
    folder = make_set([COMMENT], [QUERY], "q1\tc1\t1\n")
    before = load_judged_set(folder)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")

    assert load_judged_set(folder) == before


@pytest.mark.parametrize(
    ("name", "content", "line", "trouble"),
    [
        (
            "corpus.jsonl",
            '{"id": "c1", "text": "a"}\n{"id":',
            2,
            "the line is not a JSON object: give one record a line",
        ),
        ("queries.jsonl", "[]", 1, "the line is not a JSON object: give one record a line"),
        ("corpus.jsonl", '\n{"text": "a"}', 2, "there is no id: give every record an id and a text"),
        ("corpus.jsonl", '{"id": 7, "text": "a"}', 1, "there is no id: give every record an id and a text"),
        ("corpus.jsonl", '{"id": "c1", "text": "\\u200b"}', 1, "there is no text: give every record an id and a text"),
        ("queries.jsonl", '{"id": "q1"}', 1, "there is no text: give every record an id and a text"),
        (
            "queries.jsonl",
            '{"id": "q1", "text": "a"}\n{"id": "q1", "text": "b"}',
            2,
            "the id 'q1' stands there a second time: give every record its own id",
        ),
        (
            "corpus.jsonl",
            '{"id": "c1", "text": "a", "seq": "1"}',
            1,
            "seq is no whole number that can be kept: '1': number the comments, or leave seq out",
        ),
        (
            "queries.jsonl",
            '{"id": "q1", "text": "a", "exclude": "c1"}',
            1,
            "exclude is no list of ids: give a list, or leave exclude out",
        ),
        ("qrels.tsv", "a\tb\tc\nq1\tc1", 2, "the line has not three fields: part query-id, doc-id and grade with tabs"),
        ("qrels.tsv", "q1 0 c1 1", 1, "the line has not three fields: part query-id, doc-id and grade with tabs"),
        (
            "qrels.tsv",
            "a\tb\tc\nq1\tc1\thigh",
            2,
            "the grade is no number: 'high': give 0 for what is not relevant, more for what is",
        ),
        (
            "qrels.tsv",
            "a\tb\tc\nq1\tc1\tinf",
            2,
            "the grade is no number: 'inf': give 0 for what is not relevant, more for what is",
        ),
    ],
)
def test_line_that_is_wrong_is_named(make_set: MakeSet, name: str, content: str, line: int, trouble: str):
    folder = make_set([COMMENT], [QUERY])
    (folder / name).write_text(content, encoding="utf-8")

    with pytest.raises(EvaluationError) as caught:
        load_judged_set(folder)

    assert str(caught.value) == f"cannot read the judged set: {str(folder / name)!r}, line {line}: {trouble}"


def test_line_that_is_not_utf_8_is_named(make_set: MakeSet):
    folder = make_set([COMMENT], [QUERY])
    (folder / "queries.jsonl").write_bytes(b'{"id": "q1", "text": "caf\xe9"}')

    with pytest.raises(
        EvaluationError, match=r"queries\.jsonl', line 1: the line is not UTF-8: save the file as UTF-8$"
    ):
        load_judged_set(folder)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_missing_file_is_named(make_set: MakeSet, name: str):
    folder = make_set([COMMENT], [QUERY])
    (folder / name).unlink()

    with pytest.raises(EvaluationError) as caught:
        load_judged_set(folder)

    assert str(caught.value) == (
        f"cannot read the judged set: {str(folder / name)!r}: no such file or directory: "
        "name a folder that holds a judged set"
    )


def test_sets_are_found_in_order(make_set: MakeSet, tmp_path: Path):
    made: list[Path] = [make_set([], [QUERY], name=name) for name in ("sets/kites", "sets/boats")]
    (tmp_path / "sets" / "notes").mkdir()

    assert find_judged_sets(tmp_path / "sets") == sorted(made)
    assert find_judged_sets(made[0]) == [made[0]]


def test_folder_without_sets_is_refused(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(EvaluationError) as caught:
            find_judged_sets(folder)
        assert str(caught.value) == (
            f"cannot find judged sets: {str(folder)!r}: neither it nor a folder in it holds queries.jsonl: "
            "name a folder that holds a set, or several"
        )


def test_shared_sets_are_read(shared_folder: Path):
    sizes = {
        judged.name: (len(judged.comments), sum(bool(query.grades) for query in judged.queries))
        for judged in map(load_judged_set, find_judged_sets(shared_folder / "eval"))
    }

    assert sizes == {
        "argkp2021": (6515, 243),
        "bc3-mails": (261, 418),
        "locomo": (5882, 1535),
        "locomo-unanswerable": (0, 0),
        "qmsum-committee": (614, 284),
        "semeval-cqa-b": (2015, 217),
        "semeval-cqa-c": (9330, 45),
        "stackfaq-posts": (844, 1249),
    }
