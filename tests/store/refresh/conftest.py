from collections.abc import Callable

import pytest

from store.archive import Archive
from store.domain.refresh import RefreshReport
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from tests.store.factories import make_file, make_jsonl

Import = Callable[..., RefreshReport]


@pytest.fixture
def import_records(archive: Archive) -> Import:
    """Import records as one JSONL file of one source."""

    def run(*records: dict[str, str], into: Archive = archive, is_dry_run: bool = False) -> RefreshReport:
        request = ImportRequest("/export.jsonl", "export", is_dry_run=is_dry_run, format_name="jsonl")
        [report] = Importer(into, request).run([make_file(make_jsonl(*records))])
        return report

    return run
