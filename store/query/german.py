"""What people ask and say next in German, put into the English words that are understood. Pure.

Topics and names stay as they were typed, and what is in no table here stays what it is: nothing is translated.
"""

import re
from collections.abc import Sequence
from functools import partial

# Longer ones are not asked like that.
_MAX_CHARS = 300
_Table = Sequence[tuple[re.Pattern[str], str]]

_MONTHS = {
    "januar": "January", "jänner": "January", "februar": "February", "märz": "March", "april": "April", "mai": "May",
    "juni": "June", "juli": "July", "august": "August", "september": "September", "oktober": "October",
    "november": "November", "dezember": "December",
}  # fmt: skip
_LANGUAGES = {
    "deutsch": "German", "englisch": "English", "französisch": "French", "spanisch": "Spanish",
    "italienisch": "Italian", "niederländisch": "Dutch", "polnisch": "Polish", "portugiesisch": "Portuguese",
}  # fmt: skip
_NAMES = _MONTHS | _LANGUAGES
_NAME = re.compile(rf"\b(?:{'|'.join(_NAMES)})\b", re.IGNORECASE)

_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_DATE = rf"((?:{_MONTH} )?\d{{4}}|{_MONTH})"
_WAS = r"(?:wurde|wird|ist|haben wir|hat man|haben (?:die )?leute)"
_SAID = r"(?:gesagt|geschrieben|diskutiert|besprochen|gesprochen|geredet|gemeint|gehalten|erzählt|berichtet|erwähnt)"
_SAYS = r"(?:sagte|sagt|sagten|sagen|meinte|meint|meinten|schrieb|schrieben|schreibt|denkt|dachte)"
_ARTICLE = r"(?: (?:dem )?thema)?(?: (?:der|die|das|den|dem|ein|eine|einen|einem|einer))?"
_ON = rf"(?:über|ueber|zu|zum|zur|bezüglich){_ARTICLE}"
_ABOUT = rf"(?:über|ueber|zu|zum|zur|bezüglich|von){_ARTICLE}"
_WHEN = r"(?: (?P<when>(?:in|im|seit|ab|vor|nach|bis|zwischen|von|letzt|vergangen)\b.*?\d{4}|(?:im )?letzte[sn] jahr))?"
_ADVERBS = r"(?: (?:denn|schon|schon mal|bisher|bislang|je|jemals|hier|so|alles|eigentlich|damals|früher|sonst))*"
_SOMEBODY = r"(?: (?:jemand|irgendwer|irgendjemand))?"
_SOMETHING = r"(?: (?:etwas|was|irgendetwas|irgendwas))?"
_COMMENTS = r"(?:kommentare|beiträge|diskussionen|meinungen|erfahrungen|aussagen|zitate)"
_FIRST = r"(?:zuerst|erstmals|zum ersten mal|das erste mal)"
_DEEPLY = r"(?:dir|euch|schön|sehr|vielmals|nochmal|dafür)"
_HELPED = r"das (?:hilft|war hilfreich|hat geholfen)"
_GREETING = rf"(?:ok|okay|super|prima|gut|toll|danke(?! {_DEEPLY}\b)|bitte|hallo|hey|hi|harkback)"
# Before and after any of it.
_POLITE = re.compile(
    rf"^(?:{_GREETING}[,.!]? )+|,? (?:bitte|danke)$",
    re.IGNORECASE,
)


def _table(*rows: tuple[str, str]) -> _Table:
    return [(re.compile(pattern, re.IGNORECASE), words) for pattern, words in rows]


def _join(*rows: tuple[str, str]) -> _Table:
    return _table(*((rf"(?:und |aber )?(?:{pattern})", words) for pattern, words in rows))


