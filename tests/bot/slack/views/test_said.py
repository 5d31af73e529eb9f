"""All that views say comes from the catalogue: in a language that marks what it says, nothing stands unmarked."""

import importlib
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from typing import Any

import pytest

import bot.slack.views
from bot.overview import ArchiveStatus, SeenSource
from bot.quoting import quote_comment
from bot.refreshing import BY_SCHEDULE, JobState, SourceState
from bot.slack.payloads import Click
from bot.slack.subcommands import Verb
from bot.slack.views import (
    answer,
    feedback,
    filters,
    follow_ups,
    hide,
    home,
    notices,
    overview,
    own,
    past,
    prompts,
    quote,
    reading,
    refresh,
    suggestions,
    watches,
    who,
    why,
)
from bot.slack.views.message import Block, MessageView, build_notice
from bot.slack.views.modal import ModalView, build_failed_modal, build_loading
from bot.slack.views.opened import Opened
from bot.slack.views.prompts import Prompts
from bot.translations import list_languages, speaking
from store.domain.answer import Coverage, Outcome, Reasons
from store.domain.asked import Asked
from store.domain.channel_setting import ChannelSetting
from store.domain.comment import ANONYMOUS
from store.domain.feedback import Rated
from store.domain.query import NOTHING_CHOSEN, Filter, Query, TimeOrder
from store.domain.questions import UnansweredQuestion
from store.domain.reading import DiscussionPart, Spot
from store.domain.refresh import ProblemGroup, RefreshCounts, RefreshKind, RefreshState
from store.domain.source import Source, SourceSummary
from store.domain.viewer import PUBLIC, Visibility
from store.query.moves import Move
from store.search.display import Ranked
from store.search.survey import survey_hits
from tests.bot.slack.views.factories import make_answer, make_hit, make_watch
from tests.bot.slack.views.test_refresh import JOB, make_refresh, make_source
from tests.fakes.slack.limits import check_blocks, check_text, walk
from tests.fakes.slack.views import check_view

# App Home is a dictionary.
View = MessageView | ModalView | Prompts | dict[str, Any]
Build = Callable[[], View]

# Made values have no Latin letter, nor have the codes of made languages, which have no name; what has one, and is not
# marked, was said by a view.
NAME, OTHER, TEXT = "Ωδή", "Ψυχή", "αβγ δεζ"
NOW = datetime(2024, 12, 14, 12, 30, tzinfo=UTC)
QUERY = Query(
    TEXT,
    (NAME, OTHER),
    NOW - timedelta(days=900),
    NOW,
    (NAME,),
    (OTHER,),
    TimeOrder.OLDEST,
    languages=(NAME, OTHER),
)
REASONS = Reasons((TEXT,), 1.0, True, True, 2.0, 2.0, True, True)  # noqa: FBT003  # all that can be told
# Names of formats, and what a prompt sends.
NAMES = {"Markdown", "HTML", "BibTeX", Verb.HELP.value}
URL = re.compile(r"https?://[^\s|>]+")
# What Slack reads of dates and channels, and commands, which are the same in every language too.
OURS = re.compile(r"!date|\{(?:date_pretty|date_short_pretty|time)\}| UTC>|<#C1>|`/hark[^`]*`")
# What sentences are filled with; code is a part of what is said.
FILLED = re.compile(r"(?<!`)\{\w+\}(?!`)")


def make_made_hit(rank: int = 1, **changes: Any) -> Any:
    made = {"author": NAME, "title": OTHER, "text": TEXT, "highlights": ((0, 3),), "also": ["https://1.2/3"] * 2}
    hit = make_hit(rank, **(made | {"discussion_id": rank} | changes))
    return replace(hit, comment=replace(hit.comment, source=NAME), reasons=REASONS)


def make_made_answer(**changes: Any) -> Any:
    hits = [make_made_hit(1), make_made_hit(2, author="", title="", published=None), make_made_hit(3, author=ANONYMOUS)]
    return make_answer(changes.pop("hits", hits), **({"question": TEXT, "query": QUERY, "total": 9} | changes))


