from pathlib import Path

from tests.bot.cli.conftest import Run


def test_demo_answers_from_the_sample_and_leaves_nothing_behind(run: Run, database: Path, tmp_path: Path):
    done = run("demo")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Tideway Practice (blogger): 165 new, ")
    assert "$ harkback ask 'what was said about unconferences'" in done.out
    assert "*unconference" in done.out
    assert "https://tideway.example/" in done.out
    assert done.out.endswith("Searched 165 comments in 1 source, newest from 2024-12-11.\n")
    assert not database.exists()
    assert list(tmp_path.iterdir()) == []
