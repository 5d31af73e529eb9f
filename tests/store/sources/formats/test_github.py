"""GitHub: the REST API, webhooks and GraphQL."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceProblem
from store.domain.viewer import Visibility
from store.sources.dates import parse_date
from store.sources.files import SourceFile
from store.sources.formats.github import FORMAT, identify, parse
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file

SAMPLES = Path(__file__).parent / "samples" / "github"
ISSUE = "https://github.com/rosa/benches/issues/4"
DISCUSSION = "https://github.com/rosa/benches/discussions/5"


def make_issue(**changed: Any) -> dict[str, Any]:
    return {
        "url": "https://api.github.com/repos/rosa/benches/issues/4", "html_url": ISSUE, "id": 40, "number": 4,
        "title": "Who mends benches?", "body": "I *ask*.\n\n- here", "user": {"login": "rosa", "id": 5},
        "created_at": "2024-05-01T09:50:00Z", "updated_at": "2024-06-01T00:00:00Z", **changed,
    }  # fmt: skip


def make_said(anchor: str = "issuecomment-41", page: str = ISSUE, **changed: Any) -> dict[str, Any]:
    return {
        "html_url": f"{page}#{anchor}", "id": int(anchor.strip("abcdefghijklmnopqrstuvwxyz_-")), "body": "Nobody does.",
        "user": {"login": "milo", "id": 6}, "created_at": "2024-05-01T10:00:00Z", "updated_at": "2024-05-01T10:00:00Z",
        "author_association": "NONE", **changed,
    }  # fmt: skip


def make_comment(anchor: str = "issuecomment-41", page: str = ISSUE, *, title: str = "Who mends benches?",
                 parent: str | None = None) -> Comment:  # fmt: skip
    return Comment(
        native_id=anchor,
        discussion=Discussion(f"rosa/benches#{page[-1]}", title, page),
        author=AuthorAlias("milo", "6"),
        text="Nobody does.",
        url=f"{page}#{anchor}",
        published=parse_date("2024-05-01T10:00:00Z"),
        parent_id=parent,
    )


OPENING = Comment(
    native_id="rosa/benches#4",
    discussion=Discussion("rosa/benches#4", "Who mends benches?", ISSUE),
    author=AuthorAlias("rosa", "5"),
    text="I *ask*.\n\n- here",
    url=ISSUE,
    published=parse_date("2024-05-01T09:50:00Z"),
)


def make_payload(action: str, **held: Any) -> dict[str, Any]:
    return {"action": action, **held, "repository": {"full_name": "rosa/benches", "private": False}}


def make_page(value: Any, name: str = "page.json") -> SourceFile:
    return make_file(json.dumps(value), name)


def test_issues_and_comments_are_read_and_titles_found_in_any_file():
    comments, issues = make_page([make_said()], "comments.json"), make_page([make_issue()], "issues.json")

    assert list(parse([comments, issues])) == [make_comment(), OPENING]
    assert list(parse([comments])) == [make_comment(title="")]
    assert list(parse([make_page(make_said())])) == [make_comment(title="")]
    assert list(parse([make_page({"items": [make_issue()]})])) == [OPENING]


def test_pages_that_are_fetched_keep_titles_of_earlier_ones():
    pages = [make_page([make_issue()], "https://a.example/1"), make_page([make_said()], "https://a.example/2")]

    assert list(parse(iter(pages))) == [OPENING, make_comment()]


def test_edited_comment_has_both_dates():
    (comment,) = comments_of(list(parse([make_page([make_said(updated_at="2024-05-02T10:00:00Z")])])))

    assert comment.edited == parse_date("2024-05-02T10:00:00Z")


@pytest.mark.parametrize(
    ("anchor", "page", "changed", "parent"),
    [
        ("discussion_r43", "https://github.com/rosa/benches/pull/6", {"in_reply_to_id": 42}, "discussion_r42"),
        ("discussioncomment-52", DISCUSSION, {"parent_id": 51}, "discussioncomment-51"),
        ("discussioncomment-52", DISCUSSION, {"parent_id": None}, None),
        ("pullrequestreview-7", "https://github.com/rosa/benches/pull/6", {}, None),
    ],
)
def test_answers_name_what_they_answer(anchor: str, page: str, changed: dict[str, Any], parent: str | None):
    said = make_said(anchor, page, **changed)

    assert list(parse([make_page([said])])) == [make_comment(anchor, page, title="", parent=parent)]


def test_comment_on_a_commit_belongs_to_the_commit():
    page = "https://github.com/rosa/benches/commit/abc123"
    (comment,) = comments_of(list(parse([make_page([make_said("commitcomment-9", page)])])))

    assert comment.discussion == Discussion("rosa/benches@abc123", "", page)


def test_payload_gives_what_was_said_and_what_it_was_said_under():
    payload = make_payload("created", issue=make_issue(), comment=make_said())

    assert list(parse([make_page(payload)])) == [OPENING, make_comment()]


@pytest.mark.parametrize(
    ("payload", "gone"),
    [
        (make_payload("deleted", issue=make_issue(), comment=make_said()), "issuecomment-41"),
        (make_payload("deleted", issue=make_issue()), "rosa/benches#4"),
        (make_payload("transferred", issue=make_issue()), "rosa/benches#4"),
    ],
)
def test_payload_of_a_deletion_removes_what_it_is_about(payload: dict[str, Any], gone: str):
    items = list(parse([make_page(payload)]))

    assert items == [*([OPENING] if "comment" in payload else []), SkippedRecord(gone, "deleted")]


def test_private_repository_is_not_public():
    payload = make_payload("opened", issue=make_issue())
    payload["repository"]["private"] = True
    (comment,) = comments_of(list(parse([make_page(payload)])))

    expected = Visibility("channel", frozenset({"github:rosa/benches"}))
    assert comment.discussion.channel == Channel("rosa/benches", expected)


def test_issue_without_a_text_is_left_out():
    assert list(parse([make_page([make_issue(body=None)])])) == [SkippedRecord("rosa/benches#4", "without text")]


def test_person_who_is_gone_is_anonymous():
    (comment,) = comments_of(list(parse([make_page([make_said(user=None)])])))

    assert comment.author == AuthorAlias("Anonymous")


def make_node(url: str, *, login: str = "milo", account: int = 6, **changed: Any) -> dict[str, Any]:
    return {"url": url, "body": "Nobody does.", "createdAt": "2024-05-01T10:00:00Z", "lastEditedAt": None,
            "author": {"login": login, "databaseId": account}, **changed}  # fmt: skip


def make_discussion() -> dict[str, Any]:
    reply = make_node(f"{DISCUSSION}#discussioncomment-52")
    said = make_node(f"{DISCUSSION}#discussioncomment-51", replies={"edges": [{"node": reply}]})
    spam = make_node(f"{DISCUSSION}#discussioncomment-53", isMinimized=True, minimizedReason="SPAM")
    return make_node(DISCUSSION, title="Who mends benches?", comments={"nodes": [said, spam, None]})


@pytest.mark.parametrize(
    "data",
    [
        {"repository": {"discussions": {"nodes": [make_discussion()]}}},
        {"repository": {"discussions": {"edges": [{"node": make_discussion()}]}}},
        {"repository": {"discussion": make_discussion()}},
        {"search": {"nodes": [make_discussion()]}},
        {"node": make_discussion()},
    ],
)
def test_graphql_pages_are_read_as_the_rest_api(data: dict[str, Any]):
    items = list(parse([make_page({"data": data})]))

    assert [(item.native_id, item.parent_id) for item in comments_of(items[:1])] == [("rosa/benches#5", None)]
    assert items[1:] == [
        make_comment("discussioncomment-51", DISCUSSION),
        make_comment("discussioncomment-52", DISCUSSION, parent="discussioncomment-51"),
        SkippedRecord("discussioncomment-53", "spam"),
    ]


def test_graphql_page_of_a_private_repository_is_not_public():
    page = make_page({"data": {"repository": {"isPrivate": True, "discussion": make_discussion()}}})
    # It stands where it was asked for.
    filler = [{**make_discussion(), "body": "x" * 70_000}]
    behind = make_page({"data": {"repository": {"discussions": {"nodes": filler}, "isPrivate": True}}})
    found = make_page({"data": {"search": {"nodes": [{**make_discussion(), "repository": {"isPrivate": True}}]}}})

    for file in (page, behind, found):
        assert {item.discussion.channel.visibility.kind for item in comments_of(list(parse([file])))} == {"channel"}


@pytest.mark.parametrize("said", [{"repository": {"private": True}}, {"base": {"repo": {"private": True}}}])
def test_record_that_says_its_repository_is_private_is_not_public(said: dict[str, Any]):
    pages = [make_page({**make_issue(), **said}), make_page([{**make_issue(), **said}])]

    assert {item.discussion.channel.visibility.kind for item in comments_of(list(parse(pages)))} == {"channel"}


def test_errors_and_other_records_are_told():
    assert list(parse([make_page({"message": "Not Found", "documentation_url": "https://docs.example/"})])) == [
        SourceProblem("record 1", "the server answered with an error instead of comments")
    ]
    assert list(parse([make_page([7, {"html_url": "https://github.com/", "body": "Hm."}])])) == [
        SourceProblem("item 1", "it is no comment, issue or discussion"),
        SourceProblem("item 2", "the comment has no id"),
    ]


def test_place_is_the_repository():
    pages = [[make_said()], make_payload("created", issue=make_issue()), {"data": {"node": make_discussion()}}, []]

    assert [identify(make_page(page)) for page in pages] == [*["github:rosa/benches"] * 3, ""]


ANY = [[make_issue(), make_said()], make_payload("created", issue=make_issue(), comment=make_said()),
       {"data": {"repository": {"discussions": {"nodes": [make_discussion()]}}}}]  # fmt: skip


@given(st.sampled_from(ANY).flatmap(damaged_json))
def test_any_values_are_harmless(text: str):
    check_harmless(FORMAT, make_file(text), make_file(text, "https://api.github.com/repos/rosa/benches/issues"))


@given(st.sampled_from(sorted(SAMPLES.iterdir())).flatmap(lambda path: damaged_bytes(path.read_bytes())))
def test_any_bytes_are_harmless(data: bytes):
    check_harmless(FORMAT, make_file(data))
