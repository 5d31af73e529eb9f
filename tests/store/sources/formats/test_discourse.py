"""Discourse: topics, posts and lists, live and saved."""

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
from store.sources.formats.discourse import FORMAT, find_further, find_thread, identify, parse
from store.sources.head import Head
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file, problems_of

PLACE = "https://talk.example/forum"
SAMPLES = Path(__file__).parent / "samples" / "discourse"


QUOTE = (
    '<aside class="quote no-group" data-post="3" data-topic="42"><div class="title">\n'
    '<div class="quote-controls"></div>\n<img alt="" src="/a.png" class="avatar"> milo:</div>\n'
    "<blockquote>\n<p>One.</p>\n<p>Two.</p></blockquote></aside>\n<p>No.</p>"
)
PREVIEW = (
    '<aside class="onebox" data-onebox-src="https://a.example/x"><header class="source"><a href="https://a.example/y">'
    "a</a></header><article>Their words.</article></aside><p>See.</p>"
)
PICTURE = (
    '<div class="lightbox-wrapper"><a class="lightbox" href="https://a.example/b.png"><img><div class="meta">'
    "b.png 690×388 12 KB</div></a></div><p>See.</p>"
)


def make_post(number: int = 1, cooked: str = "<p>Hello there.</p>", **changed: Any) -> dict[str, Any]:
    return {
        "id": 900 + number, "name": "Rosa Díaz", "username": "rosa", "created_at": "2024-05-01T10:00:00.000Z",
        "avatar_template": "/letter_avatar/rosa/{size}/5.png", "cooked": cooked, "post_number": number, "post_type": 1,
        "updated_at": "2024-05-03T10:00:00.000Z", "reply_to_post_number": None, "topic_id": 42, "version": 1,
        "topic_slug": "on-benches", "hidden": False, "user_deleted": False, "deleted_at": None, **changed,
    }  # fmt: skip


def make_topic(*posts: dict[str, Any], **changed: Any) -> dict[str, Any]:
    stream = [post["id"] for post in posts]
    return {"post_stream": {"posts": list(posts), "stream": stream}, "id": 42, "title": "On benches & tables",
            "slug": "on-benches", "archetype": "regular", "deleted_at": None, **changed}  # fmt: skip


def make_comment(
    number: int = 1, text: str = "Hello there.", *, title: str = "On benches & tables", place: str = PLACE
) -> Comment:
    return Comment(
        native_id=f"42/{number}",
        discussion=Discussion("42", title, f"{place}/t/on-benches/42" if place else ""),
        author=AuthorAlias("Rosa Díaz", "rosa", ("rosa",)),
        text=text,
        url=f"{place}/t/on-benches/42/{number}" if place else "",
        published=parse_date("2024-05-01T10:00:00Z"),
        position=number,
    )


def make_page(value: Any, name: str = f"{PLACE}/t/42.json") -> SourceFile:
    return make_file(json.dumps(value), name)


def test_post_of_a_topic_is_read():
    assert list(parse([make_page(make_topic(make_post()))])) == [make_comment()]


def test_saved_topic_has_links_only_if_its_pictures_name_the_forum():
    bare = make_topic(make_post())
    known = make_topic(make_post(avatar_template="/forum/user_avatar/talk.example/rosa/{size}/7_2.png"))
    served = make_topic(make_post(avatar_template="https://cdn.example/user_avatar/talk.example/rosa/{size}/7_2.png"))

    assert list(parse([make_page(bare, "42.json")])) == [make_comment(place="")]
    assert list(parse([make_page(known, "42.json")])) == [make_comment()]
    assert list(parse([make_page(served, "42.json")])) == [make_comment(place="https://talk.example")]
    assert [identify(make_page(value, "x")) for value in (bare, known, served)] == [
        "", "discourse:talk.example/forum", "discourse:talk.example"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://Talk.example/t/on-benches/42.json?page=2", "discourse:talk.example"),
        ("https://talk.example/latest.json", "discourse:talk.example"),
        ("https://talk.example/c/tea/5/l/latest.json", "discourse:talk.example"),
        ("http://talk.example:3000/posts/901.json", "discourse:talk.example:3000"),
        ("https://talk.example/forum/posts.json", "discourse:talk.example/forum"),
        ("https://talk.example/else", ""),
        ("t/42.json", ""),
    ],
)
def test_place_is_known_by_the_address(address: str, expected: str):
    assert identify(make_page(make_topic(make_post()), address)) == expected