def make_made_survey(query: Query = QUERY, **changes: Any) -> Any:
    hits = [
        make_made_hit(1, published=NOW - timedelta(days=3)),
        make_made_hit(2, published=NOW - timedelta(days=3_000)),
        make_made_hit(3, author=OTHER, published=None),
        make_made_hit(4, author=ANONYMOUS, published=NOW - timedelta(days=900)),
        *(make_made_hit(number) for number in range(5, 60)),
    ]
    ranked = [Ranked(hit.comment, 1.0) for hit in hits]
    return survey_hits(query, ranked, {hit.comment.id: hit.comment.id for hit in hits}, is_cut=True, **changes)


def make_states() -> tuple[SourceState, ...]:
    counts = {"counts": RefreshCounts(1, 2, 3, 4, 5, 6), "message": TEXT}
    stages = ("reading", "comparing", "removing", "restoring", "noting", "cleaning", "embedding", "", "of another kind")
    return (
        *(make_source(NAME, state, **counts) for state in RefreshState),
        *(
            SourceState(NAME, make_refresh(NAME, RefreshState.RUNNING, stage=stage, done=5, total=9_000), rate=rate)
            for stage, rate in zip(stages, (0.3, 1.0, 9.0, 500.0, 4_000.0, None, None, 7.0, 8.0), strict=True)
        ),
        SourceState(NAME, other=make_refresh(NAME, RefreshState.RUNNING)),
        SourceState(NAME),
    )


def make_summaries() -> list[SourceSummary]:
    kinds = (PUBLIC, *(Visibility(kind, frozenset({"1"})) for kind in ("workspace", "channel", "people", "nobody")))
    return [
        SourceSummary(Source(1, NAME, "", "", one, is_held=True), 9, 9, 9, NOW, NOW, NOW, problems=3) for one in kinds
    ]


