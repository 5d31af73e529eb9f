"""From an edited file back to what was, by the real command."""

import json
from pathlib import Path

from tests.databases import ArchivePlace
from tests.scenarios.process import run_harkback
from tests.scenarios.test_import import ask_texts

OLD, NEW = "The regatta starts at noon.", "The regatta starts at two."
GONE, ADDED = "The regatta flag is blue.", "The regatta dinner is on Friday."
OTHERS = ("Bring a raincoat.", "The ferry left early.", "Tea was served.", "A gull sang.", "Ann was late.")


def write(path: Path, *texts: str) -> None:
    records = [{"id": " ".join(text.split()[:3]), "author": "Ann", "text": text} for text in texts]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def test_rollback_gives_the_old_answer_again_and_a_refresh_by_name_the_new(database: ArchivePlace, tmp_path: Path):
    path = tmp_path / "club.jsonl"

    def run(*arguments: str | Path) -> str:
        done = run_harkback(*arguments, database=database)
        assert done.returncode == 0, done.stderr
        return done.stdout

    write(path, OLD, GONE, *OTHERS)
    run("import", path)
    write(path, NEW, ADDED, *OTHERS)
    run("refresh")
    question = "what was said about the regatta"
    assert set(ask_texts(database, question).splitlines()) == {NEW, ADDED}
    run("rollback", "club")
    assert set(ask_texts(database, question).splitlines()) == {OLD, GONE}
    run("refresh")
    assert set(ask_texts(database, question).splitlines()) == {OLD, GONE}
    listed = json.loads(run("refreshes", "club", "--json"))["refreshes"]
    assert [(one["id"], one["kind"], one["undoes"]) for one in listed] == [
        (3, "rollback", 2),
        (2, "refresh", None),
        (1, "import", None),
    ]
    run("refresh", "club")
    assert set(ask_texts(database, question).splitlines()) == {NEW, ADDED}
