"""Disqus: exports that other programs are tested with."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    # Begins with a stray character. One comment is deleted, one spam; one has no id, and one a broken element and date.
    "disqus/disqus-deleted-post.xml": Expected("disqus", comments=3, skipped=2, problems=3),
    # One comment is deleted; another's discussion is not in the file.
    "disqus/isso-disqus.xml": Expected("disqus", comments=5, skipped=1),
}
