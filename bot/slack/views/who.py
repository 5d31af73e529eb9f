"""Who said what, as a modal: people instead of discussions, each opening what they said; and when it was said."""

from collections import Counter
from datetime import datetime

from bot.slack.views.buttons import build_button, read_number
from bot.slack.views.hits import build_hits, label_name
from bot.slack.views.message import Block, build_context, build_label, build_section, count_comments
from bot.slack.views.modal import ModalView
from bot.slack.views.opened import Opened
from bot.slack.views.timeline import build_timeline
from bot.translations import join_all, say, say_count
from store.domain.answer import Answer
from store.search.survey import NOBODY, Person, Survey, find_year
from store.text.cleaning import clean_line

# Opens what one person said, and a page of everybody: of that there may be two buttons in a block.
PERSON = "hark_who_person"
PEOPLE = "hark_who_people"

# With what stands around them far below the 100 blocks of a modal.
PEOPLE_ON_PAGE = 20
_QUESTION_CHARS = 200
_SOURCE_CHARS = 60
_LABEL_CHARS = 75


def name_who() -> str:
    """Say what the modal is."""
    return say("Who said what")


def build_who(survey: Survey, opened: Opened, offset: int, now: datetime) -> ModalView:
    """Build a page of the people who said something.

    Args:
        survey: What was found.
        opened: What the modal was opened from.
        offset: How many people are on the pages before.
        now: What "3 days ago" counts from.
    """
    if not survey.people:
        return ModalView(
            name_who(),
            [build_section(say("Nobody said anything about this that you may see here. Other words may help."))],
        )
    page = survey.people[offset : offset + PEOPLE_ON_PAGE]
    names = Counter(person.name.casefold() for person in survey.people)
    people = [_build_person(person, survey, is_namesake=names[person.name.casefold()] > 1) for person in page]
    blocks = [
        build_context(say("About: {question}", question=build_label(opened.asked.question, _QUESTION_CHARS))),
        build_section(f"*{_count_people(survey)}*"),
        *build_timeline(survey, now),
        *people,
        *_build_pages(offset, len(survey.people)),
        *([build_context(_describe_cut(survey))] if survey.is_cut else []),
    ]
    return ModalView(name_who(), blocks, metadata=str(opened))


def build_said(answer: Answer, person: Person | None, opened: Opened) -> ModalView:
    """Build a page of what somebody said.

    Args:
        answer: That page.
        person: Whose it is; None if there is nobody any more.
        opened: What the modal was opened from.
    """
    back = build_button(PEOPLE, say("Everybody"), f"{NOBODY} 0", say("Go back to everybody who said something"))
    if person is None or not answer.hits:
        gone = build_section(say("There is nothing here any more: the archive has changed since."))
        return ModalView(name_who(), [gone, {"type": "actions", "elements": [back]}], metadata=str(opened))
    buttons = [back]
    if answer.next_offset is not None:
        left = answer.total - answer.next_offset
        label = say_count("Show the one that is left", "Show more of the {number} that are left", left)
        more = build_button(PERSON, say("More ({number})", number=left), f"{person.id} {answer.next_offset}", label)
        buttons.append(more)
    blocks = [
        build_section(f"*{_say_name(person)}*"),
        *build_hits(answer.hits, with_menus=False),
        {"type": "actions", "elements": buttons},
    ]
    return ModalView(name_who(), blocks, metadata=str(opened))


def read_page(value: str) -> tuple[int, int]:
    """Read what a button of the modal carries: a person, and how many comments or people are on the pages before."""
    person, _, offset = value.partition(" ")
    return read_number(person), read_number(offset)


def _count_people(survey: Survey) -> str:
    named = sum(person.id != NOBODY for person in survey.people)
    span = _describe_span(survey.years[0][0], survey.years[-1][0]) if survey.years else ""
    if not named:
        return say_count("{number} comment without a name", "{number} comments without a name", survey.total)
    if not span:
        return say_count("{number} person", "{number} people", named)
    return say_count("{number} person, {years}", "{number} people, {years}", named, years=span)


def _describe_span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _build_person(person: Person, survey: Survey, *, is_namesake: bool) -> Block:
    name = _say_name(person)
    if is_namesake and person.id != NOBODY:
        where = build_label(join_all(person.sources), _SOURCE_CHARS)
        name = say("{name} in {sources}", name=name, sources=where)
    line = f"*{name}* ({count_comments(person.comments)})"
    if person.first and person.last:
        zone = survey.query.zone
        line += f", {_describe_span(find_year(person.first, zone), find_year(person.last, zone))}"
    said = say("Show what {name} said", name=clean_line(person.name))
    label = say("Show what was said without a name") if person.id == NOBODY else clean_line(said, _LABEL_CHARS)
    return build_section(line) | {"accessory": build_button(PERSON, say("Show"), f"{person.id} 0", label)}


def _say_name(person: Person) -> str:
    return say("Without a name") if person.id == NOBODY else label_name(person.name)


def _build_pages(offset: int, total: int) -> list[Block]:
    before, after = max(0, offset - PEOPLE_ON_PAGE), offset + PEOPLE_ON_PAGE
    buttons = []
    if offset:
        label = say("Show the people before these")
        buttons.append(build_button(f"{PEOPLE}_before", say("Previous people"), f"{NOBODY} {before}", label))
    if after < total:
        label = say("Show the people after these")
        text = say("More people ({number})", number=total - after)
        buttons.append(build_button(f"{PEOPLE}_after", text, f"{NOBODY} {after}", label))
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _describe_cut(survey: Survey) -> str:
    return say(
        "Counted over the {number} comments that answer best: there may be more, earlier and later ones too.",
        number=survey.total,
    )