JOB_OF_NAME = replace(JOB, by=NAME)
NARROW = make_made_answer(hits=[], query=QUERY, outcome=Outcome.NOTHING_RELEVANT)
ANSWER = make_made_answer()
LATER_PAGE = replace(ANSWER, asked=replace(ANSWER.asked, offset=3, without=tuple(Filter)))
PART = DiscussionPart(
    tuple(replace(make_made_hit(number).comment, text=TEXT * number * 900) for number in (1, 2, 3)), 4, 9, {2: NAME}
)
OPENED = Opened(Asked(TEXT), "C1", is_ephemeral=False)
RATED = {Rated(NAME, "c1"): True, Rated(NAME, "c2"): False}
CLICK = Click("1", "C1", "1", NAME, "1.1", "", "", "https://1.2/3", is_ephemeral=False)
WATCHES = [
    make_watch(TEXT),
    make_watch(TEXT, channel="C1", is_paused=True, told_at=NOW),
    make_watch(TEXT, is_paused=True),
]
OWN = own.OwnSource(NAME, 3, NOW, NOW, (NAME, OTHER))
TOLD = [(NAME, 1), (OTHER, 3)]
STATUS = ArchiveStatus((), 0, (), ())
RETAINED = SourceState(NAME, replace(make_refresh(NAME), kind=RefreshKind.RETENTION))
CASES: dict[Callable[..., View], list[Build]] = {
    answer.build_answer: [
        lambda: answer.build_answer(ANSWER, can_share=True),
        lambda: answer.build_answer(ANSWER, asked_by=NAME),
        lambda: answer.build_answer(replace(LATER_PAGE, query=Query("", (NAME,)))),
    ],
    answer.build_rest: [lambda: answer.build_rest(ANSWER)],
    answer.build_told: [lambda: answer.build_told(ANSWER, TEXT, watches.build_buttons(WATCHES[0]))],
    answer.build_nothing: [
        lambda: answer.build_nothing(ANSWER, Asked(TEXT)),
        lambda: answer.build_nothing(NARROW, Asked(TEXT)),
        lambda: answer.build_nothing(replace(NARROW, nearest=ANSWER.hits), Asked(TEXT)),
        lambda: answer.build_nothing(replace(NARROW, coverage=Coverage(0, 0, None)), Asked(TEXT)),
        lambda: answer.build_nothing(
            replace(NARROW, outcome=Outcome.NOTHING_INDEXED, coverage=Coverage(9, 1, NOW, 9)), Asked(TEXT)
        ),
    ],
    notices.build_usage: [notices.build_usage],
    notices.build_interrupted: [lambda: notices.build_interrupted(NAME)],
    notices.build_misplaced: [lambda: notices.build_misplaced(NAME, "")],
    notices.build_slip: [lambda: notices.build_slip(NAME, Verb.STATUS, "")],
    notices.build_no_words: [notices.build_no_words],
    notices.build_pressed_before: [
        lambda: notices.build_pressed_before("https://standin.slack.com/archives/C1/p1", is_in_thread=True),
        lambda: notices.build_pressed_before("", is_in_thread=False),
    ],
    notices.build_nothing_to_find: [notices.build_nothing_to_find],
    notices.build_only_links: [notices.build_only_links],
    notices.build_elsewhere: [notices.build_elsewhere],
    follow_ups.build_no_more: [follow_ups.build_no_more],
    follow_ups.build_move: [lambda move=move: follow_ups.build_move(move) for move in Move],  # type: ignore[misc]
    follow_ups.build_follow_ups: [lambda on=on: follow_ups.build_follow_ups(is_on=on) for on in (True, False)],  # type: ignore[misc]
    follow_ups.build_only_in_channels: [follow_ups.build_only_in_channels],
    past.build_past: [lambda: past.build_past(LATER_PAGE, "C1"), lambda: past.build_past(NARROW, "C1", is_there=False)],
    past.build_nothing_said: [past.build_nothing_said],
    reading.build_reading: [
        lambda: reading.build_reading(PART, Spot(2), "C1"),
        lambda: reading.build_reading(replace(PART, comments=PART.comments[:1]), Spot(1), "C1"),
        lambda: reading.build_reading(None, Spot(2)),
    ],
    reading.build_unreadable: [reading.build_unreadable],
    notices.build_missing_scope: [lambda: notices.build_missing_scope("123")],
    notices.build_elsewhere_than_asked: [
        lambda error=error: notices.build_elsewhere_than_asked(error, build_notice(NAME))  # type: ignore[misc]
        for error in ("is_archived", "not_in_channel", "thread_not_found", "restricted_action", "no_permission")
    ],
    notices.build_failure: [lambda: notices.build_failure("12345678")],
    notices.build_expired: [notices.build_expired],
    notices.build_unopened: [notices.build_unopened],
    notices.build_not_shared: [notices.build_not_shared],
    notices.build_cannot_share: [notices.build_cannot_share],
    quote.build_quote: [lambda: quote.build_quote(replace(quote_comment(make_made_hit().comment), is_cut=True))],
    quote.build_gone: [quote.build_gone],
    why.build_why: [
        lambda: why.build_why(ANSWER, RATED, OPENED),
        lambda: why.build_why(make_made_answer(hits=[]), {}, OPENED),
        lambda: why.build_why(replace(NARROW, nearest=ANSWER.hits), {}, OPENED),
        lambda: why.build_why(NARROW, {}, OPENED),
        *(
            lambda order=order, part=part: why.build_why(  # type: ignore[misc]
                make_made_answer(
                    query=replace(QUERY, order=order),
                    hits=[replace(make_made_hit(), reasons=Reasons((), part, True, False, part, 0, True, False))],  # noqa: FBT003
                ),
                {},
                OPENED,
            )
            for order, part in zip(TimeOrder, (0.1, 0.7, 1.0, 0.6), strict=True)
        ),
        lambda: why.build_why(
            make_made_answer(query=Query(TEXT), hits=[replace(make_made_hit(highlights=()), reasons=None)]), {}, OPENED
        ),
    ],
    who.build_who: [
        lambda: who.build_who(make_made_survey(), OPENED, 0, NOW),
        lambda: who.build_who(make_made_survey(), OPENED, 20, NOW),
        lambda: who.build_who(survey_hits(QUERY, [], {}, is_cut=False), OPENED, 0, NOW),
        lambda: who.build_who(
            survey_hits(QUERY, [Ranked(make_made_hit().comment, 1)], {1: 1}, is_cut=False), OPENED, 0, NOW
        ),
    ],
    who.build_said: [
        lambda: who.build_said(ANSWER, make_made_survey().people[0], OPENED),
        lambda: who.build_said(ANSWER, None, OPENED),
    ],
    overview.build_refused: [
        lambda: overview.build_refused([NAME] * 9, with_workspace_admins=True),
        lambda: overview.build_refused([], with_workspace_admins=False),
    ],
    overview.build_unknown_source: [
        lambda: overview.build_unknown_source("1", NAME, [NAME, OTHER]),
        lambda: overview.build_unknown_source("1", NAME, []),
    ],
    overview.build_seen_sources: [
        lambda: overview.build_seen_sources([SeenSource(NAME, 3, NOW), SeenSource(OTHER, 1, None)] * 30),
        lambda: overview.build_seen_sources([]),
    ],
    overview.build_sources: [
        lambda: overview.build_sources(make_summaries()),
        lambda: overview.build_sources([]),
    ],
    overview.build_status: [
        lambda: overview.build_status(
            ArchiveStatus(tuple(make_summaries()), 9, (make_refresh(NAME),), (make_refresh(NAME),), NOW)
        ),
        lambda: overview.build_status(STATUS),
    ],
    overview.build_problem_counts: [
        lambda: overview.build_problem_counts(make_summaries()),
        lambda: overview.build_problem_counts([]),
    ],
    overview.build_problems: [
        lambda: overview.build_problems(
            NAME, [ProblemGroup(TEXT, 3, ("1", "2"), is_on_purpose=flag) for flag in (True, False)]
        ),
        lambda: overview.build_problems(NAME, []),
    ],
    refresh.build_refresh: [
        *(
            lambda over=over, cancelled=cancelled: refresh.build_refresh(  # type: ignore[misc]
                JobState(JOB_OF_NAME, make_states(), (NAME, OTHER), (RETAINED,), over, cancelled, "12345678")
            )
            for over in (True, False)
            for cancelled in (True, False)
        ),
        lambda: refresh.build_refresh(JobState(JOB_OF_NAME, (make_source(NAME),), is_over=True)),
        lambda: refresh.build_refresh(JobState(JOB_OF_NAME, (), is_over=True)),
        lambda: refresh.build_refresh(JobState(JOB_OF_NAME, ())),
    ],
    refresh.build_begun: [
        lambda: refresh.build_begun(JOB_OF_NAME, is_new=True, is_posted=True),
        lambda: refresh.build_begun(replace(JOB_OF_NAME, source=NAME), is_new=True, is_posted=False),
        lambda: refresh.build_begun(replace(JOB_OF_NAME, source=NAME, by=BY_SCHEDULE), is_new=False, is_posted=False),
        lambda: refresh.build_begun(replace(JOB_OF_NAME, by=""), is_new=False, is_posted=False),
    ],
    refresh.build_no_sources: [refresh.build_no_sources],
    refresh.build_trouble: [
        lambda: refresh.build_trouble([*make_states(), RETAINED], "12345678"),
        lambda: refresh.build_trouble([], "12345678"),
    ],
    feedback.build_thanks: [lambda on=on: feedback.build_thanks(OPENED, is_helpful=on) for on in (True, False)],  # type: ignore[misc]
    filters.build_filters_modal: [
        lambda: filters.build_filters_modal(Asked(TEXT), QUERY, [NAME, OTHER], CLICK),
        lambda: filters.build_filters_modal(Asked(TEXT), QUERY, [], replace(CLICK, is_ephemeral=True)),
        lambda: filters.build_filters_modal(Asked(""), NOTHING_CHOSEN, [], replace(CLICK, channel="D1")),
    ],
    hide.build_confirmation: [
        lambda: hide.build_confirmation(make_made_hit().comment),
        lambda: hide.build_confirmation(make_made_hit(title="").comment),
    ],
    hide.build_hidden: [lambda: hide.build_hidden(7), lambda: hide.build_hidden(None)],
    hide.build_hiding_refused: [lambda: hide.build_hiding_refused(build_notice(NAME))],
    home.build_ask: [
        lambda notice=notice: home.build_home([home.build_ask(notice, "1")])  # type: ignore[misc]
        for notice in (None, home.Notice(TEXT), home.Notice(TEXT, "https://1.2/3"))
    ],
    home.build_recent: [
        lambda: home.build_home([home.build_recent([Asked(TEXT), Asked("")])]),
        lambda: home.build_home([home.build_recent([])]),
    ],
    home.build_watched: [
        lambda: home.build_home([home.build_watched(watches.build_watches(WATCHES * 5))]),
        lambda: home.build_home([home.build_watched(watches.build_watches([]))]),
    ],
    home.build_seen: [lambda: home.build_home([home.build_seen([SeenSource(NAME, 3, NOW)])])],
    home.build_oversight: [
        lambda: home.build_home(
            [home.build_oversight(overview.build_status(STATUS), overview.build_problem_counts(make_summaries()))]
        )
    ],
    home.build_usage_of_late: [
        lambda: home.build_home(
            [
                home.build_usage_of_late(
                    {Outcome.ANSWERED: 9_000, Outcome.NOTHING_RELEVANT: 2}, [UnansweredQuestion(TEXT, 2, NOW)]
                )
            ]
        ),
        lambda: home.build_home([home.build_usage_of_late({}, [])]),
    ],
    home.build_removals: [lambda: home.build_home([home.build_removals([home.Waiting(NAME, "1", "1")])])],
    home.build_channels: [
        lambda: home.build_home(
            [
                home.build_channels(
                    [
                        ("C1", ChannelSetting(follow_ups=on, suggestions=other))
                        for on in (True, False)
                        for other in (True, False)
                    ]
                )
            ]
        ),
        lambda: home.build_home([home.build_channels([])]),
    ],
    own.build_about: [lambda: own.build_about([OWN, replace(OWN, first=None)]), lambda: own.build_about([])],
    own.build_forget: [
        lambda: own.build_forget([OWN], needs_approval=True),
        lambda: own.build_forget([], needs_approval=False),
    ],
    own.build_kept: [own.build_kept],
    own.build_forgetting: [own.build_forgetting],
    own.build_waiting: [
        lambda is_asked=is_asked: own.build_waiting(NOW, is_asked=is_asked) for is_asked in (True, False)
    ],  # type: ignore[misc]
    own.build_receipt: [lambda: own.build_receipt(TOLD), lambda: own.build_receipt([])],
    own.build_request: [lambda: own.build_request(NAME, "1", "1", TOLD)],
    own.build_approved: [lambda: own.build_approved(NAME, OTHER)],
    own.build_declined: [
        lambda is_told=is_told: own.build_declined(NAME, OTHER, is_told=is_told) for is_told in (True, False)
    ],  # type: ignore[misc]
    own.build_delayed: [lambda: own.build_delayed("1234")],
    own.build_decided: [own.build_decided],
    own.build_refusal: [own.build_refusal],
    prompts.build_prompts: [lambda: prompts.build_prompts([TEXT, NAME]), lambda: prompts.build_prompts([])],
    suggestions.build_suggestion: [lambda: suggestions.build_suggestion(ANSWER, "1")],
    suggestions.build_taken_back: [suggestions.build_taken_back],
    suggestions.build_ended: [suggestions.build_ended],
    suggestions.build_not_theirs: [suggestions.build_not_theirs],
    suggestions.build_suggestions: [
        lambda on=on, member=member: suggestions.build_suggestions(is_on=on, is_member=member)  # type: ignore[misc]
        for on, member in ((True, True), (True, False), (False, False))
    ],
    watches.build_watched: [
        *(lambda watch=watch: watches.build_watched(watch) for watch in WATCHES),  # type: ignore[misc]
        lambda: watches.build_watched(make_watch(TEXT), is_elsewhere=True),
    ],
    watches.build_too_many: [watches.build_too_many],
    watches.build_watches: [lambda: watches.build_watches(WATCHES * 6), lambda: watches.build_watches([])],
    watches.build_not_words: [watches.build_not_words],
    watches.build_not_watched: [lambda: watches.build_not_watched(TEXT)],
    watches.build_removed: [lambda: watches.build_removed(make_watch(TEXT))],
    watches.build_paused: [lambda watch=watch: watches.build_paused(watch) for watch in WATCHES],  # type: ignore[misc]
    watches.build_gone: [watches.build_gone],
    watches.build_somebody_elses: [watches.build_somebody_elses],
    watches.build_news: [lambda name=name: watches.build_news(make_watch(TEXT), ANSWER, name) for name in (NAME, "")],  # type: ignore[misc]
    # What these say is given to them.
    build_notice: [],
    build_failed_modal: [lambda: build_failed_modal(build_notice(NAME))],
    build_loading: [lambda: build_loading(NAME)],
}