_QUESTIONS = _table(
    (
        rf"was (?:hat|haben) (?P<who>.+?){_ADVERBS} (?:dazu|darüber|davon){_ADVERBS} {_SAID}",
        "what did {who} say about it",
    ),
    (rf"was {_SAYS} (?P<who>.+?){_ADVERBS} (?:dazu|darüber|davon)", "what did {who} say about it"),
    (
        rf"was {_WAS}{_ADVERBS}{_WHEN} {_ABOUT} (?P<topic>.+?){_ADVERBS} {_SAID}(?: worden)?",
        "what was said {when} about {topic}",
    ),
    (rf"was (?:hat|haben) (?P<who>.+?){_ADVERBS} {_ABOUT} (?P<topic>.+?) {_SAID}", "what did {who} say about {topic}"),
    (rf"was {_SAYS} (?P<who>.+?) {_ABOUT} (?P<topic>.+)", "what did {who} say about {topic}"),
    (rf"was (?:hat|haben) (?P<who>.+?){_ADVERBS} {_SAID}", "what did {who} say"),
    (rf"wer hat{_ADVERBS}{_SOMETHING} {_ABOUT} (?P<topic>.+?) {_SAID}", "who said something about {topic}"),
    (rf"wer hat{_ADVERBS} (?P<topic>.+?) (?:erwähnt|vorgeschlagen|empfohlen)", "who mentioned {topic}"),
    (
        rf"(?:hat|wurde){_ADVERBS}{_SOMEBODY}{_ADVERBS}{_SOMETHING} {_ABOUT} (?P<topic>.+?) {_SAID}",
        "did anyone say anything about {topic}",
    ),
    (rf"gibt es{_ADVERBS} {_COMMENTS} {_ON} (?P<topic>.+)", "is there anything about {topic}"),
    # "Gibt es etwas zu essen?" is no question of what was said.
    (rf"gibt es{_ADVERBS}{_SOMETHING} (?:über|zum thema){_ARTICLE} (?P<topic>.+)", "is there anything about {topic}"),
    (
        rf"wann wurde{_ADVERBS}(?: {_ABOUT}|{_ARTICLE}) (?P<topic>.+?) {_FIRST} {_SAID}",
        "when was {topic} first mentioned",
    ),
    (
        rf"wann wurde{_ADVERBS}(?: {_ABOUT}|{_ARTICLE}) (?P<topic>.+?) zuletzt {_SAID}",
        "when was {topic} last mentioned",
    ),
    (rf"(?:gibt es )?{_COMMENTS} von (?P<who>.+?) {_ON} (?P<topic>.+)", "comments by {who} about {topic}"),
    (rf"{_COMMENTS} von (?P<who>.+)", "comments by {who}"),
    (rf"{_COMMENTS} {_ON} (?P<topic>.+)", "comments about {topic}"),
)
_STEPS = _join(
    (r"(?:zeige? (?:mir |uns )?)?(?:noch )?(?:mehr|weitere)(?: (?:davon|treffer|kommentare|zitate))?", "more"),
    (r"(?:zeige? (?:mir |uns )?)?(?:den|der) rest", "more"),
    (r"nächste seite", "next page"),
    (
        r"(?:das )?(?:reicht|genügt)|vergiss (?:es|das)|stopp?|lass (?:es|gut sein)|das (?:war's|wars|war alles)",
        "never mind",
    ),
    (r"hör auf", "never mind"),
    # These are said to anybody, and so are what they become.
    (r"weiter|(?:die )?nächsten", "go on"),
    (r"schon gut|egal|genug|nein", "enough"),
    (
        rf"(?:(?:vielen|besten|lieben|tausend) dank|danke(?: {_DEEPLY})?|dankeschön|merci)(?:[,.!]? {_HELPED})?",
        "thanks",
    ),
    (_HELPED, "thanks"),
    (r"(?:noch ?mal )?von vorne?|neu anfangen|fang(?:e)? (?:neu|von vorne?) an|neue frage", "start over"),
    (r"(?:die )?(?:neuesten?|neusten?|aktuellsten?) zuerst", "newest first"),
    (r"(?:die )?ältesten? zuerst", "oldest first"),
    (r"(?:gibt es )?etwas neueres", "anything newer"),
    (r"(?:gibt es )?etwas älteres", "anything older"),
    (r"neuere", "newer"),
    (r"ältere", "older"),
    (r"wer sonst", "who else"),
    (r"wer noch|sonst (?:noch )?jemand|(?:die )?anderen", "anyone else"),
    (r"von (?:allen|jedem|egal wem)", "by anyone"),
    (r"jederzeit|zu jeder zeit|egal wann", "any time"),
    (r"überall|egal wo", "anywhere"),
    (r"(?:nur|bloß|ausschließlich)(?: (?:die|das|was))? (?P<rest>.+)", "only {rest}"),
    (r"(?:auch )?(?:nicht|ohne|außer) (?P<name>.+)", "not from {name}"),
    (rf"(?:was ist|wie (?:ist|steht|sieht) es|wie steht's) mit{_ARTICLE} (?P<topic>.+)", "what about {topic}"),
    (r"(?:das )?(?:gleiche|selbe|dasselbe) (?:für|zu[mr]?|über|mit) (?P<topic>.+)", "same for {topic}"),
    (r"auch (?P<rest>.+)", "also {rest}"),
    (r"(?P<rest>.+) auch", "also {rest}"),
)
_REST = _table(
    (rf"(?:und|oder) (?!von |zum? letzt){_ABOUT} (?P<topic>.+)", "and about {topic}"),
    (r"(?:und|oder|aber) (?P<rest>.+)", "and {rest}"),
    (r"(?P<rest>.+)", "{rest}"),
)
# Times, anywhere; and where somebody looks or whom they mean, at the beginning of what narrows.
_TIMES = [
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (rf"\bzwischen {_DATE} und {_DATE}", r"between \1 and \2"),
        (rf"\bvon {_DATE} bis {_DATE}", r"from \1 to \2"),
        (rf"\b(?:im jahre?|im|in) {_DATE}", r"in \1"),
        (rf"\bvor {_DATE}", r"before \1"),
        (rf"\bnach {_DATE}", r"after \1"),
        (rf"\b(?:seit|ab) {_DATE}", r"since \1"),
        (rf"\bbis {_DATE}", r"until \1"),
        (r"\bin den letzten (\d+) jahren", r"in the last \1 years"),
        (r"\b(?:im )?(?:letzten|letztes|vergangenen|vergangenes|voriges|vorigen) jahr", "last year"),
        (r"\b(?:in )?diese[sm] jahr", "this year"),
        (rf"\bauf ({'|'.join(_LANGUAGES)})\b", r"in \1"),
    )
]
_AND = re.compile(r"\b(?:und|oder)\b", re.IGNORECASE)
_PEOPLE = re.compile(r"(?:die )?(?:leute|anderen)|andere|alle|man", re.IGNORECASE)
_BY = re.compile(r"^(?:von|vom) ", re.IGNORECASE)
_IN = re.compile(r"^(?:im|aus dem|auf dem) ", re.IGNORECASE)


