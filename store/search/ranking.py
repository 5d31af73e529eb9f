"""Every tuned number of the ranking, each with its reason. No code.

Figures are nDCG@10, the mean of seven judged sets unless one is named: arguments, mails, chat, meetings, forum
questions, forum comments, questions with answers. Weights were fitted on 250 questions of each set, and again leaving
each set out: all fits agree within what is said here, and none changes the set left out by more than .04.
tests/benchmarks/README.md has the table that leaves each part out.
"""

# How many of each list are candidates, and how many scores standardise a list. .627 at 100, .628 at 200 and at 400.
CANDIDATES = 200

# BM25's own (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework"), unchanged.
BM25_SATURATION = 1.2
BM25_LENGTH = 0.75

# A word that a comment only quotes is somebody else's: it counts this much, so that what is nowhere else is still
# found. What is quoted is not embedded at all. Mails .866 with both in full, .887 without both.
QUOTED_SHARE = 0.2

# Where a question has several sentences, people say in the first what they want and then why: its words count this many
# times. Forum questions .429 to .475; the others have one sentence.
FIRST_SENTENCE = 3.0

# What stands within so many turns counts as context of a turn, each of its words as half a word of the turn itself.
# Chat, words alone: .417 without, .542 with two turns. A weight of .3 gave .545 there, .81 against .79 on mails.
CONTEXT_TURNS = 2
CONTEXT_SHARE = 0.5

# Weights of the words' lists, standardised: the turn's own, and the turn with its context. Fits: .20-.24 and .60-.70.
# Where comments stand in no order, the turn's own words take both. Without the second, .58; without the first, .61.
WORDS_WEIGHT = 0.24
CONTEXT_WEIGHT = 0.65

# Weights of cosines: they are comparable between questions, and standardising them lost .01.
# The comment's own (fits: 5-6); the best of the candidates within NEARBY_TURNS of it (7.6-9): an answer need not
# repeat its question. Without the second .62, and R@10 .674 for .691.
MEANING_WEIGHT = 5.0
NEARBY_WEIGHT = 8.0
NEARBY_TURNS = 10

# The discussion's opening comment says what it is about: its cosine counts as far as it is above a floor that only real
# matches reach, and it is itself a little likelier to be what is looked for. Questions with answers: .859 to .891 by
# the first, .863 to .891 by the second; the second costs meetings .01. Fits: 10-12 and .4-.84.
OPENING_WEIGHT = 11.0
OPENING_FLOOR = 0.5
OPENER_WEIGHT = 0.6

# A name in a question that is the author's: mails .819 to .846, chat .539 to .566. Fits: 1.2-1.68.
NAMED_WEIGHT = 1.2

# Words that follow each other in the question and stand close together in the comment, at most CLOSE_TERMS apart. Short
# comments hold nothing far apart, so it counts in full only from LONG_TERMS on; only the best CLOSE_TOP so far are
# looked at. Meetings .73 to .77, mails .846 to .864.
CLOSENESS_WEIGHT = 1.0
CLOSE_TERMS = 6
LONG_TERMS = 55
CLOSE_TOP = 30

# What a question is narrowed to stands before what it is not: hits of an answer are only the former. In the ranking of
# all comments it is a lift, since dates are often those of what is talked about. Fits: 2.1-3.6.
WITHIN_WEIGHT = 2.5

# "Recently" lifts the newest comment of the candidates this much, in standard deviations of the scores, and one that is
# RECENT_YEARS older half as much: enough to reorder comments that answer equally well, not to lift a bad one.
RECENT_WEIGHT = 1.0
RECENT_YEARS = 2.0

# How far a candidate is about the question: its cosine, in parts of the encoder's own floor, and the share of the
# question's words that it holds, rare ones counting more.
SHARE_WEIGHT = 1.4
# A question is answered if any candidate reaches this: then at most 5 % of each set's own questions are refused, and
# 80 % of those asked of the wrong archive (55 % to 95 % by set). tests/benchmarks/README.md has the whole curve. With a
# share of half that weight, set to refuse as many of their own, 64 % are.
ANSWER_FLOOR = 1.0
# Its hits are those that reach this, for which what is near them in their discussion counts, too, with some cosine
# less: an answer need not repeat its question. 1 % to 5 % of the relevant ones among the first ten are lost.
HIT_FLOOR = 0.8
NEARBY_LOSS = 0.25

# How many hits one question may page through.
MAX_HITS = 100

# How many hits a survey of a question counts: who said what, in which years. From here on more comments may be relevant
# than are candidates, so that no survey of more would be whole.
SURVEY_HITS = CANDIDATES

# How many hits a page holds, and how many of the first page's may be of one discussion, or by one author.
PAGE_HITS = 5
DISCUSSION_HITS = 3
AUTHOR_HITS = 3
# Others step before them only if their score is as near as this: nDCG@5 of what is shown then stays within .005 of the
# ranking's on average; at 2 chat loses .015 and questions with answers .023.
MIX_REACH = 1.0

# Comments that share this much of what they say themselves, in runs of three terms, of which the shorter one has so
# many at least, are the same. Longer ones than SAME_MAX_CHARS are compared by their beginnings.
SAME_SHARE = 0.9
SAME_TERMS = 12
SAME_MAX_CHARS = 4_000
