"""Every tuned number of the ranking, each with its reason. No code."""

# How many candidates each list gives: the depth that z-scores were measured at on the judged sets.
CANDIDATES = 200

# How much the words' list and the meaning's list count, both z-scored: alike, until measured otherwise. nDCG@10
# fused so against reciprocal ranks, on judged forum questions: .50 to .48 and .74 to .71.
WORDS_WEIGHT = 1.0
MEANING_WEIGHT = 1.0

# Set by hand on the sample archive. A comment that holds at least this share of the question's words, rare ones
# counting more, is about it ...
ENOUGH_WORDS = 0.5
# ... provided that it is not foreign to it in meaning (below the encoder's own floor) unless it holds nearly all.
NEARLY_ALL_WORDS = 0.9

# "Recently" lifts the newest comment of the candidates this much, in standard deviations of the fused scores, and one
# that is RECENT_YEARS older half as much: enough to reorder comments that answer equally well, not to lift a bad one.
RECENT_WEIGHT = 1.0
RECENT_YEARS = 2.0

# How many hits one question may page through.
MAX_HITS = 100

# How many hits of one discussion stand together before the next one's turn: a long thread must not fill a page.
HITS_TOGETHER = 2
