"""Reddit: answers of its API that a client for it is tested with; thirty-two comments are one chain."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "reddit/TestComment.test_parent__chain-0.json": Expected("reddit", comments=1),
    # The submission has neither a text nor a link: its title is all of it.
    "reddit/TestComment.test_parent__chain-2.json": Expected("reddit", comments=10, skipped=1),
    # The last answer is but a stub that names more.
    "reddit/TestComment.test_parent__chain-4.json": Expected("reddit", comments=10, skipped=1, problems=1),
    "reddit/TestComment.test_refresh-0.json": Expected("reddit", comments=1),
    "reddit/TestComment.test_refresh__deleted_comment-0.json": Expected("reddit", skipped=1),
    # Removed later: here its body is still there.
    "reddit/TestComment.test_refresh__removed_comment-0.json": Expected("reddit", comments=1),
    "reddit/TestSubmission.test_comments-0.json": Expected("reddit", comments=3),
}
