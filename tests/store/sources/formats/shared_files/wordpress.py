"""WordPress: exports that other programs are tested with, and a page of its API that holds no comments."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "wordpress-rest/multiple-users.json": Expected("wordpress-rest"),
    # Four pingbacks are left out; one comment stands on a post with a password.
    "wordpress-wxr/importer-phpunit/a11y-unit-test-data.xml": Expected("wordpress", comments=25, skipped=4),
    "wordpress-wxr/importer-phpunit/backslashes.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/cdata-edge.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/crazy-cdata-escaped.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/invalid-version-tag.xml": Expected("wordpress"),
    # It ends in the middle of a post.
    "wordpress-wxr/importer-phpunit/malformed-simple.xml": Expected("wordpress", problems=1),
    "wordpress-wxr/importer-phpunit/missing-tags.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/multiple-cdata.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/post-content-blank-lines.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/small-export.xml": Expected("wordpress", comments=1),
    "wordpress-wxr/importer-phpunit/term-meta.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/test-serialized-postmeta-no-cdata.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/test-serialized-term-meta.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/valid-wxr-1.0.xml": Expected("wordpress", comments=1),
    "wordpress-wxr/importer-phpunit/wxr-base-url-rewriting.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/wxr-css-urls.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/wxr-flat-attachment-same-site.xml": Expected("wordpress"),
    "wordpress-wxr/importer-phpunit/wxr-utf-8-challenges.xml": Expected("wordpress"),
    # Two of its comments have the same number.
    "wordpress-wxr/isso-wordpress.xml": Expected("wordpress", comments=8),
    "wordpress-wxr/nikola/wordpress_export_example.xml": Expected("wordpress"),
    # The items of an export without what stands around them.
    "wordpress-wxr/nikola/wordpress_qtranslate_item_raw_export.xml": Expected("wordpress"),
    # A pingback in the trash.
    "wordpress-wxr/pelican-wordpressexport.xml": Expected("wordpress", comments=3, skipped=1),
    "wordpress-wxr/wordpress-sample2.wxr": Expected("wordpress", comments=3),
    "wordpress-wxr/wordpress.2.xml": Expected("wordpress", comments=2),
}
