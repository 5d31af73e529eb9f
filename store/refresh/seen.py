"""What an import has seen: on disk, since the ids of millions of comments would be most of its memory."""

from collections.abc import Mapping
from typing import Self

from store.sources.number_map import NumberMap


class SeenComments:
    """Remembers comments of one import of one source by hashes of their ids; gone when it is closed."""

    def __init__(self) -> None:
        self._contents = NumberMap()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._contents.close()

    def find(self, native_ids: list[str]) -> dict[str, int]:
        """Give the hashes of what came under those of these ids that came before."""
        by_hash = {hash(native_id): native_id for native_id in native_ids}
        return {by_hash[key]: content for key, content in self._contents.find(by_hash.keys()).items()}

    def add(self, contents: Mapping[str, bytes]) -> None:
        """Remember what came, by id, with its fingerprint; what came first stays."""
        self._contents.add({hash(native_id): hash(content) for native_id, content in contents.items()})
