from pathlib import Path

import pytest

from bot.found import introduce_nearest
from tests.bot.cli.conftest import Run


@pytest.mark.usefixtures("archive")
def test_ask_json_has_the_contracts_keys_and_values(run: Run):
    done = run("ask", "What was said about unconferences?", "--limit", "3", "--json")
    answer = done.json
    assert (done.code, done.err) == (0, "")
    assert list(answer) == ["question", "outcome", "understood", "hits", "nearest", "searched"]
    assert (answer["question"], answer["outcome"]) == ("What was said about unconferences?", "answered")
    assert answer["understood"] == {
        "topic": "unconferences",
        "authors": [],
        "not_by": [],
        "after": None,
        "before": None,
        "sources": [],
        "channels": [],
        "languages": [],
    }
    assert answer["searched"] == {"comments": 165, "sources": 1, "newest": "2024-12-11T18:25:57.377000Z"}


@pytest.mark.usefixtures("archive")
def test_ask_json_hits_have_the_contracts_keys_and_values(run: Run):
    hits = run("ask", "unconferences", "--limit", "7", "--json").json["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4, 5, 6, 7]
    for hit in hits:
        assert list(hit) == ["rank", "score", "comment", "also", "excerpt"]
        assert list(hit["comment"]) == ["id", "author", "date", "url", "source", "discussion", "text", "language"]
        assert list(hit["comment"]["discussion"]) == ["title", "url"]
        assert list(hit["excerpt"]) == ["text", "highlights"]
        assert isinstance(hit["score"], float)
        assert hit["comment"]["id"].startswith("tag:blogger.com,1999:blog-7310045518823016994.post-")
        assert hit["comment"]["url"].startswith("https://tideway.example/")
        assert hit["comment"]["source"] == "Tideway"
        assert hit["comment"]["language"] in ("en", None)
        assert hit["comment"]["date"].endswith("Z")


@pytest.mark.usefixtures("archive")
def test_ask_json_highlights_are_half_open_offsets_of_what_was_asked(run: Run):
    hits = run("ask", "unconferences", "--limit", "20", "--json").json["hits"]
    marked = [hit["excerpt"]["text"][start:end] for hit in hits for start, end in hit["excerpt"]["highlights"]]
    assert {word.lower() for word in marked} == {"unconference", "unconferences"}
    assert all(isinstance(span, list) and len(span) == 2 for hit in hits for span in hit["excerpt"]["highlights"])


@pytest.mark.usefixtures("archive")
def test_ask_json_says_that_nothing_is_relevant(run: Run):
    done = run("ask", "zeppelin", "--json")
    assert (done.code, done.json["outcome"], done.json["hits"]) == (0, "nothing_relevant", [])
    assert done.json["searched"]["comments"] == 165


def test_ask_json_of_an_empty_archive_exits_with_3(run: Run):
    done = run("ask", "unconferences", "--json")
    assert (done.code, done.json["outcome"], done.json["hits"]) == (3, "nothing_indexed", [])
    assert done.json["searched"] == {"comments": 0, "sources": 0, "newest": None}


@pytest.mark.usefixtures("archive")
def test_ask_json_keeps_letters_readable(run: Run):
    assert "Lefèbvre" in run("ask", "lunch page", "--limit", "20", "--json").out


@pytest.mark.usefixtures("archive")
def test_ask_prints_an_answer_for_people(run: Run):
    done = run("ask", "what was said about unconferences", "--limit", "2")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("*unconference") >= 2
    assert [line[:2] for line in done.out.splitlines() if line[:1].isdigit() and line[1] == "."] == ["1.", "2."]
    assert "more: ask with --limit" in done.out
    assert done.out.endswith("Searched 165 comments in 1 source, newest from 2024-12-11.\n")


@pytest.mark.usefixtures("archive")
def test_ask_does_not_wrap_or_colour_what_is_not_for_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "20")
    out = run("ask", "unconferences").out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) > 100


def test_ask_prints_markup_in_an_archive_as_it_is(run: Run, tmp_path: Path):
    (tmp_path / "odd.jsonl").write_text(
        '{"text": "[bold]wiki[/bold] [link=x]y[/link] \\u001b[31m", "author": "[red]A"}\n'
    )
    assert run("import", tmp_path / "odd.jsonl").code == 0
    out = run("ask", "wiki").out
    assert "[red]A" in out
    assert "[bold]*wiki*[/bold] [link=x]y[/link]" in out
    assert "\x1b" not in out


@pytest.mark.usefixtures("archive")
def test_ask_says_that_nothing_is_relevant(run: Run):
    done = run("ask", "zeppelin")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Nothing relevant was found.\n{introduce_nearest()}\n")
    # Three quotations, none of which claims to be about it.
    assert [line[:3] for line in done.out.splitlines() if line[:1].isdigit()] == ["1. ", "2. ", "3. "]
    assert "*zeppelin" not in done.out.lower()
    assert done.out.endswith("\nSearched 165 comments in 1 source, newest from 2024-12-11.\n")


def test_ask_of_an_empty_archive_says_what_to_do_and_exits_with_3(run: Run):
    done = run("ask", "unconferences")
    assert (done.code, done.out) == (3, "The archive is empty: bring one in with `harkback import FILE_OR_URL`.\n")


@pytest.mark.parametrize("question", ["", "  ", "?!"])
def test_ask_without_a_word_is_a_usage_error(run: Run, question: str):
    done = run("ask", question)
    assert (done.code, done.out) == (2, "")
    assert "the question holds no word" in done.err


@pytest.mark.usefixtures("archive")
def test_ask_shows_what_few_may_see_to_whoever_holds_the_database(run: Run, tmp_path: Path):
    (tmp_path / "s.jsonl").write_text('{"text": "The zeppelin is secret.", "visibility": "people:U1"}\n')
    assert run("import", tmp_path / "s.jsonl", "--visibility", "nobody").code == 0
    assert "*zeppelin*" in run("ask", "zeppelin").out


@pytest.mark.usefixtures("archive")
def test_ask_says_how_to_drop_what_narrows_and_drops_it(run: Run):
    question = "what did Tomasz say about unconferences since 2009?"
    narrow = run("ask", question).out.splitlines()[0]
    wide = run("ask", question, "--without", "authors", "--without", "dates").out.splitlines()[0]
    assert narrow == (
        "Understood: about “unconferences”, by Tomasz Wójcik, since 2009-01-01 "
        "(drop one with --without authors or dates)."
    )
    assert wide == "Understood: about “unconferences”, by anyone, at any time."


@pytest.mark.usefixtures("archive")
def test_ask_json_without_a_filter_says_what_was_searched_for(run: Run):
    question = "what did Tomasz say about unconferences?"
    narrow = run("ask", question, "--json", "--limit", "100").json
    wide = run("ask", question, "--json", "--limit", "100", "--without", "authors").json
    assert (narrow["understood"]["authors"], wide["understood"]["authors"]) == (["Tomasz Wójcik"], [])
    assert {hit["comment"]["author"] for hit in narrow["hits"]} == {"Tomasz Wójcik"}
    assert len(wide["hits"]) > len(narrow["hits"])
