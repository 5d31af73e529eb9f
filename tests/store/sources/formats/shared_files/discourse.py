"""Discourse: two topics, one post and two lists of topics, as programs that read them are tested with."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "discourse/discourse_post.json": Expected("discourse", comments=1),
    # All of the page's twenty posts are of type 1, none hidden or deleted; two more ids stand in its stream.
    "discourse/discourse_topic_1148.json": Expected("discourse", comments=20),
    "discourse/discourse_topic_1150.json": Expected("discourse", comments=2),
    "discourse/discourse_topics_empty.json": Expected("discourse"),
    "discourse/discourse_topics_pinned.json": Expected("discourse"),
}
