"""Comment systems of one site: Commento, Remark42, Isso, Staticman."""

from tests.store.sources.shared_files import Expected

FILES = {
    "commento/commento.json": Expected("commento", comments=3),
    "isso-generic/generic.json": Expected("isso", comments=2),
    # Twelve comments, none with a text.
    "remark42/tree.json": Expected("remark42", skipped=12),
}
