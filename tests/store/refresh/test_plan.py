from dataclasses import fields, replace
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion
from store.domain.viewer import Visibility
from store.refresh import plan as plan_module
from store.refresh.plan import Plan, fingerprint, plan
from tests.store.factories import NOON, make_comment

WHOLE = make_comment(
    "1",
    "text",
    author="author",
    account="account",
    title="title",
    thread="thread",
    thread_url="https://thread.example/",
    url="https://comment.example/",
    published=NOON,
    edited=NOON + timedelta(hours=1),
    parent_id="parent",
    channel="channel",
    visibility="channel:C1",
)
DISCUSSION = WHOLE.discussion
CHANNEL = DISCUSSION.channel

# Every field of a comment and of what it hangs on, changed.
EDITS = {
    "Comment.text": replace(WHOLE, text="other"),
    "Comment.url": replace(WHOLE, url="https://other.example/"),
    "Comment.published": replace(WHOLE, published=NOON + timedelta(microseconds=1)),
    "Comment.edited": replace(WHOLE, edited=None),
    "Comment.parent_id": replace(WHOLE, parent_id=None),
    "Comment.position": replace(WHOLE, position=7),
    "Comment.author": replace(WHOLE, author=AuthorAlias("other", "other")),
    "AuthorAlias.name": replace(WHOLE, author=AuthorAlias("other", "account")),
    "AuthorAlias.account": replace(WHOLE, author=AuthorAlias("author")),
    "AuthorAlias.also": replace(WHOLE, author=replace(WHOLE.author, also=("other",))),
    "Comment.discussion": replace(WHOLE, discussion=Discussion("other")),
    "Discussion.native_id": replace(WHOLE, discussion=replace(DISCUSSION, native_id="other")),
    "Discussion.title": replace(WHOLE, discussion=replace(DISCUSSION, title="other")),
    "Discussion.url": replace(WHOLE, discussion=replace(DISCUSSION, url="https://other.example/")),
    "Discussion.channel": replace(WHOLE, discussion=replace(DISCUSSION, channel=Channel())),
    "Channel.name": replace(WHOLE, discussion=replace(DISCUSSION, channel=replace(CHANNEL, name="other"))),
    "Channel.visibility": replace(
        WHOLE, discussion=replace(DISCUSSION, channel=replace(CHANNEL, visibility=Visibility.parse("channel:C2")))
    ),
}
# What says which comment it is, not what it says.
KEYS = {"Comment.native_id", "Comment.source"}

ids = st.text("abc", min_size=1, max_size=2)
prints = st.sampled_from([b"1", b"2", b"3"])


@pytest.mark.parametrize("field", EDITS)
def test_fingerprint_changes_with_every_field(field: str):
    assert fingerprint(EDITS[field]) != fingerprint(WHOLE)


def test_fingerprint_is_tested_for_every_field_there_is():
    kinds = (Comment, AuthorAlias, Discussion, Channel)
    assert {f"{kind.__name__}.{field.name}" for kind in kinds for field in fields(kind)} == EDITS.keys() | KEYS


def test_fingerprints_of_all_edits_differ():
    # "Comment.author" and the like change a whole part, so that none of these is another's.
    assert len({fingerprint(edited) for edited in EDITS.values()}) == len(EDITS)


def test_fingerprint_of_the_same_is_the_same():
    assert fingerprint(replace(WHOLE)) == fingerprint(WHOLE)
    visibilities = [Visibility.parse(text) for text in ("people:U1,U2", "people:U2,U1")]
    first, second = (make_comment(visibility=str(visibility)) for visibility in visibilities)
    assert fingerprint(first) == fingerprint(second)


def test_fingerprint_stays_over_versions_of_the_program():
    # Changing how it is made makes every comment of every archive count as edited once: then raise the version.
    assert fingerprint(WHOLE).hex() == "16a8a416e7bb86a6c7a59a6a680b88bf"
    assert fingerprint(replace(WHOLE, position=7)).hex() == "dd8923ebb56c6e18cea4a816d9ee7e04"


def test_fingerprint_tells_positions_apart():
    prints = {fingerprint(replace(WHOLE, position=position)) for position in (None, 0, 1, 10, -1)}
    assert len(prints) == 5


def test_fingerprint_changes_with_its_version(monkeypatch: pytest.MonkeyPatch):
    before = fingerprint(WHOLE)
    monkeypatch.setattr(plan_module, "FINGERPRINT_VERSION", "another")
    assert fingerprint(WHOLE) != before


@given(st.lists(st.text("ab", max_size=2), min_size=4, max_size=4), st.lists(st.text("ab", max_size=2), min_size=4))
def test_fingerprint_tells_fields_apart(first: list[str], second: list[str]):
    def make(values: list[str]) -> Comment:
        return make_comment("1", values[0], url=values[1], title=values[2], thread_url=values[3])

    assert (fingerprint(make(first)) == fingerprint(make(second))) == (first == second[:4])


def test_fingerprint_takes_any_zone_for_a_time():
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))
    assert elsewhere == NOON
    assert NOON.tzinfo == UTC
    assert len(fingerprint(make_comment(published=elsewhere))) == len(fingerprint(make_comment()))


@given(came=st.dictionaries(ids, prints), known=st.dictionaries(ids, prints))
def test_plan_puts_each_comment_where_it_belongs(came: dict[str, bytes], known: dict[str, bytes]):
    pairs = [(make_comment(native_id), now) for native_id, now in came.items()]
    before = dict(known)
    made = plan(pairs, known)
    assert made == Plan(
        new=tuple(pair for pair in pairs if pair[0].native_id not in known),
        edited=tuple(pair for pair in pairs if known.get(pair[0].native_id, pair[1]) != pair[1]),
        unchanged=sum(known.get(native_id) == now for native_id, now in came.items()),
    )
    assert len(made.changed) + made.unchanged == len(pairs)
    assert known == before
    assert plan(iter(pairs), known) == made


@given(came=st.dictionaries(ids, prints))
def test_plan_of_what_was_stored_changes_nothing(came: dict[str, bytes]):
    pairs = [(make_comment(native_id), now) for native_id, now in came.items()]
    assert plan(pairs, came) == Plan((), (), len(came))
    assert plan(pairs, {}).changed == tuple(pairs)
