"""Telling a question from what else people write. Pure; by its form alone."""

import re

# What is code, quoted, or an address asks nothing.
_NOT_SAID = re.compile(r"```.*?```|`[^`]*`|<https?://[^>]*>|https?://\S+|^(?:>|&gt;).*?$", re.DOTALL | re.MULTILINE)
# A question mark ends a sentence or the text: it is followed by nothing, a space or a closing mark.
_MARK = re.compile(r"[?？؟]+(?=[!)\]\"'”’»*_~\s]|$)")
_GREETING = r"^\W*(?:(?:hi|hey|hello|hallo|moin|salut|hola)\b[^.!?\n]{0,40}[,.!:\n]\s*)?"
_AUXILIARY = (
    r"(?:do|does|did|is|are|was|were|has|have|had|can|could|should|would|will|shall|may|might|must"
    r"|isn't|aren't|don't|doesn't|didn't)"
)
# Without a question mark, "when we moved" and "how nice" tell something: what asks has its verb first.
_OPENINGS = re.compile(
    rf"{_GREETING}(?:(?:what|when|where|why|how)(?:['’]s| {_AUXILIARY})|how (?:to|many|much|often|long)"
    r"|(?:who|whose|which) \w+|is there|are there|(?:has|have|does|did|can|could) any\w*|anyone|anybody"
    r"|(?:wer|wann|wo|warum|wieso|weshalb|was|wie) (?:hat|haben|habt|ist|sind|war|waren|wird|wurde|wurden|kann|können"
    r"|könnt|macht|machen|soll|sollte|sollten|geht|gehen|lässt|findet|finde|nutzt|kennt|weiß|denkt|haltet|meint|sagt"
    r"|viele|lange|oft|teuer|gut)|welche[rsnm]? \w+|hat jemand|gibt es|kennt jemand|weiß jemand"
    r"|qui|quand|pourquoi|comment|est-ce que|quelqu['’]un|quién|cuándo|dónde|por qué|cómo|alguien)\b",
    re.IGNORECASE,
)
_STATED = re.compile(r"[.!][)\]\"'”’»*_~]*\s*$")


def is_question(text: str) -> bool:
    """Tell whether somebody asks something: by a question mark that ends a sentence, or by how the text begins.

    What ends as a statement does is none, however it begins: "Who knows."
    """
    said = _NOT_SAID.sub(" ", text)
    return bool(_MARK.search(said) or (_OPENINGS.match(said) and not _STATED.search(said)))