def test_edited_post_has_both_dates():
    (comment,) = comments_of(list(parse([make_page(make_topic(make_post(version=2)))])))

    assert comment.edited == parse_date("2024-05-03T10:00:00Z")


def test_reply_names_its_parent_by_number_even_on_another_page():
    (comment,) = comments_of(list(parse([make_page(make_topic(make_post(30, reply_to_post_number=4)))])))

    assert (comment.parent_id, comment.position) == ("42/4", 30)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"post_type": 2}, "a moderator's action"),
        ({"post_type": 3}, "a small action"),
        ({"post_type": 4}, "a whisper"),
        ({"post_type": "x"}, "of a kind that is no post"),
        ({"hidden": True}, "hidden"),
        ({"user_deleted": True}, "deleted"),
        ({"deleted_at": "2024-05-02T00:00:00Z"}, "deleted"),
        ({"cooked": "<p><img src='/x.png'></p>"}, "without text"),
    ],
)
def test_posts_are_left_out_for_a_reason(changed: dict[str, Any], reason: str):
    items = list(parse([make_page(make_topic(make_post(**changed), make_post(2, reply_to_post_number=1)))]))

    assert items[0] == SkippedRecord("42/1", reason)
    assert [(comment.native_id, comment.parent_id) for comment in comments_of(items)] == [("42/2", "42/1")]


def test_posts_of_a_deleted_topic_are_left_out():
    items = list(parse([make_page(make_topic(make_post(), deleted_at="2024-06-01T00:00:00Z"))]))

    assert items == [SkippedRecord("42/1", "deleted")]


def test_private_messages_are_for_those_in_them():
    people = [{"id": 5, "username": "rosa"}, {"id": 6, "username": "milo"}]
    topic = make_topic(make_post(), archetype="private_message", details={"allowed_users": people})
    more = {"post_stream": {"posts": [make_post(2)]}, "id": 42}

    items = comments_of(list(parse([make_page(topic), make_page(more)])))

    expected = Channel("", Visibility("people", frozenset({"discourse:5", "discourse:6"})))
    assert [comment.discussion.channel for comment in items] == [expected, expected]


def test_saved_pages_may_come_in_any_order():
    people = [{"id": 5, "username": "rosa"}]
    topic = make_topic(make_post(), archetype="private_message", details={"allowed_users": people})
    more = {"post_stream": {"posts": [make_post(2)]}, "id": 42}
    broken = make_file('{"post_stream": {"posts": [', "0.json")

    items = list(parse([broken, make_page(more, "1.json"), make_page(topic, "2.json")]))

    expected = Channel("", Visibility("people", frozenset({"discourse:5"})))
    assert [comment.discussion.channel for comment in comments_of(items)] == [expected, expected]
    assert {comment.discussion.title for comment in comments_of(items)} == {"On benches & tables"}
    assert len(problems_of(items)) == 1


def test_private_messages_of_nobody_known_are_shown_to_nobody():
    latest = make_page({"private_posts": [make_post()]}, f"{PLACE}/posts.json")
    topic = make_page(make_topic(make_post(), archetype="private_message"))

    for file in (latest, topic):
        (comment,) = comments_of(list(parse([file])))
        assert comment.discussion.channel == Channel("", Visibility("nobody"))


def test_further_page_of_a_topic_keeps_its_title():
    pages = [make_page(make_topic(make_post())), make_page({"post_stream": {"posts": [make_post(21)]}, "id": 42})]

    assert list(parse(pages)) == [make_comment(1), make_comment(21)]


def test_post_is_the_same_however_it_was_fetched():
    latest = make_page({"latest_posts": [make_post(topic_title="On benches & tables")]}, f"{PLACE}/posts.json")
    single = make_page(make_post(), f"{PLACE}/posts/901.json")
    several = make_page([make_post()], f"{PLACE}/posts/900/replies.json")

    assert list(parse([latest])) == [make_comment()]
    assert list(parse([single])) == list(parse([several])) == [make_comment(title="On benches")]


def test_name_falls_back_to_the_account():
    (comment,) = comments_of(list(parse([make_page(make_topic(make_post(name=" ")))])))

    assert comment.author == AuthorAlias("rosa", "rosa")


