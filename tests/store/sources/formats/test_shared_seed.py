"""The scraped text of the folder of material, split by a person who read it. Skipped without the folder."""

from pathlib import Path

from store.domain.comment import ANONYMOUS
from store.sources.files import open_files
from store.sources.formats.scraped import parse
from tests.store.sources.making import comments_of, problems_of

# The first words, the last words, and the author, where the text tells it without doubt.
EXPECTED = [
    ("Oh, meant to add", "not-the-learning/", ANONYMOUS),
    ("I think social media opens", "different they are to me.", ANONYMOUS),
    ("Not much more on broader", "social-media-in-business", ANONYMOUS),
    ("Interesting thoughts about", "social HCM thinking!", "Balakrishna Narasimhan"),
    ("Thanks Gareth, I appreciate", "I mean, please.", ANONYMOUS),
    ("I've had a comment on", "something they can do.", "Jon Ingham"),
    ("Hi Leon, yes", "Jon.", ANONYMOUS),
    ("Jon - I'm working with", "open source community.", "Ixtlan"),
    ("Samuel, he's still", "what Hagel said.", "Jon Ingham"),
    ("Thanks for you post, Jon.", "on the short term.", "Samuel Driessen"),
    ("Great (and fast!) post", "Tony", "Tony Hollingsworth"),
    ("It never amazes me", "for the taking.", "Carl"),
    ("Being the parent of", "www.dsptn.com", "VitaLife"),
    ("You said", "like to read them", ANONYMOUS),
    ("Timely post", "for change, now!", "Ralf Lippold"),
    ("Hi Jon - I look", "for more context.", "Laura Gluhanich"),
    ("As an enterprise", "share knowledge.", "mijori"),
]


def test_seed_is_split_where_a_person_splits_it(shared_folder: Path):
    items = list(parse(*open_files(shared_folder / "seed" / "comments.txt")))
    found = [
        (comment.text[: len(first)], comment.text[-len(last) :], comment.author.name)
        for comment, (first, last, _) in zip(comments_of(items), EXPECTED, strict=True)
    ]

    assert found == EXPECTED
    assert len(problems_of(items)) == 5
    assert not any("noreply" in str(item) or "tag:blogger" in str(item) for item in items)
