"""Real Blogger files, read and compared with what a person sees in them. Skipped where the folder is absent."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.domain.comment import AuthorAlias, Comment, Discussion
from store.sources.files import open_files
from store.sources.registry import recognise

WORDPRESS = "http://jlueck.wordpress.com/2008/05/16"
CHARLESO = "tag:blogger.com,1999:blog-8602458710133943982.post-"
PELICAN = "tag:blogger.com,1999:blog-6303278419262689239.post-"
DOCTOR_URL = "http://youngdoctornotes.blogspot.com/2010/11/the-steel-windpipe.html"
CLEARCASE = Discussion(
    f"{CHARLESO}6602145663247493229",
    "Clearcase strikes back",
    "http://blog.charleso.org/2009/07/clearcase-strikes-back.html",
)


@pytest.fixture
def read(shared_folder: Path):
    def read_file(name: str) -> list[object]:
        (file,) = open_files(shared_folder / "formats" / "blogger" / name)
        found = recognise(file)
        assert found.name == "blogger"
        return list(found.parse([file]))

    return read_file


@pytest.mark.parametrize("name", ["blogger-sample.xml", "blogger.goldenfile.2.xml"])
def test_converted_export_is_read(read, name: str):  # noqa: ANN001
    newlines, videos = f"{WORDPRESS}/a-test-of-newlines-and-labelscategories/", f"{WORDPRESS}/a-video-test/"
    first, second = read(name)

    assert first == Comment(
        native_id="post-17.comment-8",
        discussion=Discussion("post-17", "A test of newlines and labels/categories", newlines),
        author=AuthorAlias("jlueck"),
        text=first.text,
        url=newlines,
        published=datetime(2008, 5, 16, 20, 24, 37, tzinfo=UTC),
    )
    assert first.text.endswith("make a comment work correctly.\n\nCan you see this?")
    assert second == Comment(
        native_id="post-20.comment-9",
        discussion=Discussion("post-20", "A video test", videos),
        author=AuthorAlias("jlueck"),
        text="I like those videos.",
        url=videos,
        published=datetime(2008, 5, 16, 22, 49, 10, tzinfo=UTC),
    )


def test_export_of_comments_is_read(read):  # noqa: ANN001
    items = read("charleso-blogger-export-comments.xml")

    assert [(item.native_id.removeprefix(CHARLESO), item.author.name, len(item.text)) for item in items] == [
        ("4132753936917265843", "jeremiah", 56),
        ("2501241805874473469", "Lantrix", 224),
        ("6734354927730392186", "Charles O'Farrell", 767),
        ("8611278863030087937", "Charles O'Farrell", 140),
        ("3412554009345865080", "lbrigman124", 97),
        ("4709575836325056661", "Charles O'Farrell", 623),
        ("4797906105246626122", "scifi-review", 239),
    ]
    assert items[0] == Comment(
        native_id=f"{CHARLESO}4132753936917265843",
        discussion=CLEARCASE,
        author=AuthorAlias("jeremiah", "08672873279339006520"),
        text="i need to try this as well. i absolutely hate clearcase.",
        url=f"{CLEARCASE.url}?showComment=1274813699091#c4132753936917265843",
        published=datetime(2010, 5, 25, 18, 54, 59, 91_000, tzinfo=UTC),
    )
    assert [item.discussion.title for item in items] == (
        ["Clearcase strikes back"] * 3 + ["Clearcase for git"] * 2 + ["Flex o matic"] * 2
    )
    # Escaped twice in the file, with a link and line ends.
    assert items[1].text.startswith("CC -> x -> git meant")
    assert "SVN Importer (http://www.polarion.com/products/svn/svn_importer.php) from Polarion." in items[2].text
    assert items[2].text.endswith("Good luck in any case.:)\n\nCharles")
    # <BR/> alone is a line end, in a row of two a paragraph.
    assert items[5].text.split("\n")[1:4] == ["", "I assumed", "a) no one would read my blob and"]
    assert (items[5].published, items[5].edited) == (
        datetime(2008, 10, 26, 2, 35, tzinfo=UTC),
        datetime(2008, 10, 26, 2, 35, 31, 634_000, tzinfo=UTC),
    )


def test_export_with_settings_pages_and_posts_is_read(read):  # noqa: ANN001
    (comment,) = read("pelican-bloggerexport.xml")

    assert comment == Comment(
        native_id=f"{PELICAN}5590533389087749201",
        discussion=Discussion(f"{PELICAN}1858599377741856733", "The Steel Windpipe", DOCTOR_URL),
        author=AuthorAlias("Thomas Isidore Noël Sankara", "0617349827"),
        text=comment.text,
        url=f"{DOCTOR_URL}?showComment=1291062944027#c5590533389087749201",
        published=datetime(2010, 11, 29, 20, 35, 44, 27_000, tzinfo=UTC),
    )
    assert [len(line) for line in comment.text.split("\n")] == [50, 0, 49]


def test_takeout_is_read(read):  # noqa: ANN001
    assert read("takeout2018-feed-with-comment.atom") == [
        Comment(
            native_id="tag:blogger.com,1999:blog-2018.post-301",
            discussion=Discussion("tag:blogger.com,1999:blog-2018.post-101", "Modern Takeout Story"),
            author=AuthorAlias("Modern Reader"),
            text="Modern comment body.",
            published=datetime(2026, 6, 15, 12, tzinfo=UTC),
        )
    ]


def test_no_address_and_no_markup_is_left_in_any(read, shared_folder: Path):  # noqa: ANN001
    for path in (shared_folder / "formats" / "blogger").iterdir():
        for comment in read(path.name):
            assert "@" not in repr(comment)
            assert "<br" not in comment.text.lower()
            assert "&#" not in comment.text