def name_builder(builder: Callable[..., Any]) -> str:
    return f"{builder.__module__.rpartition('.')[2]}.{builder.__name__}"


BUILDS = [
    pytest.param(build, id=f"{name_builder(builder)}-{n}")
    for builder, some in CASES.items()
    for n, build in enumerate(some)
]


class Marking(NullTranslations):
    """Marks what is said, and not what it is filled with."""

    def gettext(self, message: str) -> str:
        return f"⟦{FILLED.sub(lambda found: f'⟧{found[0]}⟦', message)}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def build_shown(view: View) -> dict[str, Any]:
    """Build what Slack is given of a view to show."""
    match view:
        case MessageView():
            return {"blocks": view.blocks}
        case ModalView():
            return view.build()
        case Prompts():
            shown = [view.title, *(text for one in view.prompts for text in one.values())]
            return {"blocks": [{"text": text} for text in shown]}
        case _:
            return dict(view)


def find_texts(view: View) -> Iterator[str]:
    """All that people read of a view, or have read to them."""
    if isinstance(view, MessageView):
        yield from (view.text, view.plain)
    shown = build_shown(view)
    # What a quote card holds is to be copied as it is.
    shown["blocks"] = [block for block in shown["blocks"] if "rich_text_preformatted" not in str(block)]
    for _, node in walk(shown, ""):
        yield from (node[key] for key in ("text", "accessibility_label", "alt_text") if isinstance(node.get(key), str))


