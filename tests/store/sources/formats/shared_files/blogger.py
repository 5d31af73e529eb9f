"""Blogger: exports that other programs are tested with, and a Takeout."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "blogger/blogger-sample.xml": Expected("blogger", comments=2),
    "blogger/blogger.goldenfile.2.xml": Expected("blogger", comments=2),
    "blogger/charleso-blogger-export-comments.xml": Expected("blogger", comments=7),
    "blogger/pelican-bloggerexport.xml": Expected("blogger", comments=1),
    "blogger/takeout2018-feed-with-comment.atom": Expected("blogger", comments=1),
}
