"""Gitter: pages of the API that another program is tested with."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    # An empty array may be anybody's.
    "gitter/message_empty": Expected(""),
    "gitter/message_page_2": Expected("gitter", comments=1),
}