def remove_said(text: str) -> str:
    """Remove what is marked; a cut may have taken the mark of its end."""
    left, depth = "", 0
    for char in text:
        depth += (char == "⟦") - (char == "⟧")
        left += "" if depth or char in "⟦⟧" else char
    return left


def test_every_view_is_among_those_below():
    found = set()
    for module in pkgutil.iter_modules(bot.slack.views.__path__, "bot.slack.views."):
        for value in vars(importlib.import_module(module.name)).values():
            if getattr(value, "__name__", "_").startswith("build_") and callable(value):
                returned = typing.get_type_hints(value).get("return")
                is_part_of_home = value.__module__ == home.__name__ and returned == list[Block]
                found |= {value} if returned in (MessageView, ModalView, Prompts) or is_part_of_home else set()
    assert set(map(name_builder, found)) == set(map(name_builder, CASES))


@pytest.mark.parametrize("build", BUILDS)
def test_nothing_is_said_that_is_not_in_the_catalogue(build: Build, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.translations._find", lambda _: Marking())
    # Each language has its own "and".
    monkeypatch.setattr("bot.translations._join", lambda parts, _: "; ".join(parts))
    for text in find_texts(build()):
        rest = OURS.sub("", URL.sub("", remove_said(text)))
        assert re.findall("[A-Za-z]+", rest) == [] or text.strip("*") in NAMES, text


@pytest.mark.parametrize("language", sorted(list_languages()))
@pytest.mark.parametrize("build", BUILDS)
def test_views_fit_slack_in_every_language(build: Build, language: str):
    with speaking(language):
        view = build()
    shown = build_shown(view)
    match view:
        case MessageView():
            check_blocks(view.blocks)
            check_text(view.text)
        case ModalView():
            check_view(shown, "modal")
            # Cut, it would say less.
            assert "…" not in shown["title"]["text"]
        case Prompts():
            assert not [text for text in find_texts(view) if "…" in text]
        case _:
            check_view(shown, "home")
    labels = [node for _, node in walk(shown["blocks"], "") if node.get("type") == "button"]
    assert all("…" not in node["text"]["text"] for node in labels if not node["text"]["text"].startswith("✕"))
