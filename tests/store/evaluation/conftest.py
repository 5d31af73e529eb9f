"""Makes judged sets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.store.factories import make_jsonl

HEADER = "query-id\tdoc-id\tgrade\n"

MakeSet = Callable[..., Path]


@pytest.fixture
def make_set(tmp_path: Path) -> MakeSet:
    def make(
        comments: list[dict[str, Any]], queries: list[dict[str, Any]], grades: str = "", *, name: str = "harbour"
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "corpus.jsonl").write_text(make_jsonl(*comments), encoding="utf-8")
        (folder / "queries.jsonl").write_text(make_jsonl(*queries), encoding="utf-8")
        (folder / "qrels.tsv").write_text(HEADER + grades, encoding="utf-8")
        return folder

    return make
