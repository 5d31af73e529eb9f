"""Feeds: what feedparser and reader are tested with."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "feeds/feedparser/encoding__big5.xml": Expected("feed"),
    "feeds/feedparser/encoding__bozo_invalid-bytes-with-bom.xml": Expected("feed", problems=1),  # cut in its last tag
    "feeds/feedparser/encoding__demoronize-1.xml": Expected("feed", comments=1),
    "feeds/feedparser/encoding__encoding_attribute_crash.xml": Expected("feed", comments=1),
    "feeds/feedparser/illformed__aaa_illformed.xml": Expected("feed", problems=1),
    "feeds/feedparser/illformed__http_high_bit_date.xml": Expected("feed"),
    "feeds/feedparser/illformed__rss_empty_document.xml": Expected(""),
    "feeds/feedparser/illformed__rss_item_link_corrupted_ampersands.xml": Expected("feed", skipped=1, problems=1),
    "feeds/feedparser/wellformed__atom10__entry_author_name.xml": Expected("feed", skipped=1),
    "feeds/feedparser/wellformed__atom10__entry_content_inline_markup.xml": Expected("feed", comments=1),
    "feeds/feedparser/wellformed__atom10__entry_source_id.xml": Expected("feed", skipped=1),
    # It holds no entry, and Blogger's ids.
    "feeds/feedparser/wellformed__namespace__atomthreading.xml": Expected("blogger"),
    "feeds/feedparser/wellformed__namespace__rss2.0withAtomNS.xml": Expected("feed", comments=1),
    # A title alone is what an entry says; one that has neither says nothing.
    "feeds/lemon24-reader/full.atom": Expected("feed", comments=2, skipped=3),
    "feeds/lemon24-reader/full.rss": Expected("feed", comments=2, skipped=3),
    "feeds/lemon24-reader/relative.atom": Expected("feed", comments=1),
}
