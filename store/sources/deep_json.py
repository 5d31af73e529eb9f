"""JSON that is nested as deeply as replies are: read without recursion where the standard reader gives up.

Threads of replies within replies have no greatest depth, and the standard reader stops at about a thousand levels.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from store.domain.comment import SourceProblem
from store.sources.files import SourceFile
from store.sources.json import JsonRecord, load_flat
from store.sources.json_records import read_json

# Far above any thread; a megabyte of opening brackets would otherwise be a hundred of memory.
_MAX_DEPTH = 500_000
_PIECE = re.compile(r'\s*+("[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]|[^\s\[\]{},:"]++)\s*+', re.DOTALL)
_PAIRS = {"]": list, "}": dict}
_VALUE, _KEY, _COLON, _END = "a value", "a key", "a colon", "a comma or bracket"


def read_deep_json(file: SourceFile, *paths: str) -> Iterator[JsonRecord | SourceProblem]:
    """Give each value at one of the paths, however deeply it is nested, with its problems before it."""
    return read_json(file, *paths, load=load_deep)


def load_deep(text: str) -> Any:
    """Parse JSON of any depth; line ends inside strings are taken as they are.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested beyond any thread.
    """
    try:
        return load_flat(text)
    except RecursionError:
        return _Reader().read(text)


class _Reader:
    """Puts pieces together: what is open, and what has to come next."""

    def __init__(self) -> None:
        self._root: list[Any] = []
        self._open: list[Any] = [self._root]
        self._wanted = _VALUE
        self._key = ""

    def read(self, text: str) -> Any:
        at = 0
        while at < len(text):
            found = _PIECE.match(text, at)
            if found is None:
                raise ValueError("a string does not end")
            self._take(found[1])
            at = found.end()
        if len(self._open) > 1 or not self._root:
            raise ValueError("the text ends too early")
        return self._root[0]

    def _take(self, piece: str) -> None:
        if piece in _PAIRS:
            self._close(_PAIRS[piece])
        elif piece == ",":
            self._require(_END)
            self._wanted = _KEY if isinstance(self._open[-1], dict) else _VALUE
        elif piece == ":":
            self._require(_COLON)
            self._wanted = _VALUE
        elif self._wanted == _KEY:
            self._key, self._wanted = _load_string(piece), _COLON
        else:
            self._require(_VALUE)
            self._put(piece)

    def _require(self, what: str) -> None:
        if self._wanted != what or (what == _END and len(self._open) == 1):
            raise ValueError(f"{self._wanted} has to come next")

    def _put(self, piece: str) -> None:
        value: Any = [] if piece == "[" else {} if piece == "{" else json.loads(piece, strict=False)
        holder = self._open[-1]
        if isinstance(holder, dict):
            holder[self._key] = value
        else:
            holder.append(value)
        self._wanted = _END
        if isinstance(value, list | dict):
            self._open.append(value)
            self._wanted = _KEY if isinstance(value, dict) else _VALUE
            if len(self._open) > _MAX_DEPTH:
                raise RecursionError

    def _close(self, kind: type) -> None:
        holder = self._open[-1]
        is_empty = self._wanted == (_KEY if kind is dict else _VALUE) and not holder
        if len(self._open) == 1 or not isinstance(holder, kind) or not (is_empty or self._wanted == _END):
            raise ValueError("a bracket closes too early")
        self._open.pop()
        self._wanted = _END


def _load_string(piece: str) -> str:
    value = json.loads(piece, strict=False)
    if not isinstance(value, str):
        raise ValueError("a key is no string")  # noqa: TRY004  # what json raises
    return value
