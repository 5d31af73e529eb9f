"""What people say after a question, what it becomes, and what is left alone."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.query import Filter, Query
from store.query.carrying import FollowUp, LastAsked
from store.query.follow_up import Speaker, may_follow_up, read_follow_up
from store.query.moves import Move
from store.query.understand import understand
from tests.store.query.questions import KNOWN, NEWEST, NOW, OLDEST, RECENT, expect, parse_utc
from tests.store.query.test_invariants import WORDY

TO_BOT, ASKER, OTHER = Speaker
ANYBODY = (TO_BOT, ASKER, OTHER)
WHO_ASKED = (TO_BOT, ASKER)
JON, LAURA = "Jon Inglewood", "Laura Glubanik"
Y2011, Y2012 = "2011-01-01..2012-01-01", "2012-01-01..2013-01-01"


def recall(question: str) -> LastAsked:
    return LastAsked(question, understand(question, KNOWN, now=NOW))


def go_on(words: str, last: LastAsked, speaker: Speaker) -> FollowUp | Move | None:
    return read_follow_up(words, last, KNOWN, speaker=speaker, now=NOW, zone=UTC)


def search(asked: FollowUp | Move | None) -> Query | Move | None:
    """What is searched for, as the searcher does."""
    if not isinstance(asked, FollowUp):
        return asked
    chosen = KNOWN.restrict(asked.chosen)
    return understand(asked.question, KNOWN, now=NOW).choose(chosen).without(asked.without)


PLAIN = "what was said about unconferences?"
NARROW = "what did Jon say about badges in 2011?"
LATEST = "what's the latest on badges?"
NO_TOPIC = "what did Jon say in 2011?"
IN_SLACK = "badges in Tideway Slack"

# After a question: who may say what, and what is searched for then.
TAKEN = [
    # A new topic; what the question before was narrowed to carries over.
    (PLAIN, ANYBODY, "and about mentoring?", expect("mentoring")),
    (PLAIN, WHO_ASKED, "And what about mentoring?", expect("mentoring")),
    (NARROW, ANYBODY, "and about mentoring?", expect("mentoring", by=(JON,), when=Y2011)),
    (NARROW, ANYBODY, "Thanks! And about mentoring please?", expect("mentoring", by=(JON,), when=Y2011)),
    (NARROW, ANYBODY, "and about lunch?", expect("lunch", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "and about mentoring", expect("mentoring", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "what about mentoring", expect("mentoring", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "how about pay bands?", expect("pay bands", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "ok, and what about pay bands?", expect("pay bands", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "and pay bands?", expect("pay bands", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "same for pay bands", expect("pay bands", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "and about mentoring by Laura?", expect("mentoring", by=(LAURA,), when=Y2011)),
    (NARROW, WHO_ASKED, "and what did Laura say about pay?", expect("pay", by=(LAURA,), when=Y2011)),
    (NARROW, WHO_ASKED, "and pay in 2012?", expect("pay", by=(JON,), when=Y2012)),
    (NARROW, WHO_ASKED, "what about Workday in #hr?", expect("Workday", by=(JON,), when=Y2011, channels=("hr",))),
    (NARROW, WHO_ASKED, 'and about "pay bands"?', expect('"pay bands"', by=(JON,), when=Y2011)),
    (LATEST, WHO_ASKED, "and about mentoring?", expect("mentoring", order=NEWEST)),
    (LATEST, WHO_ASKED, "and who first mentioned pay?", expect("pay", order=OLDEST)),
    ("what was said recently about badges?", WHO_ASKED, "and on pay?", expect("pay", order=RECENT)),
    (NO_TOPIC, WHO_ASKED, "and about badges?", expect("badges", by=(JON,), when=Y2011)),
    (PLAIN, WHO_ASKED, "what about Slack?", expect("Slack")),
    # People.
    (PLAIN, ANYBODY, "only from Jon", expect("unconferences", by=(JON,))),
    (PLAIN, ANYBODY, "only Jon", expect("unconferences", by=(JON,))),
    (PLAIN, ANYBODY, "just those from Laura please", expect("unconferences", by=(LAURA,))),
    (PLAIN, ANYBODY, "from Jon only", expect("unconferences", by=(JON,))),
    (PLAIN, ANYBODY, "only from @jon", expect("unconferences", by=(JON,))),
    (PLAIN, ANYBODY, "and from Jon?", expect("unconferences", by=(JON,))),
    (PLAIN, WHO_ASKED, "by Laura", expect("unconferences", by=(LAURA,))),
    (NARROW, ANYBODY, "and Laura?", expect("badges", by=(LAURA,), when=Y2011)),
    (NARROW, ANYBODY, "what about Laura Glubanik?", expect("badges", by=(LAURA,), when=Y2011)),
    (NARROW, WHO_ASKED, "from Laura too", expect("badges", by=(JON, LAURA), when=Y2011)),
    (NARROW, WHO_ASKED, "also from Laura", expect("badges", by=(JON, LAURA), when=Y2011)),
    (NO_TOPIC, WHO_ASKED, "and Laura?", expect("", by=(LAURA,), when=Y2011)),
    (PLAIN, ANYBODY, "only Jon and Laura", expect("unconferences", by=(JON, LAURA))),
    (PLAIN, ANYBODY, "only Jon Inglewood and Laura Glubanik", expect("unconferences", by=(JON, LAURA))),
    (PLAIN, (TO_BOT,), "more from Jon", expect("unconferences", by=(JON,))),
    (NARROW, (TO_BOT,), "more about mentoring", expect("mentoring", by=(JON,), when=Y2011)),
    (NARROW, (TO_BOT,), "sorry, I meant mentoring", expect("mentoring", by=(JON,), when=Y2011)),
    # People who are left out, of those who were asked for or of everybody.
    (PLAIN, WHO_ASKED, "not from Jon", expect("unconferences", not_by=(JON,))),
    (PLAIN, WHO_ASKED, "without Jon please", expect("unconferences", not_by=(JON,))),
    (PLAIN, WHO_ASKED, "but not Jon", expect("unconferences", not_by=(JON,))),
    (PLAIN, WHO_ASKED, "except for Jon and Laura", expect("unconferences", not_by=(JON, LAURA))),
    (PLAIN, WHO_ASKED, "from anyone but Jon", expect("unconferences", not_by=(JON,))),
    (PLAIN, WHO_ASKED, "everyone other than @jon", expect("unconferences", not_by=(JON,))),
    (PLAIN, (TO_BOT,), "not Jon", expect("unconferences", not_by=(JON,))),
    (NARROW, WHO_ASKED, "not from Jon", expect("badges", not_by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "not from Laura", expect("badges", by=(JON,), when=Y2011)),
    ("badges by Jon and Laura", WHO_ASKED, "without Jon", expect("badges", by=(LAURA,))),
    ("badges not by Jon", WHO_ASKED, "not from Laura", expect("badges", not_by=(JON, LAURA))),
    ("badges not by Jon", WHO_ASKED, "and also not from Laura", expect("badges", not_by=(JON, LAURA))),
    ("badges not by Jon", WHO_ASKED, "and about pay?", expect("pay", not_by=(JON,))),
    ("badges not by Jon", WHO_ASKED, "only from Jon", expect("badges", by=(JON,))),
    ("badges not by Jon", WHO_ASKED, "from anyone", expect("badges")),
    ("badges not by Jon", WHO_ASKED, "who first mentioned them?", expect("badges", order=OLDEST)),
    (NARROW, (TO_BOT,), "not in #hr", Move.UNABLE),
    (NARROW, (TO_BOT,), "but not in 2011", Move.UNABLE),
    # Dates; one bound narrows what the other bounded.
    (PLAIN, WHO_ASKED, "before 2012", expect("unconferences", when="..2012-01-01")),
    (PLAIN, WHO_ASKED, "since March 2009", expect("unconferences", when="2009-03-01..")),
    (PLAIN, WHO_ASKED, "between 2009 and 2011", expect("unconferences", when="2009-01-01..2012-01-01")),
    (PLAIN, ANYBODY, "only in 2011", expect("unconferences", when=Y2011)),
    (PLAIN, ANYBODY, "only last year", expect("unconferences", when="2025-01-01..2026-01-01")),
    (NARROW, ANYBODY, "and 2012?", expect("badges", by=(JON,), when=Y2012)),
    (NARROW, ANYBODY, "what about 2012?", expect("badges", by=(JON,), when=Y2012)),
    (NARROW, ANYBODY, "how about after 2012?", expect("badges", by=(JON,), when="2013-01-01..")),
    (NARROW, WHO_ASKED, "same in 2012", expect("badges", by=(JON,), when=Y2012)),
    ("badges since 2009", WHO_ASKED, "before 2012", expect("badges", when="2009-01-01..2012-01-01")),
    ("badges before 2012", WHO_ASKED, "since 2009", expect("badges", when="2009-01-01..2012-01-01")),
    ("badges before 2009", WHO_ASKED, "since 2012", expect("badges", when="2012-01-01..")),
    # Places and languages.
    (PLAIN, WHO_ASKED, "in #hr", expect("unconferences", channels=("hr",))),
    (PLAIN, WHO_ASKED, "#hr", expect("unconferences", channels=("hr",))),
    (PLAIN, ANYBODY, "only #hr", expect("unconferences", channels=("hr",))),
    (PLAIN, ANYBODY, "just the HCM blog", expect("unconferences", sources=("Strategic HCM Blog",))),
    (PLAIN, ANYBODY, "and on the HCM blog?", expect("unconferences", sources=("Strategic HCM Blog",))),
    (PLAIN, ANYBODY, "only German", expect("unconferences", languages=("de",))),
    (IN_SLACK, WHO_ASKED, "in #hr", expect("badges", channels=("hr",))),
    ("badges in #hr", WHO_ASKED, "on the HCM blog", expect("badges", sources=("Strategic HCM Blog",))),
    ("badges in #hr", WHO_ASKED, "in #badges as well", expect("badges", channels=("hr", "badges"))),
    # Several at once, and taking them away.
    (PLAIN, WHO_ASKED, "only from Jon, in 2011", expect("unconferences", by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "by anyone", expect("badges", when=Y2011)),
    (NARROW, WHO_ASKED, "and at any time?", expect("badges", by=(JON,))),
    ("badges in #hr", WHO_ASKED, "in any channel", expect("badges")),
    ("badges in German", WHO_ASKED, "in any language", expect("badges")),
    (NARROW, WHO_ASKED, "without the dates", expect("badges", by=(JON,))),
    (NARROW, (TO_BOT,), "remove all filters", expect("badges")),
    (PLAIN, (TO_BOT,), "2011", expect("unconferences", when=Y2011)),
    (PLAIN, (TO_BOT,), "last year?", expect("unconferences", when="2025-01-01..2026-01-01")),
    # Orders.
    (PLAIN, WHO_ASKED, "anything newer?", expect("unconferences", order=NEWEST)),
    (PLAIN, WHO_ASKED, "show older ones", expect("unconferences", order=OLDEST)),
    (PLAIN, (TO_BOT,), "more recent", expect("unconferences", order=NEWEST)),
    (NARROW, WHO_ASKED, "newest first", expect("badges", by=(JON,), when=Y2011, order=NEWEST)),
    (LATEST, WHO_ASKED, "oldest first please", expect("badges", order=OLDEST)),
    # Questions that call the topic "it".
    (PLAIN, WHO_ASKED, "what did Laura say about it?", expect("unconferences", by=(LAURA,))),
    (NARROW, WHO_ASKED, "what did Laura say about that?", expect("badges", by=(LAURA,), when=Y2011)),
    (NARROW, WHO_ASKED, "when was it first mentioned?", expect("badges", by=(JON,), when=Y2011, order=OLDEST)),
    (NARROW, WHO_ASKED, "who mentioned them?", expect("badges", when=Y2011)),
    (NARROW, WHO_ASKED, "who else mentioned them?", expect("badges", not_by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "who else?", expect("badges", not_by=(JON,), when=Y2011)),
    (NARROW, WHO_ASKED, "what did the others say?", expect("badges", not_by=(JON,), when=Y2011)),
    (NARROW, (TO_BOT,), "and others?", expect("badges", not_by=(JON,), when=Y2011)),
    (PLAIN, WHO_ASKED, "who else?", Move.MORE),
    (PLAIN, WHO_ASKED, "has it come up in #hr?", expect("unconferences", channels=("hr",))),
    # Questions of their own, by who asked before; spoken to, the bot takes them so anyway.
    (NARROW, (ASKER,), "what was said about pay bands?", expect("pay bands")),
    (NARROW, (ASKER,), "did we ever discuss pay bands?", expect("pay bands")),
    (NARROW, (ASKER,), "has mentoring come up?", expect("mentoring")),
    (NARROW, (ASKER,), "what did Laura say?", expect("badges", by=(LAURA,), when=Y2011)),
    # Moves.
    (PLAIN, ANYBODY, "more", Move.MORE),
    (PLAIN, ANYBODY, "More, please!", Move.MORE),
    (PLAIN, ANYBODY, "show me more", Move.MORE),
    (PLAIN, ANYBODY, "thanks, more results", Move.MORE),
    (PLAIN, (TO_BOT,), "what else?", Move.MORE),
    (PLAIN, (TO_BOT,), "go on", Move.MORE),
    (PLAIN, (TO_BOT,), "show me the next 5", Move.MORE),
    (PLAIN, (TO_BOT,), "ten more please", Move.MORE),
    (PLAIN, (TO_BOT,), "more on that", Move.MORE),
    (PLAIN, (TO_BOT,), "show me everything", Move.MORE),
    (PLAIN, (TO_BOT,), "no thanks", Move.STOP),
    (PLAIN, (TO_BOT,), "No.", Move.STOP),
    (PLAIN, ANYBODY, "never mind", Move.STOP),
    (PLAIN, ANYBODY, "ok nevermind", Move.STOP),
    (PLAIN, ANYBODY, "Thanks, that's all.", Move.STOP),
    (PLAIN, WHO_ASKED, "Start over", Move.ANEW),
    (PLAIN, (TO_BOT,), "new topic", Move.ANEW),
    (PLAIN, (TO_BOT,), "thanks", Move.THANKS),
    (PLAIN, (TO_BOT,), "Great, thanks a lot!", Move.THANKS),
    (PLAIN, (TO_BOT,), "Thank you, that's very helpful.", Move.THANKS),
    (PLAIN, (TO_BOT,), "Mehr bitte", Move.MORE),
    (PLAIN, (TO_BOT,), "zeig mir noch mehr", Move.MORE),
    (PLAIN, (TO_BOT,), "weiter", Move.MORE),
    (PLAIN, (TO_BOT,), "Stopp", Move.STOP),
    (PLAIN, (TO_BOT,), "hör auf", Move.STOP),
    (PLAIN, (TO_BOT,), "Von vorn", Move.ANEW),
    (PLAIN, (TO_BOT,), "danke", Move.THANKS),
    (PLAIN, (TO_BOT,), "Super, vielen Dank!", Move.THANKS),
    (PLAIN, (TO_BOT,), "Danke schön, das hilft.", Move.THANKS),
]
# What nobody says to the bot, or not in a way that tells.
LEFT_ALONE = [
    (NARROW, (ASKER, OTHER), "thanks"),
    (NARROW, (ASKER, OTHER), "Thank you, that is great!"),
    (NARROW, ANYBODY, "thank you notes"),
    (NARROW, (ASKER, OTHER), "danke"),
    (NARROW, ANYBODY, "mehr Lohn"),
    (NARROW, ANYBODY, "weitere Badges"),
    (NARROW, ANYBODY, "lol"),
    (NARROW, ANYBODY, "and?"),
    (NARROW, ANYBODY, "what about it?"),
    (NARROW, ANYBODY, "🎉"),
    (NARROW, ANYBODY, ""),
    (NARROW, (OTHER,), "not from Jon"),
    (NARROW, (OTHER,), "without Jon"),
    (NARROW, (OTHER,), "anything newer?"),
    (NARROW, (OTHER,), "who else?"),
    (NARROW, (ASKER, OTHER), "not Jon."),
    (NARROW, (ASKER, OTHER), "ignore Jon"),
    (NARROW, (ASKER, OTHER), "no Jon, that is fine"),
    (NARROW, (ASKER, OTHER), "anyone else?"),
    (NARROW, (ASKER, OTHER), "more from Jon tomorrow"),
    (NARROW, (ASKER, OTHER), "earlier"),
    (NARROW, (ASKER, OTHER), "not in #hr"),
    (NARROW, ANYBODY, "without us this would be easier"),
    (NARROW, ANYBODY, "except for the badges"),
    (NARROW, ANYBODY, "only remote people"),
    (NARROW, ANYBODY, "in my opinion that is fine"),
    (NARROW, ANYBODY, "before we do that, let's talk"),
    (NARROW, ANYBODY, "from what has been seen so far"),
    (NARROW, ANYBODY, "more coffee"),
    (NARROW, ANYBODY, "more people should read this"),
    (NARROW, ANYBODY, "what time is the meeting?"),
    (NARROW, ANYBODY, "is that in 2011?"),
    (NARROW, ANYBODY, "did it work?"),
    (NARROW, (ASKER, OTHER), "and I think so too"),
    (NARROW, (ASKER, OTHER), "and then it broke"),
    (NARROW, (ASKER, OTHER), "and so it goes"),
    (NARROW, (ASKER, OTHER), "what about you?"),
    (NARROW, (ASKER, OTHER), "what about me and Jon?"),
    (NARROW, (ASKER, OTHER), "how about lunch?"),
    (NARROW, (ASKER, OTHER), "how about we move it to Friday?"),
    (NARROW, (ASKER, OTHER), "what about Tuesday?"),
    (NARROW, (ASKER, OTHER), "and lunch tomorrow?"),
    (NARROW, (ASKER, OTHER), "what do you think about badges?"),
    (NARROW, (ASKER, OTHER), "what did you say about badges?"),
    (NARROW, (ASKER, OTHER), "any thoughts on badges?"),
    (NARROW, (ASKER, OTHER), "anyone ever mentioned badges?"),
    (NARROW, (ASKER, OTHER), "can you look that up?"),
    (NARROW, (ASKER, OTHER), "really?"),
    (NARROW, (ASKER, OTHER), "@skipper and about mentoring?"),
    (NARROW, (ASKER, OTHER), "and about @skipper?"),
    (NARROW, (ASKER, OTHER), "tell me more"),
    (NARROW, (ASKER, OTHER), "go on"),
    (NARROW, (ASKER, OTHER), "enough"),
    (NARROW, (ASKER, OTHER), "what was said about pay bands"),
    (NARROW, (ASKER, OTHER), "and about mentoring?\nWe had that in the team too."),
    (NARROW, (ASKER, OTHER), f"and about {'mentoring ' * 30}?"),
    (NARROW, (ASKER, OTHER), "same problem with the printer"),
    (NARROW, (ASKER, OTHER), "same thing last year"),
    (NARROW, (ASKER, OTHER), "and Mark."),
    (NARROW, (ASKER, OTHER), "anytime!"),
    (NARROW, (ASKER, OTHER), "and guess what?"),
    (NARROW, (ASKER, OTHER), "or is it expensive?"),
    (NARROW, (ASKER, OTHER), "and is this covered by the insurance?"),
    (NARROW, (ASKER, OTHER), "and with the others also wanting to do it"),
    (NARROW, (ASKER, OTHER), "what about the other two?"),
    (NARROW, (ASKER, OTHER), "how about this one on badges?"),
    (NARROW, (ASKER, OTHER), "how about reducing our travel?"),
    (NARROW, (ASKER, OTHER), "when will they mention that?"),
    (NARROW, (ASKER, OTHER), "can someone please discuss pay bands?"),
    (NARROW, (ASKER, OTHER), "hello from 2022"),
    (NARROW, (OTHER,), "in 2011"),
    (NARROW, (OTHER,), "from Laura"),
    (NARROW, (OTHER,), "and about mentoring"),
    (NARROW, (OTHER,), "what about mentoring?"),
    (NARROW, (OTHER,), "and mentoring?"),
    (NARROW, (OTHER,), "what was said about pay bands?"),
    (NARROW, (OTHER,), "what did Laura say about it?"),
    (NARROW, (OTHER,), "newest first"),
    (NARROW, (OTHER,), "start over"),
    # Spoken to, these are questions of their own.
    (NARROW, (TO_BOT,), "what was said about pay bands?"),
    (NARROW, (TO_BOT,), "what did Laura say?"),
    (NARROW, (TO_BOT,), "unconferences"),
    (NARROW, (TO_BOT,), "what was said about us"),
    (NARROW, (TO_BOT,), "same sex partners"),
    (NARROW, (TO_BOT,), "who said that pay is unfair"),
]


@pytest.mark.parametrize(
    ("first", "speaker", "words", "expected"),
    [(first, speaker, words, expected) for first, speakers, words, expected in TAKEN for speaker in speakers],
)
def test_what_goes_on_becomes_a_question(first: str, speaker: Speaker, words: str, expected: Query | Move):
    assert search(go_on(words, recall(first), speaker)) == expected


@pytest.mark.parametrize(
    ("first", "speaker", "words"),
    [(first, speaker, words) for first, speakers, words in LEFT_ALONE for speaker in speakers],
)
def test_what_does_not_go_on_is_left_alone(first: str, speaker: Speaker, words: str):
    assert go_on(words, recall(first), speaker) is None


def test_tables_are_large_enough():
    assert len({words for _, _, words, _ in TAKEN}) >= 60
    assert len({words for _, _, words in LEFT_ALONE}) >= 50


def test_quick_look_passes_all_that_is_taken_and_hardly_anything_else():
    assert [words for _, who, words, _ in TAKEN if who != (TO_BOT,) and not may_follow_up(words)] == []
    talk = [
        "understood",
        "about time",
        "important",
        "nurses",
        "thanks",
        "lol",
        "I moved it to Friday.",
        "Jon wrote that one",
        "x" * 500 + "?",
        "yes",
        "🎉",
    ]
    assert [words for words in talk if may_follow_up(words)] == []


@pytest.mark.parametrize("first", [PLAIN, NARROW, LATEST, NO_TOPIC])
@given(words=WORDY | st.text())
def test_anything_is_understood_and_only_the_bot_or_who_asked_is_heard_as_more(first: str, words: str):
    last = recall(first)
    to_bot, by_asker, by_other = (go_on(words, last, speaker) for speaker in Speaker)

    assert by_other is None or by_asker == by_other
    assert isinstance(to_bot, FollowUp | Move | None)
    if by_asker is not None:
        assert may_follow_up(words)


def test_topic_stays_as_it_was_asked_for_where_only_filters_change():
    assert go_on("only from Laura", recall(LATEST), ASKER) == FollowUp(LATEST, Query("", (LAURA,)))


def test_filter_that_was_taken_away_stays_away_until_it_is_chosen_again():
    query = understand(NARROW, KNOWN, now=NOW).without([Filter.AUTHORS, Filter.DATES])
    last = LastAsked(NARROW, query, (Filter.AUTHORS, Filter.DATES))

    assert go_on("only from Laura", last, ASKER) == FollowUp(NARROW, Query("", (LAURA,)), (Filter.DATES,))
    assert search(go_on("and about pay?", last, ASKER)) == expect("pay")


def test_topic_that_was_taken_away_does_not_come_back():
    query = understand(NARROW, KNOWN, now=NOW).without([Filter.TOPIC])
    last = LastAsked(NARROW, query, (Filter.TOPIC,))

    assert search(go_on("only in 2012", last, ASKER)) == expect("", by=(JON,), when=Y2012)
    assert search(go_on("and about pay?", last, ASKER)) == expect("pay", by=(JON,), when=Y2011)


def test_place_takes_the_place_of_another_even_where_the_question_names_it():
    asked = go_on("only #hr", recall(IN_SLACK), ASKER)

    assert asked == FollowUp(IN_SLACK, Query("", channels=("hr",)), (Filter.SOURCES,))


@pytest.mark.parametrize("words", ["only from Laura", "newest first", "by anyone", "what did Laura say about it?"])
def test_what_is_read_already_stays_left_out_while_the_topic_stays(words: str):
    query = replace(understand(NARROW, KNOWN, now=NOW), beside=("C1:1",), new=(1, 5))
    asked = go_on(words, LastAsked(NARROW, query), TO_BOT)

    assert isinstance(asked, FollowUp)
    assert (asked.chosen.beside, asked.chosen.new) == (("C1:1",), None)


def test_another_topic_is_looked_for_in_what_was_read_too():
    asked = go_on("and about pay?", LastAsked(NARROW, Query("badges", beside=("C1:1",), new=(1, 5))), TO_BOT)

    assert asked == FollowUp("pay")


def test_nothing_carries_over_after_a_start_over():
    anew = LastAsked()

    assert search(go_on("and about pay?", anew, ASKER)) == expect("pay")
    assert search(go_on("only from Jon", anew, ASKER)) == expect("", by=(JON,))
    assert go_on("what did Laura say about it?", anew, ASKER) is None
    assert go_on("newest first", anew, ASKER) is None


def test_days_begin_where_the_speaker_is():
    asked = read_follow_up(
        "only in 2011", recall(PLAIN), KNOWN, speaker=ASKER, now=NOW, zone=ZoneInfo("America/New_York")
    )

    assert isinstance(asked, FollowUp)
    assert (asked.chosen.after, asked.chosen.before) == (parse_utc("2011-01-01T05:00"), parse_utc("2012-01-01T05:00"))


def test_relative_dates_count_from_now():
    asked = read_follow_up(
        "only last year", recall(PLAIN), KNOWN, speaker=ASKER, now=datetime(2015, 6, 1, tzinfo=UTC), zone=UTC
    )

    assert isinstance(asked, FollowUp)
    assert asked.chosen.after == parse_utc("2014-01-01")