def put_question_in_english(text: str) -> str:
    """Put a question of what was said into English words; anything else stays as it is."""
    return _put(text, _QUESTIONS) or text


def put_step_in_english(text: str) -> str:
    """Put what somebody says after a question into English words; anything else stays as it is."""
    return _put(text, [*_STEPS, *_QUESTIONS, *_REST]) or text


def _put(text: str, table: _Table) -> str:
    if len(text) > _MAX_CHARS:
        return ""
    words = _POLITE.sub("", text.rstrip(" .!?…"))
    mark = "?" if text.endswith("?") else ""
    for pattern, template in table:
        if found := pattern.fullmatch(words):
            groups = {name: _put_narrowing(given or "", name) for name, given in found.groupdict().items()}
            return f"{template.format(**groups)}{mark}"
    return ""


def _put_narrowing(text: str, kind: str) -> str:
    """Put times, places and the word before a name into English."""
    for pattern, words in _TIMES:
        text = pattern.sub(partial(_write_time, words), text)
    if kind == "who" and _PEOPLE.fullmatch(text):
        return "people"
    if kind == "name":
        return _BY.sub("", _AND.sub("and", text))
    return _IN.sub("in the ", _BY.sub("from ", _AND.sub("and", text))) if kind == "rest" else text


def _write_time(words: str, found: re.Match[str]) -> str:
    return _NAME.sub(lambda name: _NAMES[name[0].lower()], found.expand(words))
