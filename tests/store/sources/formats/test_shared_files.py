"""Every real file in the folder of material holds what a person counted in it. Skipped without the folder."""

import importlib
import pkgutil
from collections import Counter
from pathlib import Path

import pytest

from store.errors import SourceError
from store.sources.files import SourceFile, open_files
from store.sources.head import Head
from store.sources.registry import load_formats, recognise
from tests.store.sources.formats import shared_files
from tests.store.sources.formats.shared_files import Expected

FILES: dict[str, Expected] = {
    name: expected
    for module in pkgutil.iter_modules(shared_files.__path__)
    for name, expected in importlib.import_module(f"{shared_files.__name__}.{module.name}").FILES.items()
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_file_holds_what_was_counted_in_it(name: str, shared_folder: Path):
    assert count(shared_folder / "formats" / name) == FILES[name]


def test_every_file_is_in_the_table(shared_folder: Path):
    folder = shared_folder / "formats"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(FILES)


def count(path: Path) -> Expected:
    """Read a place as an import does: all its files of one format together."""
    grouped: dict[str, list[SourceFile]] = {}
    for file in open_files(path):
        head = Head.read(file)
        names = [known.name for known in load_formats().values() if known.recognises(head)]
        assert len(names) <= 1, f"{file.name} is claimed by {names}"
        if names:
            grouped.setdefault(names[0], []).append(file)
    if not grouped:
        return Expected("")
    assert len(grouped) == 1, f"{path} is split between {list(grouped)}"
    ((name, files),) = grouped.items()
    kinds = Counter(type(item).__name__ for item in load_formats()[name].parse(files))
    return Expected(name, kinds["Comment"], kinds["SkippedRecord"], kinds["SourceProblem"])


@pytest.mark.parametrize("name", sorted(name for name, expected in FILES.items() if not expected.format))
def test_what_is_refused_is_refused_with_a_message(name: str, shared_folder: Path):
    for file in open_files(shared_folder / "formats" / name):
        with pytest.raises(SourceError, match=r"^cannot import: '.*': [^:]+: .+"):
            recognise(file)
