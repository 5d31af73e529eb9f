from pathlib import Path

import pytest

from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts

BLOG = '{"id": "1", "text": "Wikis are gardens.", "author": "Zoë Quist", "account": "7"}\n'
LIST = '{"id": "1", "text": "Weeds are wikis too.", "author": "zq"}\n{"id": "2", "text": "Gardens.", "author": "Bo"}\n'
QUIST, ZQ = "#1 Zoë Quist (blog, 1 comment)", "#2 zq (list, 1 comment)"


@pytest.fixture(autouse=True)
def _archive(run: Run, tmp_path: Path) -> None:
    for name, content in {"blog": BLOG, "list": LIST}.items():
        (tmp_path / f"{name}.jsonl").write_text(content)
        run("import", tmp_path / f"{name}.jsonl")


def ask(run: Run, question: str) -> set[str]:
    return {hit["comment"]["author"] for hit in run("ask", question, "--json").json["hits"]}


def test_find_lists_everybody_of_a_name(run: Run):
    done = run("authors", "find", "zoe quist")
    assert (done.code, done.out, done.err) == (0, f"{QUIST}\n", "")
    assert run("authors", "find", "#2", "--json").json == {
        "authors": [{"number": 2, "name": "zq", "names": ["zq"], "source": "list", "comments": 1}]
    }


@pytest.mark.parametrize("name", ["nobody", "#99", "#x", "#", "Quist"])
def test_unknown_author_is_told_about(run: Run, name: str):
    done = run("authors", "find", name)
    assert done.code == 3
    assert_four_parts(done.err, "cannot find the author", repr(name), "nobody in the archive", "look for a whole name")


def test_merged_authors_are_found_by_each_others_names(run: Run):
    assert ask(run, "wikis from:zq") == {"zq"}
    done = run("authors", "merge", "Zoë Quist", "zq")
    assert (done.code, done.out, done.err) == (0, f"One person from now on: {QUIST}\n  {ZQ}\n", "")
    assert ask(run, "wikis from:zq") == {"Zoë Quist", "zq"}
    assert ask(run, 'wikis from:"Zoë Quist"') == {"Zoë Quist", "zq"}


def test_merging_outlives_a_refresh(run: Run):
    run("authors", "merge", "Zoë Quist", "zq")
    run("refresh")
    assert run("authors", "merged").out == f"{ZQ} is {QUIST}\n"
    assert run("authors", "merged", "--json").json["merged"][0]["into"]["name"] == "Zoë Quist"


def test_split_undoes_merging(run: Run):
    run("authors", "merge", "Zoë Quist", "zq")
    assert run("authors", "split", "zq").out == f"A person of their own: {ZQ}\n"
    assert run("authors", "merged").out == ""
    assert ask(run, "wikis from:zq") == {"zq"}


def test_split_parts_the_one_who_others_were_merged_into(run: Run):
    run("authors", "merge", "Zoë Quist", "zq", "Bo")
    assert run("authors", "split", "Zoë Quist").out == f"A person of their own: {QUIST}\n"
    assert run("authors", "merged").out == f"#3 Bo (list, 1 comment) is {ZQ}\n"
    assert ask(run, 'wikis from:"Zoë Quist"') == {"Zoë Quist"}
    assert ask(run, "wikis gardens from:Bo") == {"zq", "Bo"}
    run("authors", "split", "Bo")
    assert run("authors", "merged").out == ""


def test_merging_somebody_with_themselves_changes_nothing(run: Run):
    done = run("authors", "merge", "zq", "#2")
    assert (done.code, done.out) == (0, f"One person from now on: {ZQ}\n")
    assert run("authors", "merged").out == ""
