"""Movable Type: a blog's export of 451 entries, none of which has a comment."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "movabletype/movabletype-sample.txt": Expected("movabletype"),
}
