"""Answers made by hand, whole or hostile."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from bot.slack.views.buttons import WITHOUT, build_value
from bot.slack.views.message import Block, MessageView
from store.domain.answer import Answer, Coverage, Excerpt, Hit, Outcome
from store.domain.asked import Asked
from store.domain.comment import ArchivedComment
from store.domain.query import NOTHING_CHOSEN, Filter, Query
from store.domain.watch import Watch

NEWEST = datetime(2024, 12, 11, 18, 25, 57, tzinfo=UTC)
NARROWED = Query("badges", authors=("Mihai Popescu",), after=datetime(2010, 1, 1, tzinfo=UTC), channels=("hr",))


def make_hit(
    rank: int = 1,
    *,
    author: str = "Graham Tuttle",
    text: str = "And who speaks up at these unconferences? The ones who always speak up.",
    highlights: tuple[tuple[int, int], ...] = ((27, 40),),
    url: str = "https://tideway.example/2007/06/agenda.html?showComment=1&x=2#c1",
    published: datetime | None = datetime(2007, 6, 20, 8, 15, tzinfo=UTC),
    discussion_id: int = 1,
    title: str = "What if the delegates wrote the agenda",
    discussion_url: str = "https://tideway.example/2007/06/agenda.html",
    also: Sequence[str] = (),
) -> Hit:
    comment = ArchivedComment(
        id=rank,
        native_id=f"c{rank}",
        author=author,
        text=text,
        url=url,
        published=published,
        source="Tideway",
        channel="",
        discussion_id=discussion_id,
        discussion_title=title,
        discussion_url=discussion_url,
    )
    copies = (replace(comment, native_id=f"c{rank}-{number}", url=one) for number, one in enumerate(also, start=1))
    return Hit(rank, 1.0 / rank, comment, Excerpt(text, highlights), tuple(copies))


def make_answer(
    hits: Sequence[Hit] = (),
    *,
    question: str = "what was said about unconferences?",
    topic: str = "unconferences",
    outcome: Outcome | None = None,
    total: int | None = None,
    offset: int = 0,
    without: tuple[Filter, ...] = (),
    coverage: Coverage | None = None,
    query: Query | None = None,
    nearest: Sequence[Hit] = (),
    chosen: Query = NOTHING_CHOSEN,
    zone: tzinfo = UTC,
) -> Answer:
    return Answer(
        asked=Asked(question, offset=offset, without=without, zone=zone, chosen=chosen),
        query=query or Query(topic),
        outcome=outcome or (Outcome.ANSWERED if hits else Outcome.NOTHING_RELEVANT),
        hits=tuple(hits),
        total=len(hits) if total is None else total,
        coverage=coverage or Coverage(comments=165, sources=2, newest=NEWEST),
        nearest=tuple(nearest),
    )


def make_watch(
    question: str = "unconferences",
    *,
    number: int = 7,
    channel: str = "",
    is_paused: bool = False,
    told_at: datetime | None = None,
) -> Watch:
    return Watch(number, "T1", "U1", channel, build_value(Asked(question)), is_paused, NEWEST, told_at, 100)


def make_typical_answer() -> Answer:
    """Two discussions, three hits, seven in all."""
    return make_answer(
        [
            make_hit(1),
            make_hit(2, author="Aiko Tanabe", text="Ours began at noon.", highlights=(), published=None, url=""),
            make_hit(
                3,
                author="Oskar <@U1> *L*",
                text="Unconferences & <!here> everywhere; unconferences!",
                highlights=((0, 13), (36, 49)),
                discussion_id=2,
                title="Tips | tricks <#C1>",
                discussion_url="javascript:alert(1)",
            ),
        ],
        total=7,
    )


def make_nearest_answer() -> Answer:
    """Nothing relevant, and two comments that are nearest."""
    nearest = [make_hit(1), make_hit(2, author="Aiko Tanabe", text="Ours began at noon.", highlights=(), url="")]
    return make_answer(topic="zeppelins", nearest=nearest)


def list_buttons(view: MessageView) -> list[str]:
    """The buttons of a message, in order."""
    return [one["action_id"] for one in _iterate_buttons(view)]


def list_filters(view: MessageView) -> list[str]:
    """The filters that a message offers to take away, in order."""
    return [one.removeprefix(f"{WITHOUT}_") for one in list_buttons(view) if one.startswith(WITHOUT)]


def find_button(view: MessageView, action_id: str) -> Block | None:
    return next((one for one in _iterate_buttons(view) if one["action_id"] == action_id), None)


def get_value(view: MessageView, action_id: str) -> str:
    """What a button of a message carries."""
    button = find_button(view, action_id)
    assert button is not None
    value: str = button["value"]
    return value


def _iterate_buttons(view: MessageView) -> Iterator[Block]:
    for block in view.blocks:
        yield from block["elements"] if block["type"] == "actions" else []
