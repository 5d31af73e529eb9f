"""The bot's words, in the language of whoever reads them.

English stands in the code: whole sentences with {placeholders}, never glued of parts. bot/locale has the others, a file
a language, which `make translations` keeps in step with the code.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

_FOLDER = Path(__file__).parent / "locale"
_ENGLISH = "en"
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


def _write(values: dict[str, object]) -> dict[str, object]:
    return {name: _write_number(value) if type(value) is int else value for name, value in values.items()}


def _write_number(number: int) -> str:
    if _language.get() == _ENGLISH:
        return f"{number:,}"
    from babel.numbers import format_decimal  # noqa: PLC0415

    return format_decimal(number, locale=_language.get())
