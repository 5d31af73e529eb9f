from pathlib import Path
from typing import NoReturn

import click
import pytest

from bot.cli import forget
from embeddings.errors import EncoderError
from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts

WALK = "The harbour walk was the best thing of the week."
BLOG = (
    f'{{"id": "1", "text": "{WALK}", "author": "Zoë Quist", "account": "7"}}\n'
    f'{{"id": "2", "text": "> {WALK}\\nZebras, Zoë.", "author": "Bo", "account": "8"}}\n'
)
LIST = '{"id": "1", "text": "Weeds are wikis too.", "author": "zoe quist"}\n'
STAYS = "Left as it is: what others wrote in words of their own"


@pytest.fixture(autouse=True)
def _archive(run: Run, tmp_path: Path) -> None:
    for name, content in {"blog": BLOG, "list": LIST}.items():
        (tmp_path / f"{name}.jsonl").write_text(content)
        run("import", tmp_path / f"{name}.jsonl")


def count_comments(run: Run) -> dict[str, int]:
    return {one["name"]: one["comments"] for one in run("sources", "--json").json["sources"]}


def test_forget_removes_somebody_and_prints_a_receipt(run: Run):
    run("authors", "merge", "#1", "#3")
    done = run("forget", "ZOE QUIST", "--yes")
    assert (done.code, done.err) == (0, "")
    receipt, stays = done.out.splitlines()
    assert receipt == (
        "Removed: 2 comments in blog, list, 2 names, 1 quotation by others, 0 titles of threads, 0 earlier versions, "
        "3 vectors."
    )
    assert stays.startswith(STAYS)
    assert count_comments(run) == {"blog": 1, "list": 0}
    assert run("ask", "harbour walk", "--json").json["hits"] == []
    [hit] = run("ask", "zebras", "--json").json["hits"]
    assert hit["comment"]["text"] == "> [removed]\nZebras, Zoë."


def test_forget_json_is_the_receipt(run: Run):
    receipt = {
        "author": "zoe quist",
        "dry_run": True,
        "sources": ["blog"],
        "comments": 1,
        "names": 1,
        "quotes": 1,
        "titles": 0,
        "former_versions": 0,
        "vectors": None,
        "erased": False,
    }
    arguments = ("forget", "zoe quist", "--source", "blog", "--json")
    assert run(*arguments, "--dry-run").json == receipt
    assert count_comments(run) == {"blog": 2, "list": 1}
    assert run(*arguments, "--yes").json == {**receipt, "dry_run": False, "vectors": 2, "erased": True}
    assert count_comments(run) == {"blog": 1, "list": 1}


def test_forget_again_says_that_it_was_done_before(run: Run):
    run("forget", "zoe quist", "--account", "7", "--yes")
    done = run("forget", "zoe quist", "--account", "7", "--yes")
    assert done.code == 0
    assert done.out.startswith("zoe quist was forgotten before.\nRemoved: 0 comments, 0 names,")


def test_forget_of_two_people_is_refused(run: Run):
    done = run("forget", "zoe quist", "--yes")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(
        done.err,
        "forget the author",
        "'zoe quist'",
        "several people are called so",
        "Zoë Quist (blog, account 7, 1 comment); zoe quist (list, 1 comment)",
        "--source or --account",
        "`harkback authors merge`",
    )
    assert count_comments(run) == {"blog": 2, "list": 1}


@pytest.mark.parametrize("arguments", [("nobody",), ("Zoë Quist", "--source", "elsewhere"), ("Bo", "--account", "9")])
def test_forget_of_nobody_is_told_about(run: Run, arguments: tuple[str, ...]):
    done = run("forget", *arguments, "--yes")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "forget the author", arguments[0], "nobody in the archive wrote", "harkback authors")


def test_forget_without_a_terminal_needs_to_be_told(run: Run):
    done = run("forget", "Bo")
    assert (done.code, done.out) == (2, "")
    assert (
        "cannot forget the author: 'Bo': it cannot be undone, and there is no terminal to ask on: pass --yes"
        in " ".join(done.err.split())
    )
    assert count_comments(run) == {"blog": 2, "list": 1}


@pytest.mark.parametrize("answer", [False, True])
def test_forget_asks_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch, *, answer: bool):
    asked: list[str] = []

    def confirm(question: str, **_: object) -> None:
        asked.append(question)
        if not answer:
            raise click.Abort

    monkeypatch.setattr(forget, "_is_terminal", lambda: True)
    monkeypatch.setattr(click, "confirm", confirm)
    done = run("forget", "Bo")
    assert done.code == (0 if answer else 130)
    assert asked == ["Remove them from every source, for good?"]
    assert "Bo (blog, account 8, 1 comment)\n" in done.err
    assert count_comments(run) == {"blog": 1 if answer else 2, "list": 1}


def test_forget_tells_where_the_files_may_keep_some_of_it(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("store.repositories.purging.Purging.erase_traces", lambda _: False)
    done = run("forget", "Bo", "--yes")
    assert done.code == 0
    assert "the database's files may keep some of it: run the same again to be sure.\n" in done.out


def test_import_tells_what_stays_away(run: Run, tmp_path: Path):
    run("forget", "zoe quist", "--source", "blog", "--yes")
    done = run("import", tmp_path / "blog.jsonl")
    assert "1 unchanged, 0 deleted, 1 left out on purpose (1 its author was forgotten), 0 problems" in done.out
    assert run("problems", "blog").out.count("\n") == 1


def refuse(*_: object) -> NoReturn:
    """Load no model."""
    raise EncoderError("cannot load the model: 'none': there is none: install it")


def test_forget_is_done_where_indexing_cannot_follow(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.wiring.load_encoder", refuse)
    done = run("forget", "zoe quist", "--source", "blog", "--yes")
    assert done.code == 3
    assert done.out.startswith("Removed: 1 comment in blog,")
    assert_four_parts(done.err)
    assert count_comments(run) == {"blog": 1, "list": 1}
