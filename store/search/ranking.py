"""Every tuned number of the ranking, each with its reason. No code."""

# How many candidates each list gives. Beyond 200 the judged sets gain nothing worth the time.
CANDIDATES = 200

# How much the words' list and the meaning's list count, both z-scored. Equal weights lose least over the judged sets.
WORDS_WEIGHT = 1.0
MEANING_WEIGHT = 1.0

# A comment that holds at least this share of the question's words, rare ones counting more, is about it ...
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
