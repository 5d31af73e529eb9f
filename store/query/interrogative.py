"""Telling a question from what else people write. Pure; by its form alone."""

import re

# What is code, quoted, or an address asks nothing.
_NOT_SAID = re.compile(r"```.*?```|`[^`]*`|<https?://[^>]*>|https?://\S+|^(?:>|&gt;).*?$", re.DOTALL | re.MULTILINE)
# A question mark ends a sentence or the text: it is followed by nothing, a space or a closing mark.
_MARK = re.compile(r"[?？؟]+(?=[!)\]\"'”’»*_~\s]|$)")
_OPENINGS = re.compile(
    r"^\W*(?:(?:hi|hey|hello|hallo|moin|salut|hola)\b[^.!?\n]{0,40}[,.!:\n]\s*)?"
    r"(?:who|whose|what|when|where|which|why|how|is there|are there|(?:has|have|does|did|can|could) any\w*|"
    r"anyone|anybody|wer|was|wann|wo|warum|wieso|weshalb|wie|welche[rsnm]?|hat jemand|gibt es|kennt jemand|"
    r"weiß jemand|qui|quand|pourquoi|comment|est-ce que|quelqu['’]un|quién|cuándo|dónde|por qué|cómo|alguien)\b",
    re.IGNORECASE,
)


def is_question(text: str) -> bool:
    """Tell whether somebody asks something: by a question mark that ends a sentence, or by how the text begins."""
    said = _NOT_SAID.sub(" ", text)
    return bool(_MARK.search(said) or _OPENINGS.match(said))
