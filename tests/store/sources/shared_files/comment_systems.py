"""Comment systems of one site: Commento, Remark42, Isso, Staticman."""

from tests.store.sources.shared_files import Expected

FILES = {
    "commento/commento.json": Expected("commento", comments=3),
}
