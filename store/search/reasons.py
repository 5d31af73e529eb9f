"""From the evidence for a candidate to what people can be told of why it is a hit. Pure."""

from collections.abc import Mapping

from store.domain.answer import Excerpt, Reasons
from store.domain.comment import ArchivedComment
from store.search.fusion import Evidence
from store.search.ranking import CONTEXT_WEIGHT, NEARBY_WEIGHT
from store.text.excerpts import find_highlights


def find_reasons(
    evidence: Evidence, number: int, related_similarity: float, comment: ArchivedComment, weights: Mapping[str, float]
) -> Reasons:
    """Give what speaks for a candidate.

    Args:
        evidence: Of all candidates.
        number: Which of them it is.
        related_similarity: The cosine from which, for the encoder used, a text is about a question by itself.
        comment: The candidate.
        weights: The question's terms as they are in the comment's language.
    """
    nearby = float(evidence.nearby[number] - evidence.meaning[number])
    context = float(evidence.context[number] - evidence.words[number])
    title = comment.discussion_title
    is_opener = bool(evidence.opener[number])
    return Reasons(
        title_words=Excerpt(title, find_highlights(title, weights, comment.language)).words,
        share=float(evidence.share[number]),
        is_close=bool(evidence.closeness[number] > 0),
        is_named=bool(evidence.named[number]),
        meaning=max(0.0, float(evidence.meaning[number])) / related_similarity,
        lent=NEARBY_WEIGHT * nearby + CONTEXT_WEIGHT * max(0.0, context),
        is_opener=is_opener,
        is_opened_so=bool(evidence.opening[number] > 0) and not is_opener,
    )
