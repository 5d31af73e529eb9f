"""Slack's own JSON schema of blocks, where the shared folder is at hand; elsewhere nothing is checked."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.slack.identity import Json

_REPOSITORY = Path(__file__).resolve().parents[3]


def find_schema_file() -> Path | None:
    """Return the schema under ``$HARKBACK_SHARED`` or ``../shared``, or None where there is none."""
    shared = Path(os.environ.get("HARKBACK_SHARED") or _REPOSITORY.parent / "shared")
    path = shared / "slack" / "blocks.schema.json"
    return path if path.is_file() else None


def find_schema_problems(blocks: list[Json]) -> Iterator[str]:
    """Yield what the schema's ``KnownBlock`` says against these blocks, at most one complaint a block."""
    path = find_schema_file()
    if path is None:
        return
    validators = _load_validators(path)
    for index, block in enumerate(blocks):
        validator = validators.get(str(block.get("type")))
        if validator is None:
            yield f"unsupported type: {block.get('type')} [json-pointer:/blocks/{index}/type]"
            continue
        error = best_match(validator.iter_errors(block))
        if error is not None:
            pointer = "/".join(str(part) for part in ["/blocks", index, *error.absolute_path])
            yield f"failed to match all allowed schemas: {error.message[:200]} [json-pointer:{pointer}]"


@cache
def _load_validators(path: Path) -> dict[str, Draft7Validator]:
    """Load the alternatives of ``KnownBlock`` by block type: trying all for each block would take 0.1 s."""
    definitions = json.loads(path.read_text(encoding="utf-8"))["definitions"]
    validators = {}
    for alternative in definitions["KnownBlock"]["anyOf"]:
        name = alternative["$ref"].rpartition("/")[2]
        shapes = definitions[name].get("anyOf", [definitions[name]])
        kind = shapes[0]["properties"]["type"]["const"]
        validators[kind] = Draft7Validator({**alternative, "definitions": definitions})
    return validators
