"""Mail: single mails that archives stumbled over, mailboxes, pipermail, a newsgroup's article; and what holds none."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    # An empty mailbox, a list of subscribers and two pages that list the months.
    "mbox/groupsio-perceval/empty.zip": Expected(""),
    "mbox/groupsio-perceval/subscriptions_page_1": Expected(""),
    "mbox/pipermail-perceval/pipermail_apache_index.html": Expected(""),
    "mbox/pipermail-perceval/pipermail_index_empty.html": Expected(""),
    # Says it is GB 2312, and is Windows-1252.
    "mbox/hyperkitty-odd-mails/another-wrong-encoding.txt": Expected("mail", comments=1, problems=1),
    "mbox/hyperkitty-odd-mails/attachment-2.txt": Expected("mail", comments=1),
    "mbox/hyperkitty-odd-mails/attachment-4.txt": Expected("mail", comments=1),
    "mbox/hyperkitty-odd-mails/bad_content_type.txt": Expected("mail", comments=1),
    "mbox/hyperkitty-odd-mails/bad_folding.txt": Expected("mail", comments=1),
    "mbox/hyperkitty-odd-mails/non-ascii-date-header.txt": Expected("mail", comments=1),
    # Says it is UTF-8, and is a picture.
    "mbox/hyperkitty-odd-mails/payload-utf8-wrong.txt": Expected("mail", comments=1, problems=1),
    "mbox/hyperkitty-odd-mails/strange-in-reply-to-header.txt": Expected("mail", comments=1),
    # Nothing but the beginning of a PDF.
    "mbox/hyperkitty-odd-mails/unconvertable_msg-2.txt": Expected("mail", skipped=1),
    "mbox/hyperkitty-odd-mails/unixfrom-date.txt": Expected("mail", comments=1),
    "mbox/hyperkitty-odd-mails/wrong-in-reply-to-header.txt": Expected("mail", comments=1),
    "mbox/hyperkitty-perceval/hyperkitty_2016_march.mbox": Expected("mail", comments=1),
    "mbox/nntp-perceval/nntp_2.txt": Expected("mail", comments=1),
    "mbox/perceval/mbox_complex.mbox": Expected("mail", comments=2),
    "mbox/perceval/mbox_multipart.mbox": Expected("mail", comments=2),
    "mbox/perceval/mbox_single.mbox": Expected("mail", comments=1),
    "mbox/perceval/mbox_unknown_encoding.mbox": Expected("mail", comments=1),
    "mbox/pipermail-perceval/pipermail_2016_april.mbox": Expected("mail", comments=3),
}
