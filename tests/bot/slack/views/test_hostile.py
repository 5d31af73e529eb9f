"""Whatever stands in an archive: the message fits Slack's limits, and nothing in it mentions, links or formats."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from bot.quoting import quote_comment
from bot.slack.payloads import Click
from bot.slack.subcommands import Verb
from bot.slack.views.answer import build_answer, build_rest
from bot.slack.views.feedback import build_thanks
from bot.slack.views.filters import build_filters_modal
from bot.slack.views.hide import build_confirmation, build_hidden
from bot.slack.views.message import MAX_TEXT_CHARS, Block, MessageView, build_notice, escape
from bot.slack.views.modal import ModalView
from bot.slack.views.notices import build_failure, build_misplaced, build_slip, build_usage
from bot.slack.views.opened import Opened
from bot.slack.views.past import build_nothing_said, build_past
from bot.slack.views.quote import build_gone, build_quote
from bot.slack.views.reading import build_reading, build_unreadable
from bot.slack.views.suggestions import build_suggestion
from bot.slack.views.watches import (
    build_news,
    build_not_watched,
    build_paused,
    build_removed,
    build_watched,
    build_watches,
)
from bot.slack.views.who import build_said, build_who
from bot.slack.views.why import build_why
from bot.translations import list_languages, speaking
from store.domain.answer import Answer, Coverage, Excerpt, Hit, Outcome, Reasons
from store.domain.asked import Asked
from store.domain.query import Filter, Query, TimeOrder
from store.domain.reading import PIECE_CHARS, DiscussionPart, Side, Spot, choose_part
from store.search.display import Ranked
from store.search.survey import survey_hits
from store.text.cleaning import shorten
from store.text.excerpts import MAX_CHARS, build_excerpt
from store.text.words import index_terms
from tests.bot.slack.views.factories import (
    NARROWED,
    NEWEST,
    make_answer,
    make_hit,
    make_nearest_answer,
    make_typical_answer,
    make_watch,
)
from tests.fakes.slack.limits import check_blocks, check_text, walk
from tests.fakes.slack.views import check_view

HOSTILE = [
    "<!here>", "<!channel|all>", "<!everyone>", "<!subteam^S1>", "<!date^1^{date}^https://evil.example|x>",
    "<@U1>", "<@U1|ada>", "<#C1>", "<#C1|general>", "<https://evil.example|bank>", "<mailto:a@b.c|x>",
    "&lt;!here&gt;", "&amp;lt;!here&amp;gt;", "&#60;!here&#62;", "<", ">", "&", "|", "*b*", "_i_", "~s~", "`c`", "```",
    "\u202eevil\u202c", "\u2066x\u2069", "\u200f", "\u200b", "\ufeff", "\x00", "\x1b[31m", "\x85", "\u2028", "\n",
    "\r\n", "\t", " ", "שלום", "مرحبا", "e\u0301" * 40, "🌊👩\u200d👩\u200d👧", "@here", "@channel", ":tada:",
    "{date_pretty}", "&" * 3_000, "<" * 700, '"' * 900, "\\" * 900, "x" * 2_000, "word " * 250, "unconference",
]  # fmt: skip
URLS = [
    "", "https://blog.example/a?b=1&c=2#d", "http://blog.example/" + "x" * 1_850, "https://blog.example/" + "&" * 370,
    "https://blog.example/" + "&" * 1_500, "https://blog.example/" + "x" * 2_800, "javascript:alert(1)",
    "ftp://a.example", "https://a.example/|<!here>", "https://a.example/><!here>", "https://a.example/ b",
    "data:text/html,x", "//a.example", "https://blog.example/*_~`", "https://blog.example/שלום",
    "HTTPS://BLOG.EXAMPLE", "https://x\u202ey.example/",
]  # fmt: skip
PART = DiscussionPart(tuple(make_hit(number).comment for number in (1, 2, 3)), 4, 9)
OUR_DATE = re.compile(r"<!date\^\d+\^\{date_pretty\}\|(?:\d{4}-\d\d-\d\d|\d\d\.\d\d\.\d{4})>")
LINK = re.compile(r"<(https?://[^<>|\s]+)\|([^<>|]*)>")

KINDS = {
    "section", "context", "actions", "button", "overflow", "mrkdwn", "plain_text", "rich_text", "rich_text_quote",
    "text",
}  # fmt: skip

CLICK = Click("T1", "C1", "U1", "", "1.1", None, "", "https://hooks.example/1", is_ephemeral=True)
OPENED = Opened(Asked("what was said about unconferences?"), "C1", is_ephemeral=False)
LANGUAGES = st.sampled_from(sorted(list_languages()))

texts = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30)), max_size=6).map("".join)
moments = st.one_of(st.none(), st.datetimes(timezones=st.just(UTC)))


@st.composite
def excerpts(draw: st.DrawFn) -> Excerpt:
    """What the archive would quote of some text, its words asked for at random."""
    text = draw(texts)
    words = list(dict.fromkeys(index_terms(text[:2_000])))
    asked = draw(st.lists(st.sampled_from(words), max_size=3)) if words else []
    excerpt = build_excerpt(text, dict.fromkeys(asked, 1.0))
    assert len(excerpt.text) <= MAX_CHARS
    return excerpt


@st.composite
def hits(draw: st.DrawFn, rank: int) -> Hit:
    hit = make_hit(
        rank,
        author=draw(texts),
        url=draw(st.sampled_from(URLS)),
        published=draw(moments),
        discussion_id=draw(st.integers(1, 5)),
        title=draw(texts),
        discussion_url=draw(st.sampled_from(URLS)),
        also=draw(st.lists(st.sampled_from(URLS), max_size=4)),
    )
    return replace(hit, excerpt=draw(excerpts()))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    names = st.lists(texts, max_size=3).map(tuple)
    return Query(draw(texts), draw(names), draw(moments), draw(moments), draw(names), draw(names))


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    count, offset = draw(st.integers(0, 5)), draw(st.integers(0, 95))
    comments = draw(st.integers(0, 10**9))
    return make_answer(
        [draw(hits(offset + number + 1)) for number in range(count)],
        question=draw(texts),
        query=draw(queries()),
        nearest=[] if count else [draw(hits(number)) for number in range(1, draw(st.integers(1, 6)))],
        outcome=Outcome.ANSWERED if count else draw(st.sampled_from(Outcome)),
        total=offset + count + draw(st.integers(0, 95)),
        offset=offset,
        coverage=Coverage(comments, draw(st.integers(0, 10**6)), draw(moments), draw(st.integers(0, comments))),
    )


def find_mrkdwn(view: MessageView) -> Iterator[str]:
    """Everything of a message that Slack parses: mrkdwn texts, the notification, and the text sent instead."""
    yield view.text
    yield shorten(view.plain, MAX_TEXT_CHARS)
    for block in view.blocks:
        yield from (node["text"] for _, node in walk(block, "") if node.get("type") == "mrkdwn")


def assert_harmless(view: MessageView, urls: set[str]) -> None:
    check_blocks(view.blocks)
    check_text(view.text)
    assert len(view.text) <= MAX_TEXT_CHARS
    assert view.text.strip()
    assert view.plain.strip()
    assert_says_nothing_live(find_mrkdwn(view), urls)
    assert find_kinds(view.blocks) <= KINDS


def assert_modal_harmless(view: ModalView, urls: set[str]) -> None:
    check_view(view.build(), "modal")
    texts = (node["text"] for block in view.blocks for _, node in walk(block, "") if node.get("type") == "mrkdwn")
    assert_says_nothing_live(texts, urls)
    assert find_kinds(view.blocks) <= KINDS | {"rich_text_preformatted"}


def find_kinds(blocks: list[Block]) -> set[str]:
    return {node["type"] for block in blocks for _, node in walk(block, "") if "type" in node}


def assert_says_nothing_live(texts: Iterable[str], urls: set[str]) -> None:
    for text in texts:
        for address, _ in LINK.findall(text):
            assert html.unescape(address) in urls
            assert address == escape(html.unescape(address))
        # With our own dates and links gone, not one character is left that Slack would parse.
        # (A cut in the text sent instead may leave a link open: that links nothing.)
        rest = re.sub(r"<(?:https?://[^<>]*)?$", "", LINK.sub("", OUR_DATE.sub("", text)))
        assert "<" not in rest
        assert ">" not in rest
        assert re.search(r"&(?!amp;|lt;|gt;)", re.sub(r"&\w{0,3}…$", "", rest)) is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    answer=answers(),
    can_share=st.booleans(),
    asked_by=texts,
    without=st.sets(st.sampled_from(Filter)).map(tuple),
    language=LANGUAGES,
)
def test_hostile_answer_fits_and_mentions_nobody(
    answer: Answer, without: tuple[Filter, ...], *, can_share: bool, asked_by: str, language: str
):
    shown = (*answer.hits, *answer.nearest)
    comments = [comment for hit in shown for comment in (hit.comment, *hit.also)]
    urls = {url.strip() for comment in comments for url in (comment.url, comment.discussion_url)}
    with speaking(language):
        narrowed = replace(answer, asked=replace(answer.asked, without=without))
        assert_harmless(build_answer(narrowed, can_share=can_share), urls)
        assert_harmless(build_answer(answer, asked_by=asked_by), urls)
        if answer.hits:
            assert_harmless(build_rest(answer), urls)
            assert_harmless(build_news(make_watch(answer.asked.question), answer, asked_by), urls)
            assert_harmless(build_suggestion(answer, "U1"), urls)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    shown=st.lists(hits(1), min_size=1, max_size=24),
    long=st.sampled_from([0, 1, PIECE_CHARS, 3 * PIECE_CHARS]),
    side=st.sampled_from(Side),
    data=st.data(),
)
def test_hostile_discussion_fits_and_mentions_nobody(shown: list[Hit], long: int, side: Side, data: st.DataObject):
    comments = [
        replace(hit.comment, id=number, text=hit.excerpt.text * (1 + long // 600), source=hit.comment.author)
        for number, hit in enumerate(shown)
    ]
    place = data.draw(st.integers(0, len(comments) - 1))
    spot = Spot(place, side, data.draw(st.sampled_from([0, 10, PIECE_CHARS])))
    chosen = choose_part([len(comment.text) for comment in comments], place, spot)
    answered = dict.fromkeys(data.draw(st.sets(st.sampled_from(chosen))), comments[0].author) if chosen else {}
    part = DiscussionPart(tuple(comments[one] for one in chosen), chosen.start, len(comments), answered)
    view = build_reading(part, spot, "C1")
    assert_modal_harmless(view, {url.strip() for one in comments for url in (one.url, one.discussion_url)})
    quoted = "".join(one["text"] for _, one in walk(view.blocks, "") if one.get("type") == "text")
    assert quoted in "".join(one.text for one in part.comments) or len(part.comments) > 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(answer=answers())
def test_hostile_past_discussions_fit_and_mention_nobody(answer: Answer):
    shown = [hit.comment for hit in (*answer.hits, *answer.nearest)]
    urls = {comment.url.strip() for comment in shown} | {comment.discussion_url.strip() for comment in shown}
    also = {one.url.strip() for hit in (*answer.hits, *answer.nearest) for one in hit.also}
    assert_modal_harmless(build_past(answer, "C1"), urls | also)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(hit=hits(1))
def test_hostile_excerpt_is_quoted_literally_with_its_highlights_bold(hit: Hit):
    quotes = [block for block in build_answer(make_answer([hit])).blocks if block["type"] == "rich_text"]
    elements: list[Block] = [one for quote in quotes for one in quote["elements"][0]["elements"]]
    assert "".join(one["text"] for one in elements) == hit.excerpt.text
    bold = [one["text"] for one in elements if one.get("style") == {"bold": True}]
    assert bold == [hit.excerpt.text[start:end] for start, end in hit.excerpt.highlights]


@settings(max_examples=40, deadline=None)
@given(name=texts)
def test_hostile_name_and_title_stand_on_one_line_without_formatting(name: str):
    heading, byline, *_ = build_answer(make_answer([make_hit(author=name, title=name, url="")])).blocks
    for block, edges in ((heading, "*"), (byline, "")):
        inner = OUR_DATE.sub("", block["text"]["text"].removeprefix(edges).removesuffix(edges))
        label = LINK.sub(lambda found: found[2], inner)
        assert re.search(r"[*_~`|<>\n\r\u2028\u202a-\u202e\u2066-\u2069\u200b\u200f\x00-\x1f]", label) is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    answer=answers(),
    is_cut=st.booleans(),
    now=st.datetimes(timezones=st.just(UTC)),
    question=texts,
    language=LANGUAGES,
)
def test_hostile_people_in_a_survey(answer: Answer, now: datetime, question: str, *, is_cut: bool, language: str):
    ranked = [Ranked(hit.comment, hit.score) for hit in answer.hits]
    survey = survey_hits(answer.query, ranked, {hit.comment.id: hit.rank % 3 for hit in answer.hits}, is_cut=is_cut)
    opened = Opened(Asked(question), "C1", is_ephemeral=False)
    with speaking(language):
        assert_modal_harmless(build_who(survey, opened, 0, now), set())
    urls = {
        url.strip() for hit in answer.hits for one in (hit.comment, *hit.also) for url in (one.url, one.discussion_url)
    }
    with speaking(language):
        assert_modal_harmless(build_said(answer, next(iter(survey.people), None), opened), urls)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    answer=answers(),
    words=st.lists(texts, max_size=9).map(tuple),
    share=st.floats(0, 1),
    flags=st.booleans(),
    language=LANGUAGES,
)
def test_hostile_reasons(answer: Answer, words: tuple[str, ...], share: float, *, flags: bool, language: str):
    reasons = Reasons(words, share, flags, flags, 2 * share, 2 * share, flags, not flags)
    hits, nearest = (tuple(replace(hit, reasons=reasons) for hit in some) for some in (answer.hits, answer.nearest))
    explained = replace(answer, hits=hits, nearest=nearest)
    urls = {url.strip() for hit in hits + nearest for one in (hit.comment, *hit.also) for url in (one.url, "")}
    with speaking(language):
        assert_modal_harmless(build_why(explained, {}, OPENED), urls)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hit=hits(1), text=texts)
def test_hostile_comment_in_a_quote_card(hit: Hit, text: str):
    assert_modal_harmless(build_quote(quote_comment(replace(hit.comment, text=text))), set())


@settings(max_examples=40, deadline=None)
@given(question=texts)
def test_thanks_are_harmless(question: str):
    assert_harmless(build_thanks(Opened(Asked(question), "C1", is_ephemeral=False), is_helpful=False), set())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(question=texts, query=queries(), languages=st.lists(st.sampled_from(["de", "en", "zz"]), unique=True))
def test_filters_are_harmless(question: str, query: Query, languages: list[str]):
    shown = replace(query, languages=tuple(languages))
    view = build_filters_modal(Asked(question, chosen=shown), shown, languages, CLICK)
    check_view(view.build(), "modal")


@settings(max_examples=40, deadline=None)
@given(titles=texts)
def test_hiding_is_harmless(titles: str):
    assert_modal_harmless(build_confirmation(replace(make_hit().comment, discussion_title=titles)), set())


@settings(max_examples=40, deadline=None)
@given(sentence=texts)
def test_hostile_notice_is_text(sentence: str):
    view = build_notice("Sorry: " + sentence)
    assert_harmless(view, set())


@settings(max_examples=40, deadline=None)
@given(name=texts)
def test_hostile_filters_that_leave_nothing_are_text(name: str):
    query = Query("", authors=(name,), sources=(name,), channels=(name,))
    assert_harmless(build_answer(make_answer(outcome=Outcome.NOTHING_RELEVANT, query=query)), set())


@settings(max_examples=40, deadline=None)
@given(words=texts)
def test_hostile_slip_is_text(words: str):
    assert_harmless(build_slip(f"wathc {words}", f"watch {words}", UTC), set())
    assert_harmless(build_misplaced(f"watch {words}", UTC), set())


@settings(max_examples=40, deadline=None)
@given(question=texts, is_paused=st.booleans())
def test_hostile_watch_is_text(question: str, *, is_paused: bool):
    watch = make_watch(question, is_paused=is_paused)
    for view in (
        build_watched(watch, is_elsewhere=is_paused),
        build_watches([watch] * 20),
        build_paused(watch),
        build_removed(watch),
        build_not_watched(question),
    ):
        assert_harmless(view, set())


@pytest.mark.parametrize("mark", ["<!here>", "<@U1>", "<#C1|general>"])
def test_escaping_as_it_is_sent(mark: str):
    hit = make_hit(author=f"a {mark}", title=f"b {mark}", text=f"c {mark} d", highlights=())
    view = build_answer(make_answer([hit], total=2), asked_by=f"d {mark}")
    escaped = mark.replace("<", "&lt;").replace(">", "&gt;").replace("|", "¦")
    sent = json.dumps([block for block in view.blocks if block["type"] != "rich_text"], ensure_ascii=False)
    assert mark not in sent + view.text + view.plain
    assert [sent.count(f"{letter} {escaped}") for letter in "abd"] == [1, 1, 1]
    assert f"a {escaped} wrote" in view.text
    quote = next(block for block in view.blocks if block["type"] == "rich_text")
    assert quote["elements"][0]["elements"] == [{"type": "text", "text": f"c {mark} d"}]


@pytest.fixture(params=sorted(list_languages()))
def said(request: pytest.FixtureRequest) -> Iterator[None]:
    """Says all in each language."""
    with speaking(request.param):
        yield


@pytest.mark.usefixtures("said")
def test_worst_answer_of_all_fits_without_being_refused():
    worst = "&" * 600
    hit_list = [
        make_hit(
            rank,
            author=worst,
            title=worst,
            text="&" * MAX_CHARS,
            highlights=(),
            discussion_id=rank,
            url="https://blog.example/" + "&" * 370,
            discussion_url="https://blog.example/" + "&" * 370,
            also=[f"https://{number}.example/" + "&" * 100 for number in range(9)],
        )
        for rank in range(1, 6)
    ]
    query = Query(worst, authors=(worst,), after=NEWEST, sources=(worst,), channels=(worst,))
    searched = Coverage(10**9, 10**6, NEWEST)
    answer = make_answer(hit_list, question='"' * 20_000, total=100, coverage=searched, query=query)
    nearest = replace(answer, outcome=Outcome.NOTHING_RELEVANT, hits=(), nearest=answer.hits)
    for view in (
        build_answer(answer, can_share=True),
        build_answer(answer, asked_by=worst),
        build_answer(nearest),
        build_rest(answer),
        build_news(make_watch(worst), answer, worst),
        build_suggestion(answer, "U1"),
    ):
        check_blocks(view.blocks)


@pytest.mark.usefixtures("said")
def test_worst_modals_of_all_fit_without_being_refused():
    worst, url = "&" * 600, "https://blog.example/" + "&" * 370
    reasons = Reasons((worst,) * 9, 1.0, True, True, 2.0, 2.0, False, True)  # noqa: FBT003  # all that can be told
    found = [
        make_hit(
            rank,
            author=worst,
            title=worst,
            text=worst,
            highlights=((0, 600),),
            url=url,
            discussion_url=url,
            also=[url + "x"] * 9,
        )
        for rank in range(1, 201)
    ]
    query = Query(worst, authors=(worst,), after=NEWEST, sources=(worst,), channels=(worst,), order=TimeOrder.OLDEST)
    answer = make_answer([replace(hit, reasons=reasons) for hit in found[:5]], query=query, total=200)
    ranked = [Ranked(hit.comment, hit.score) for hit in found]
    survey = survey_hits(query, ranked, {hit.comment.id: hit.rank for hit in found}, is_cut=True)
    opened = Opened(Asked('"' * 20_000, without=tuple(Filter)), "C1", is_ephemeral=True)
    for view in (
        build_why(answer, {}, OPENED),
        build_who(survey, opened, 40, NEWEST),
        build_said(answer, survey.people[0], opened),
    ):
        check_view(view.build(), "modal")


@pytest.fixture(scope="module")
def block_schema(shared_folder: Path) -> Any:
    path = shared_folder / "slack" / "blocks.schema.json"
    definitions = json.loads(path.read_text(encoding="utf-8"))["definitions"]
    return Draft7Validator({"$ref": "#/definitions/KnownBlock", "definitions": definitions})


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(build_answer(make_typical_answer(), can_share=True), id="private"),
        pytest.param(build_answer(make_answer([make_hit()]), asked_by="ada"), id="shared"),
        pytest.param(build_answer(make_answer([make_hit()], query=NARROWED)), id="narrowed"),
        pytest.param(build_rest(make_answer([make_hit()], total=7)), id="rest"),
        pytest.param(build_news(make_watch(), make_answer([make_hit()], total=7), "ada"), id="news"),
        pytest.param(build_watches([make_watch(), make_watch(channel="C1", is_paused=True)]), id="watches"),
        pytest.param(build_suggestion(make_answer([make_hit()]), "U1"), id="suggestion"),
        pytest.param(build_answer(make_answer()), id="nothing"),
        pytest.param(build_answer(make_nearest_answer()), id="nearest"),
        pytest.param(build_usage(), id="usage"),
        pytest.param(build_slip("<!here>*", Verb.HELP, ""), id="slip"),
        pytest.param(build_misplaced("watch <!here>*", ""), id="misplaced"),
        pytest.param(build_failure("1a2b3c4d"), id="failure"),
        pytest.param(build_quote(quote_comment(make_hit().comment)), id="quote"),
        pytest.param(build_gone(), id="gone"),
        pytest.param(build_reading(PART, Spot(2)), id="reading"),
        pytest.param(build_unreadable(), id="unreadable"),
        pytest.param(build_past(make_typical_answer(), "C1"), id="past"),
        pytest.param(build_nothing_said(), id="nothing said"),
        pytest.param(build_confirmation(make_hit().comment), id="confirmation"),
        pytest.param(build_hidden(7), id="hidden"),
        pytest.param(build_thanks(OPENED, is_helpful=True), id="thanks"),
        pytest.param(build_filters_modal(Asked("x"), NARROWED, ["de"], CLICK), id="filters"),
    ],
)
def test_blocks_are_known_to_slacks_own_schema(block_schema: Any, view: MessageView | ModalView):
    distinct = {json.dumps(block["type"]): block for block in view.blocks}
    assert [error.message for block in distinct.values() for error in block_schema.iter_errors(block)] == []


def test_dates_are_ours_and_in_utc():
    hit = make_hit(published=datetime(2011, 11, 18, 23, 59, tzinfo=UTC))
    byline = build_answer(make_answer([hit])).blocks[1]["text"]["text"]
    assert byline.startswith("Graham Tuttle, <!date^1321660740^{date_pretty}|2011-11-18> (<https://")