@pytest.mark.parametrize(
    ("cooked", "expected"),
    [
        (QUOTE, "> milo:\n>\n> One.\n>\n> Two.\n\nNo."),
        ('<p>Yes <img src="/e.png" class="emoji only-emoji" alt=":tea:"> <img alt="x" src="/b.png"></p>', "Yes :tea:"),
        ('<p><a class="mention" href="/u/milo">@milo</a> look</p>', "@milo look"),
        ('<pre><code class="lang-sh">one\n  two\n</code></pre><p>So.</p>', "```\none\n  two\n```\n\nSo."),
        (PREVIEW, "https://a.example/x\n\nSee."),
        (PREVIEW.replace("data-onebox-src", "data-x"), "https://a.example/y\n\nSee."),
        (PICTURE, "See."),
        ("<p>I wrote &lt;br&gt; &amp;amp; so</p>", "I wrote <br> &amp; so"),
    ],
)  # fmt: skip
def test_markup_of_discourse_is_read(cooked: str, expected: str):
    (comment,) = comments_of(list(parse([make_page(make_topic(make_post(cooked=cooked)))])))

    assert comment.text == expected


def test_posts_that_are_not_on_a_topics_page_are_found_in_batches():
    topic = make_topic(make_post(1), make_post(2))
    topic["post_stream"]["stream"] = [901, 902, *range(1_000, 1_045)]

    found = list(find_further(make_page(topic)))

    assert [address.count("post_ids[]=") for address in found] == [20, 20, 5]
    assert found[2] == f"{PLACE}/t/42/posts.json?" + "&".join(f"post_ids[]={known}" for known in range(1_040, 1_045))


def test_topics_and_next_page_of_a_list_are_found():
    topics = {
        "topic_list": {"topics": [{"id": 7}, {"id": 8}], "more_topics_url": "/forum/latest?no_definitions=true&page=1"}
    }

    assert list(find_further(make_page(topics, f"{PLACE}/latest.json"))) == [
        f"{PLACE}/t/7.json",
        f"{PLACE}/t/8.json",
        f"{PLACE}/latest.json?no_definitions=true&page=1",
    ]
    assert list(parse([make_page(topics)])) == []


@pytest.mark.parametrize("following", ["https://evil.example/x", "//evil.example/x", 7, None, {}])
def test_next_page_of_a_list_is_on_the_same_forum(following: Any):
    topics = {"topic_list": {"topics": [], "more_topics_url": following}}

    assert list(find_further(make_page(topics, f"{PLACE}/latest.json"))) == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://f.example/t/12.json", "12"),
        ("https://f.example/forum/t/on-boats/12.json?x=1", "12"),
        ("https://f.example/t/12/posts.json?post_ids[]=3", ""),
        ("https://f.example/latest.json?page=1", ""),
        ("https://f.example/posts/12.json", ""),
    ],
)
def test_page_of_a_topic_tells_which(address: str, expected: str):
    assert find_thread(address) == expected


def test_nothing_further_is_found_from_files_and_posts():
    assert list(find_further(make_page({"latest_posts": [make_post()]}, f"{PLACE}/posts.json"))) == []
    assert list(find_further(make_page({**make_topic(), "post_stream": {"stream": [1]}}, "42.json"))) == []


def test_error_of_the_forum_is_a_problem():
    file = make_page({"errors": ["You are not permitted to view that."], "error_type": "invalid_access"})

    assert FORMAT.recognises(Head.read(file))
    assert list(parse([file])) == [SourceProblem("errors 1", "the forum answered with an error instead of posts")]


def test_post_without_a_number_is_a_problem():
    items = list(parse([make_page(make_topic(make_post(post_number=None), make_post(2)))]))

    assert items == [SourceProblem("posts 1", "the comment has no id"), make_comment(2)]


def test_topic_cut_short_gives_its_whole_posts():
    whole = json.dumps(make_topic(make_post(1), make_post(2)))

    for end in range(0, len(whole) - 1, 7):
        items = list(parse([make_file(whole[:end], "42.json")]))
        assert len(problems_of(items)) >= 1
        assert {comment.native_id for comment in comments_of(items)} <= {"42/1", "42/2"}


WHOLE = make_topic(make_post(), make_post(2, reply_to_post_number=1), details={"allowed_users": [{"id": 5}]})


@given(damaged_json(WHOLE) | damaged_json(make_post()) | damaged_json({"latest_posts": [make_post()]}))
def test_any_values_are_harmless(text: str):
    check_harmless(FORMAT, make_file(text, f"{PLACE}/t/42.json"), make_file(text, "42.json"))


@given(st.sampled_from(sorted(SAMPLES.iterdir())).flatmap(lambda path: damaged_bytes(path.read_bytes())))
def test_any_bytes_are_harmless(data: bytes):
    check_harmless(FORMAT, make_file(data, f"{PLACE}/t/42.json"))
