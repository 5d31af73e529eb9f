"""The bot's words, in the language of whoever reads them.

English stands in the code: whole sentences with {placeholders}, never glued of parts. bot/locale has the others, a file
a language, which `make translations` keeps in step with the code.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache, reduce
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal

from store.domain.language import LANGUAGES

_FOLDER = Path(__file__).parent / "locale"
_ENGLISH = "en"
# How English lists its things without saying of which country it is.
_LISTING = {_ENGLISH: "en_001"}
_language: ContextVar[str] = ContextVar("language", default=_ENGLISH)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Say everything within in the language of a locale as "de-AT"; in English where that is not known."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    token = _language.set(language if language in list_languages() else _ENGLISH)
    try:
        yield
    finally:
        _language.reset(token)


def say(text: str, /, **values: object) -> str:
    """Say a sentence, with what its {placeholders} stand for; numbers are written as its readers write them."""
    return _find(_language.get()).gettext(text).format(**_write(values))


def say_count(one: str, many: str, number: int, /, **values: object) -> str:
    """Say a sentence about a {number} of things, by the grammar of its language."""
    said = _find(_language.get()).ngettext(one, many, number)
    return said.format(**_write({**values, "number": number}))


def join_all(parts: Iterable[str]) -> str:
    """List things as "A, B and C"."""
    return _join(parts, "standard")


def join_any(parts: Iterable[str]) -> str:
    """List things as "A, B or C"."""
    return _join(parts, "or")


def join_parts(parts: Iterable[str]) -> str:
    """List phrases one after the other, without a word between the last two."""
    listed = list(parts)
    if len(listed) <= 1:
        return "".join(listed)
    from babel import Locale  # noqa: PLC0415

    # Not every language has a style of its own for this.
    return reduce(Locale.parse(_find_listing()).list_patterns["standard"]["middle"].format, listed)


def write_day(day: date) -> str:
    """Write a day in figures."""
    if _language.get() == _ENGLISH:
        return day.isoformat()
    from babel.dates import format_date  # noqa: PLC0415

    return format_date(day, "medium", locale=_language.get())


def name_language(code: str) -> str:
    """Give what a language is called, by its ISO 639-1 code; the code where it has no name here."""
    if _language.get() == _ENGLISH:
        return LANGUAGES.get(code, code)
    from babel import Locale  # noqa: PLC0415

    return str(Locale(_language.get()).languages.get(code, LANGUAGES.get(code, code)))


@cache
def list_languages() -> frozenset[str]:
    """Give the languages that there are words in, by ISO 639-1 code."""
    return frozenset({_ENGLISH, *(path.stem for path in _FOLDER.glob("*.po"))})


@cache
def _find(language: str) -> NullTranslations:
    if language == _ENGLISH:
        return NullTranslations()
    # Only where somebody reads another language than English.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    compiled = BytesIO()
    with (_FOLDER / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _join(parts: Iterable[str], style: Literal["standard", "or"]) -> str:
    listed = list(parts)
    if len(listed) <= 1:
        return "".join(listed)
    from babel.lists import format_list  # noqa: PLC0415

    return format_list(listed, style, locale=_find_listing())


def _find_listing() -> str:
    return _LISTING.get(_language.get(), _language.get())


def _write(values: dict[str, object]) -> dict[str, object]:
    return {name: _write_number(value) if type(value) is int else value for name, value in values.items()}


def _write_number(number: int) -> str:
    if _language.get() == _ENGLISH:
        return f"{number:,}"
    from babel.numbers import format_decimal  # noqa: PLC0415

    return format_decimal(number, locale=_language.get())
