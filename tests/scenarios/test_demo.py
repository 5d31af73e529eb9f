"""The one test with the real model: what a person sees who tries the program first."""

import re
from pathlib import Path

import pytest

from tests.scenarios.process import run_harkback


@pytest.mark.model
@pytest.mark.xdist_group("model")
def test_demo_answers_with_the_real_model(tmp_path: Path):
    done = run_harkback("demo", database=tmp_path / "unused.db", extra={"HARKBACK_MODEL": "all-MiniLM-L6-v2"})
    assert (done.returncode, done.stderr) == (0, "")
    quoted = [line for line in done.stdout.splitlines() if line.startswith("   “")]
    assert len(quoted) == 5
    assert any("*unconference" in line for line in quoted)
    assert len(re.findall(r"^\d\. \S.*, \d{4}-\d\d-\d\d$", done.stdout, re.MULTILINE)) == 5
    assert len(re.findall(r"^   https://tideway\.example/\S+#c\d+$", done.stdout, re.MULTILINE)) == 5
    assert done.stdout.endswith("Searched 165 comments in 1 source, newest from 2024-12-11.\n")
    assert not (tmp_path / "unused.db").exists()
