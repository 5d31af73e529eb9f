"""Comment systems of one site: Commento, Remark42, Isso, Staticman."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "commento/commento.json": Expected("commento", comments=3),
    "isso-generic/generic.json": Expected("isso", comments=2),
    # Twelve comments, none with a text.
    "remark42/tree.json": Expected("remark42", skipped=12),
    "staticman-yaml/haacked/7-stages-of-language-keyword-grief-aspx/dsq-747529882.yml": Expected(
        "staticman", comments=1
    ),
    "staticman-yaml/haacked/7-stages-of-language-keyword-grief-aspx/dsq-747529884.yml": Expected(
        "staticman", comments=1
    ),
    "staticman-yaml/haacked/7-stages-of-language-keyword-grief-aspx/dsq-747529887.yml": Expected(
        "staticman", comments=1
    ),
    "staticman-yaml/haacked/7-stages-of-language-keyword-grief-aspx/dsq-747529889.yml": Expected(
        "staticman", comments=1
    ),
    "staticman-yaml/haacked/how-to-talk-to-employees-aspx/dsq-747538283.yml": Expected("staticman", comments=1),
    "staticman-yaml/haacked/how-to-talk-to-employees-aspx/dsq-747538287.yml": Expected("staticman", comments=1),
    "staticman-yaml/haacked/how-to-talk-to-employees-aspx/dsq-747538289.yml": Expected("staticman", comments=1),
    "staticman-yaml/haacked/how-to-talk-to-employees-aspx/dsq-747538291.yml": Expected("staticman", comments=1),
    "staticman-yaml/haacked/native/652eef4a.yml": Expected("staticman", comments=1),
    "staticman-yaml/haacked/native/976cafef.yml": Expected("staticman", comments=1),
    "staticman-yaml/haacked/native/d94bbeb4.yml": Expected("staticman", comments=1),
}
