"""A format of somebody else's: a package is installed with pip, and `harkback import` takes its files."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.scenarios.process import run_harkback

MODULE = """
from store.sources.decoding import read_lines
from store.sources.format import Format, each
from store.sources.raw import RawComment


def recognises(head):
    return head.text.startswith("%tavern ")


def parse(file):
    for number, line in enumerate(read_lines(file, 10_000)):
        author, _, text = line.partition(" says ")
        if text:
            yield from RawComment(id=f"line {number}", author=author, text=text, thread="tavern").finish()


FORMAT = Format("tavern", recognises, each(parse))
"""
EXPORT = "%tavern 1\nBronwen says The kettle is on.\nMihai says Bring a mug.\n"


def install(folder: Path, entry_point: str) -> dict[str, str]:
    """Make a package, install it into a folder of its own, and give the environment in which it is found."""
    wheel = folder / "harkback_tavern-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        info = "harkback_tavern-1.0.dist-info"
        archive.writestr("harkback_tavern.py", MODULE)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: harkback-tavern\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", f"[harkback.formats]\ntavern = {entry_point}\n")
        archive.writestr(f"{info}/RECORD", "")
    options = ["--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", "--target", folder / "site"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, wheel], check=True)
    return {"PYTHONPATH": f"{folder / 'site'}:{Path(__file__).parents[2]}"}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "evening.txt"
    path.write_text(EXPORT)
    return path


def test_format_of_another_package_is_imported_by_content(tmp_path: Path, export: Path):
    extra = install(tmp_path, "harkback_tavern:FORMAT")
    done = run_harkback("import", export, "--json", database=tmp_path / "archive.db", extra=extra)
    (report,) = json.loads(done.stdout)["reports"]
    assert (done.returncode, report["format"], report["added"]) == (0, "tavern", 2)
    asked = run_harkback("ask", "kettle", "--json", database=tmp_path / "archive.db", extra=extra)
    (hit,) = json.loads(asked.stdout)["hits"]
    assert (hit["comment"]["author"], hit["comment"]["text"]) == ("Bronwen", "The kettle is on.")


@pytest.mark.parametrize(
    ("entry_point", "reason"),
    [
        ("harkback_tavern:recognises", "harkback_tavern:recognises is a function, not a store.sources.format.Format"),
        ("harkback_tavern:missing", "harkback_tavern:missing fails with AttributeError"),
        ("harkback_nowhere:FORMAT", "harkback_nowhere:FORMAT fails with ModuleNotFoundError"),
    ],
)
def test_package_that_offers_no_format_is_told_about(tmp_path: Path, export: Path, entry_point: str, reason: str):
    extra = install(tmp_path, entry_point)
    done = run_harkback("import", export, database=tmp_path / "archive.db", extra=extra)
    assert done.returncode == 3
    assert done.stderr.startswith(f"harkback: cannot load the format: 'tavern': {reason}")
    assert done.stderr.endswith("mend or uninstall the package that brings it\n")


def test_other_verbs_work_beside_a_package_that_is_broken(tmp_path: Path, export: Path):
    extra = install(tmp_path, "harkback_nowhere:FORMAT")
    assert run_harkback("sources", database=tmp_path / "archive.db", extra=extra).returncode == 0
    assert run_harkback("import", "--help", database=tmp_path / "archive.db", extra=extra).returncode == 0
    assert export.exists()
