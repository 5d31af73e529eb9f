"""Stack Exchange: pages a client is tested with. Every text in them is empty, and the comments have none at all."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    # A question and an answer with an empty text; a comment that came without.
    "stackexchange/stackexchange_question": Expected("stackexchange", skipped=2, problems=1),
    # Two of each.
    "stackexchange/stackexchange_question_page": Expected("stackexchange", skipped=4, problems=2),
    "stackexchange/stackexchange_question_parse": Expected("stackexchange", skipped=4, problems=2),
}
