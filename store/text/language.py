"""The language that somebody writes in, by script and by letters that stand together. Pure; an unsure guess is none.

What is told is never more than a filter and a choice of stems: no comment is left out for its language.
"""

import copy
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from store.text.quotes import split_quoted

# Figures are of the 25,461 comments of the judged sets, nearly all English, and of 145 sentences of five to twelve
# words in 29 languages (tests/store/text/languages.py).

# How sure the guess must be, from 0 to 1. Of the sentences, at 0 143 get their language and 2 another, at .7 140 and 1
# (Indonesian as Malay), at .9 128 and 1. Of the comments, at 0 83 are told to be in another language than English, at
# .7 22 (.09 %): all but one are, at least in part, most of them in Tagalog, French and Spanish.
_MIN_PROBABILITY = 0.7
# Shorter texts give none: more than half of those of 10 to 19 letters would not be sure anyway.
_MIN_LETTERS = 20
# Where the script alone tells the language, so many letters are enough, as in "Ευχαριστώ"; a character of Chinese,
# Japanese or Korean says as much as two.
_MIN_SCRIPT_LETTERS = 8
_LETTERS_A_CHARACTER = 2
# What is looked at of a text: at 300 one guess is another, above none is. A comment takes .17 ms on average.
_MAX_CHARS = 600
# What is read to find so much: what is quoted, and code, may come first.
_MAX_READ_CHARS = 4_000
# Written Japanese has a fifth of kana and more; Chinese that quotes a Japanese word has less.
_MIN_KANA_SHARE = 0.15

# What is in no language: code, addresses, names of people, places and emoji.
_NO_LANGUAGE = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`|<[@#!][^>\n]*>"
    r"|(?:https?://|www\.)\S+|\S+@\S+\.\S+|(?<!\w)[@#][\w.-]+|:[a-z0-9_+-]+:",
    re.DOTALL,
)
# Scripts that one language of those below is written in, by letters.
_SCRIPTS: Mapping[str, str] = {
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "hy": "\u0530-\u058f",
    "he": "\u05d0-\u05ea",
    "bn": "\u0980-\u09ff",
    "pa": "\u0a00-\u0a7f",
    "gu": "\u0a80-\u0aff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "si": "\u0d80-\u0dff",
    "th": "\u0e00-\u0e7f",
    "lo": "\u0e80-\u0eff",
    "my": "\u1000-\u109f",
    "ka": "\u10a0-\u10ff\u2d00-\u2d2f",
    "am": "\u1200-\u137f",
    "km": "\u1780-\u17ff",
    "ko": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "ja": "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "zh": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
}
_CHARACTERS = frozenset({"ko", "ja", "zh"})
# Scripts that several are written in: which, so that a Russian text is compared with no other than those. Left out are
# languages that few comments are in and that others would be mistaken for: Afrikaans for Dutch, Scots Gaelic for Irish,
# Bosnian, which is Croatian to any program, pidgins and creoles.
_CYRILLIC, _ARABIC, _DEVANAGARI, _LATIN = "Cyrillic", "Arabic", "Devanagari", "Latin"
_SHARED_SCRIPTS: Mapping[str, str] = {
    _CYRILLIC: "\u0400-\u052f",
    _ARABIC: "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    _DEVANAGARI: "\u0900-\u097f",
    _LATIN: "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
}
# "zxx" is what is no language, as code: nobody is told of it.
_WRITTEN_IN: Mapping[str, str] = {
    _CYRILLIC: "be bg kk ky mk mn ru sr tg tt uk",
    _ARABIC: "ar fa ps ug ur",
    _DEVANAGARI: "hi mr ne",
    _LATIN: (
        "az ca cs cy da de en eo es et eu fi fr ga gl hr hu id is it lt lv ms nl nn no pl pt ro sk sl sq sr sv sw tl "
        "tr uz vi zxx"
    ),
}
# Languages so near that the model parts its belief between them: the likelier one is told if it believes in both
# together. Both written forms of Norwegian are one language to whoever looks for it.
_NEAR = {"id": "ms", "ms": "id", "no": "nn", "nn": "no"}
_SAME = {"nn": "no", "zxx": None}
_LETTERS = {name: re.compile(f"[{chars}]") for name, chars in {**_SHARED_SCRIPTS, **_SCRIPTS}.items()}


def detect_language(text: str) -> str | None:
    """Tell the language that most of a text's own words are in, as its ISO 639-1 code; None where that is not sure.

    What is quoted, code, addresses and names of people and channels do not count.
    """
    own, _ = split_quoted(text[:_MAX_READ_CHARS])
    read = " ".join(_NO_LANGUAGE.sub(" ", own).split())[:_MAX_CHARS]
    script, letters = _find_script(read)
    if script is not None and script in _WRITTEN_IN:
        return _classify(script, read) if letters >= _MIN_LETTERS else None
    return script if letters >= _MIN_SCRIPT_LETTERS else None


def _find_script(text: str) -> tuple[str | None, int]:
    """Give the script that more than half of a text is in, and how many letters of it there are."""
    if text.isascii():
        return _LATIN, len(_LETTERS[_LATIN].findall(text))
    counts = {name: len(pattern.findall(text)) for name, pattern in _LETTERS.items()}
    if counts["ja"] > _MIN_KANA_SHARE * (counts["ja"] + counts["zh"]):
        counts["ja"], counts["zh"] = counts["ja"] + counts["zh"], 0
    for name in _CHARACTERS:
        counts[name] *= _LETTERS_A_CHARACTER
    most = max(counts, key=counts.__getitem__)
    return (most if 2 * counts[most] > sum(counts.values()) else None), counts[most]


def _classify(script: str, text: str) -> str | None:
    probabilities = dict(_load_classifiers()[script].rank(text))
    language = next(iter(probabilities))
    if probabilities[language] + probabilities.get(_NEAR.get(language, ""), 0.0) < _MIN_PROBABILITY:
        return None
    return _SAME.get(language, language)


@cache
def _load_classifiers() -> Mapping[str, Any]:
    """Load a classifier of each script's languages, whose probabilities add up to 1."""
    # Half a second and 60 MB to load, which only what writes comments has to wait for.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    classifiers = {}
    for script, languages in _WRITTEN_IN.items():
        classifiers[script] = copy.copy(model)
        classifiers[script].set_languages(languages.split())
        # More than half of this table of 28 MB is of other languages: it goes with the model.
        classifiers[script]._full_model = ()  # noqa: SLF001
    return classifiers
