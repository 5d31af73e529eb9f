"""What holds for any question: it is understood without an error, and no word of its topic is lost."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from store.domain.query import Query
from store.query.known import Known
from store.query.understand import MAX_QUESTION_CHARS, understand
from store.query.wording import word_set
from store.text.words import question_terms
from tests.store.query import questions
from tests.store.query.questions import KNOWN, NOW

# Words of no frame, date, name or place; no author's name begins as they do.
TOPIC_WORDS = ["quibble", "zorple", "xylo", "qat", "zest", "quiz", "42nd", "zürich", "x-ray", "q&a", "zoo's"]
GRAMMAR = sorted(
    word_set(
        "what did does has was were is who when where how why we people anyone someone jon laura may april "
        "march will john a the said say think thought mention mentioned talked talk about on of in by from to "
        "and or at with that any all find show me tell remind discussions comments thoughts views first last "
        "latest recently recent ever before after since until between during around 2009 2011 2000 2030 may "
        "june summer spring christmas week year years months ago two six this next early mid late q3 monday "
        "12 03/2014 2007-03-12 today yesterday #hr #nowhere @jon @nobody slack blog channel tideway according "
        "come up been discussed new time 's ? , . ! ( ) : - \" from:laura in:#hr of:me before:2019 "
        "from:nobody in:nowhere source:tideway inglewood chen opinion jon's laura's 2010s o'neill"
    )
)
WORDY = st.lists(st.sampled_from(TOPIC_WORDS) | st.sampled_from(GRAMMAR), max_size=25).map(" ".join)
FRAMES = [
    "what was said about {}",
    "did anyone mention {}?",
    "has {} come up?",
    "{}",
    "any thoughts on {}",
    "who said {}",
]
FILTERS = [
    "by Jon",
    "in 2011",
    "since last spring",
    "in #hr",
    "on the HCM blog",
    "from:laura",
    "before:2019-06",
    "recently",
]
NAMED_ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Apia"]).map(ZoneInfo)
OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ZONES = NAMED_ZONES | OFFSETS


@given(WORDY | st.text() | st.text(st.characters(codec=None)), st.datetimes(timezones=st.none() | st.just(UTC)), ZONES)
def test_any_question_is_understood_at_any_time_and_place(question: str, now: datetime, zone: tzinfo):
    query = understand(question, KNOWN, now=now, zone=zone)

    assert len(query.topic) <= MAX_QUESTION_CHARS
    assert all(moment.utcoffset() == timedelta(0) for moment in (query.after, query.before) if moment)
    assert set(query.authors) | set(query.sources) | set(query.channels) <= _everything_known()
    assert not question_terms(question) or query != Query("")


@given(WORDY)
def test_no_word_of_the_topic_is_lost(question: str):
    topic = question_terms(understand(question, KNOWN, now=NOW).topic)

    asked = {word for typed in TOPIC_WORDS for word in question_terms(typed)} & set(question_terms(question))
    assert asked <= set(topic)


@given(
    st.lists(st.sampled_from(TOPIC_WORDS), min_size=1, max_size=5).map(" ".join),
    st.sampled_from(FRAMES),
    st.lists(st.sampled_from(FILTERS), max_size=3, unique=True),
)
def test_frames_and_filters_leave_exactly_the_topic(topic: str, frame: str, filters: list[str]):
    query = understand(" ".join([frame.format(topic).rstrip("?"), *filters]), KNOWN, now=NOW)

    assert question_terms(query.topic) == question_terms(topic)


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=30))
def test_any_names_can_be_known_and_asked_for(names: list[str], asked: str):
    known = Known(names, names, names)

    assert set(known.find_authors(asked)) <= set(names)
    assert set(understand(f"from:{asked} what did {asked} say in #{asked}", known, now=NOW).authors) <= set(names)


@given(st.text(min_size=MAX_QUESTION_CHARS, max_size=MAX_QUESTION_CHARS + 200))
def test_only_the_beginning_of_a_long_question_is_read(question: str):
    assert understand(question, KNOWN, now=NOW) == understand(question[:MAX_QUESTION_CHARS], KNOWN, now=NOW)


def _everything_known() -> set[str]:
    return {*questions.AUTHORS, *questions.SOURCES, *questions.CHANNELS}
