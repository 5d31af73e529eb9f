"""An array that rows are added to without copying those it has. Knows nothing of what they mean."""

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T", bound=np.generic)
# How much longer it is made when it is full: each row is copied a few times in all. Room that was never written to
# takes no memory.
_GROWTH = 1.5


class GrowingArray(Generic[_T]):
    """Rows that others are put behind, by one writer. Views of them that were given before stay what they are."""

    def __init__(self, rows: NDArray[_T]) -> None:
        self._held = rows

    @property
    def rows(self) -> NDArray[_T]:
        """All rows there is room for; of those behind the ones that were given, nobody knows what they hold."""
        return self._held

    def extend(self, count: int, added: NDArray[_T]) -> NDArray[_T]:
        """Give the first rows, and behind them others. Nobody may use a view of more rows than the first."""
        end = count + len(added)
        if not len(added):
            # They may lie in a file that is only read.
            return self._held[:end]
        if end > len(self._held) or not self._held.flags.writeable:
            larger = np.empty((int(end * _GROWTH), *self._held.shape[1:]), self._held.dtype)
            larger[:count] = self._held[:count]
            self._held = larger
        self._held[count:end] = added
        return self._held[:end]
