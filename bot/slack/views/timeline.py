"""When something was said, in a sentence and by year: bars for the eye, and the same in words."""

from collections.abc import Mapping
from datetime import datetime

from bot.slack.views.hits import label_name
from bot.slack.views.message import Block, build_context, build_date, build_section
from bot.translations import join_parts, say, say_count
from store.search.survey import Survey

_BARS = "▁▂▃▄▅▆▇█"
_NO_BAR = "·"
# More years than a reader takes in, or a phone shows in a line; the latest are kept.
_MAX_YEARS = 30
_RECENT_DAYS = 30


def build_timeline(survey: Survey, now: datetime) -> list[Block]:
    """Build when something was said: first, last and busiest, and each year; nothing where no comment has a date."""
    if not survey.years:
        return []
    blocks = [build_section(describe_times(survey, now))]
    if len(survey.years) > 1:
        shown = dict(survey.years[-_MAX_YEARS:])
        first, last = min(shown), max(shown)
        bars = draw_bars(shown)
        if bars:
            blocks.append(build_section(f"{first}  {bars}  {last}"))
        blocks.append(build_context(describe_years(survey)))
    return blocks


def describe_times(survey: Survey, now: datetime) -> str:
    """Say when something was said first and last, and in which year most."""
    first, last = survey.first, survey.last
    assert first is not None
    assert last is not None
    name, begun, ended = label_name(first.author), build_date(first.published), describe_day(last.published, now)
    if survey.total == 1:
        return say("Mentioned once, {first} by {name}.", first=begun, name=name)
    if first.id == last.id:
        return say("Only one of these has a date: {first} by {name}.", first=begun, name=name)
    if len(survey.years) == 1:
        return say("First mentioned {first} by {name}, last {last}.", first=begun, name=name, last=ended)
    return say(
        "First mentioned {first} by {name}, last {last}, most in {year}.",
        first=begun,
        name=name,
        last=ended,
        year=str(survey.busiest),
    )


def describe_day(moment: datetime | None, now: datetime) -> str:
    """Say a day as a distance if it is a recent one."""
    days = (now - moment).days if moment else -1
    if not 0 < days <= _RECENT_DAYS:
        return build_date(moment)
    return say_count("{number} day ago", "{number} days ago", days)


def describe_years(survey: Survey) -> str:
    """Say how much was said in each year, for whoever cannot see bars."""
    shown = survey.years[-_MAX_YEARS:]
    earlier = sum(count for _, count in survey.years[:-_MAX_YEARS])
    said = [say("before {year}:\u00a0{count}", year=str(shown[0][0]), count=earlier)] if earlier else []
    # A year and its number stay in one line.
    return join_parts([*said, *(say("{year}:\u00a0{count}", year=str(year), count=count) for year, count in shown)])


def draw_bars(years: Mapping[int, int]) -> str:
    """Draw a bar for each year from the first to the last; nothing where that would be too many."""
    span = range(min(years), max(years) + 1)
    if len(span) > _MAX_YEARS:
        return ""
    most = max(years.values())
    return "".join(_draw_bar(years.get(year, 0), most) for year in span)


def _draw_bar(count: int, most: int) -> str:
    return _BARS[(count * len(_BARS) - 1) // most] if count else _NO_BAR
