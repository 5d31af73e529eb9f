"""Somebody asks to be forgotten, and is: by the real command."""

import json
from pathlib import Path
from typing import Any

from tests.databases import ArchivePlace, execute
from tests.scenarios.process import run_harkback

BLOG = [
    {"id": "1", "author": "Quentin Zyx", "account": "7", "thread": "a", "text": "Kumquats ripen under the viaduct."},
    {"id": "2", "author": "Bo", "account": "8", "thread": "a", "text": "> Kumquats ripen under the viaduct.\nIndeed."},
]
LIST = [
    {"id": "1", "author": "quentin zyx", "thread": "a", "text": "Xylophones belong into every kitchen of this town."},
    {
        "id": "2",
        "author": "Cy",
        "thread": "a",
        "text": "On Monday, Quentin Zyx wrote:\n> Xylophones belong into every\n> kitchen of this town.\n\nNo: banjos.",
    },
]
WORDS = (b"umquat", b"viaduct", b"ylophon", b"kitchen", b"zyx")


def harkback(database: ArchivePlace, *arguments: str | Path) -> Any:
    done = run_harkback(*arguments, "--json", database=database)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def find_words(database: ArchivePlace) -> set[bytes]:
    """Give what stands in any of the database's files, or in any row of any table of a server's."""
    if isinstance(database, Path):
        content = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*")).lower()
    else:
        tables = execute(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = (execute(database, f'SELECT row_to_json(t)::text FROM "{table}" t') for (table,) in tables)
        content = repr([*rows]).lower().encode()
    return {word for word in WORDS if word in content}


def test_person_is_forgotten_for_good(database: ArchivePlace, tmp_path: Path):
    places = [tmp_path / "blog.jsonl", tmp_path / "list.jsonl"]
    for place, records in zip(places, (BLOG, LIST), strict=True):
        place.write_text("".join(json.dumps(record) + "\n" for record in records))
    harkback(database, "import", *places)
    assert find_words(database) == set(WORDS)
    assert run_harkback("forget", "Quentin Zyx", "--yes", database=database).returncode == 3
    assert run_harkback("authors", "merge", "Quentin Zyx", "#1", database=database).returncode == 0
    receipt = harkback(database, "forget", "Quentin Zyx", "--yes")
    assert (receipt["comments"], receipt["quotes"], receipt["sources"]) == (2, 2, ["blog", "list"])
    assert find_words(database) == set()
    for question in ("kumquats", "xylophones", "what did Quentin Zyx say"):
        assert "Zyx" not in json.dumps(harkback(database, "ask", question)["hits"])
    texts = ["> [removed]\nIndeed.", "> [removed]\n\nNo: banjos."]
    assert [hit["comment"]["text"] for hit in harkback(database, "ask", "banjos")["hits"]] == texts[1:]
    for command in (("import", *places), ("refresh", "--full")):
        counted = [
            (report["added"], report["edited"], report["unchanged"], report["deleted"], report["left_out"])
            for report in harkback(database, *command)["reports"]
        ]
        assert counted == [(0, 0, 1, 0, {"its author was forgotten": 1})] * 2
    assert find_words(database) == set()
