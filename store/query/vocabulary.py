"""The words that questions about discussions are framed in: verbs and nouns of saying, and who may say.

Patterns are for `Wording.plain`: folded words, one space between. A name in capitals that ends in S is a set of words;
the others are patterns.
"""

import re

from store.query.wording import word_set


def _any_of(*phrases: str) -> str:
    """Give a pattern for any of these, longer ones first so that none hides another."""
    return "(?:" + "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True)) + ")"


# Verbs that mean saying and little else: after "what did X" or "did anyone" they frame whatever comes.
_CORE_VERBS = word_set(
    "say says said saying mention mentions mentioned mentioning discuss discusses discussed discussing "
    "think thinks thought thinking"
)
# Verbs that frame a topic with "about" and the like, or where it is clear that somebody's words are asked for; else
# they are a topic's own: "how do people share feedback".
_LOOSE_VERBS = word_set(
    "write writes wrote written writing talk talks talked talking post posts posted posting share shares "
    "shared sharing comment comments commented commenting speak speaks spoke spoken speaking ask asks "
    "asked asking argue argues argued arguing suggest suggests suggested suggesting recommend recommends "
    "recommended recommending propose proposes proposed proposing claim claims claimed explain explains "
    "explained feel feels felt feeling debate debates debated debating chat chats chatted chatting raise "
    "raises raised tell tells told report reported note noted state stated advise advises advised "
    "conclude concluded believe believes believed hear heard know knows decide decides decided learn learned "
    "learnt make"
)
CORE_VERB = _any_of(*_CORE_VERBS, "bring up", "brought up", "come up with", "came up with")
LOOSE_VERB = _any_of(*_LOOSE_VERBS) + r"(?: us| me| people| everyone)?"
VERB = f"(?:{CORE_VERB}|{LOOSE_VERB})"
# What a statement about somebody's words is told with: "Jon wrote about badges".
TELLING_VERB = _any_of(
    *word_set(
        "said says mentioned mentions discussed wrote talked talks posted shared commented spoke argued argues "
        "suggested suggests recommended recommends proposed claimed thinks thought asked raised"
    ),
    "brought up",
    "told us",
)
# In "what was …", "has … been …".
_PASSIVE_VERBS = word_set(
    "said written discussed mentioned thought posted shared suggested recommended proposed argued "
    "reported asked raised told claimed noted heard known talked debated commented concluded decided agreed"
)
PASSIVE_VERB = _any_of(*_PASSIVE_VERBS, "brought up")
# In "who recommended Workday?"
PROPOSING_VERB = _any_of(
    *word_set("recommend recommends recommended suggest suggests suggested propose proposes proposed raised know knows")
)
# Taking sides: "who disagreed with moving to Workday?" Verbs that say more, such as "opposed", stay in the topic.
_STANCE_VERBS = word_set(
    "agree agrees agreed disagree disagrees disagreed object objects objected complain complains "
    "complained argue argues argued"
)
STANCE_VERB = _any_of(*_STANCE_VERBS, "push back", "pushed back", "speak out", "spoke out")
STANCE_LINK = r"(?: (?:with|to|about|on|for|against|in favou?r of|over))?"

# Who may say, besides people with names. They are no part of a topic.
_ANYBODY_ELSE = (
    r"folks|others|everyone|everybody|people|ppl|members|commenters|authors|(?:anyone|someone|everyone|anybody) else"
    r"|(?:other|most|some|many) people|the (?:community|group|others|members|authors|commenters|channel)"
    r"|(?:any|some|one|all|most) of (?:you|us|them)"
)
ANYBODY = (
    r"(?:we|they|anyone|anybody|someone|somebody|you(?: all| guys| folks)?|y'all|i|he|she|one"
    rf"|{_ANYBODY_ELSE})"
)
TELLING_ANYBODY = rf"(?:we|they|anyone|anybody|someone|somebody|{_ANYBODY_ELSE})"
ANYBODYS = (
    r"(?:people'?s|everyone'?s|everybody'?s|anyone'?s|folks'?|your|our|their|his|her|my|others'?"
    r"|the (?:community|group)'?s)"
)
# A name, or whatever stands in its place; a short one is kept in the topic if nobody is called that.
HOLE = r"(?P<who>\S++(?: \S++){0,6}?)"
SHORT_HOLE = r"(?P<who>\S++(?: \S++){0,3}?)"

ADVERB = (
    r"(?: (?:ever|already|also|actually|originally|previously|recently|lately|first|last|just|all|once|initially"
    r"|exactly|else|specifically|generally|usually|really))*"
)
OBJECT = r"(?: (?:anything|something|everything|much|more|a lot|things|stuff|positive|negative))?"
ABOUT_WORDS = (
    r"(?:all )?(?:about|on|of|regarding|concerning|re|around"
    r"|with regards? to|in regards? to|with respect to|in relation to|relating to|related to|to do with|as to)"
)
ABOUT = f"(?: {ABOUT_WORDS})"
# After a verb, also "that".
ABOUT_OR_THAT = f"(?: (?:{ABOUT_WORDS}|that))"
# Before a noun of saying. Time adjectives set an order; see `ORDERS` in frames.
ADJECTIVES = (
    r"(?:(?:the|all|any|some|a|an|of|past|old|older|earlier|previous|prior|recent|latest|most|newest|first|earliest"
    r"|oldest|last|very|existing|relevant|related|other|more|early) )*"
)
NOUNS_OF_SAYING = word_set(
    "discussion discussions comment comments thread threads mention mentions post posts conversation "
    "conversations debate debates message messages talk talks opinion opinions view views thought "
    "thoughts take takes remark remarks reference references chatter reply replies question questions "
    "idea ideas feedback advice experience experiences insight insights perspective perspectives "
    "information info stuff things argument arguments article articles entry entries quote quotes "
    "contribution contributions response responses answer answers words anything something everything one "
    "latest"
)
NOUN = _any_of(*(NOUNS_OF_SAYING - {"words", "anything", "something", "everything", "one", "latest"}))
# Nouns that frame a topic without "any" or "find" before them: "discussions about badges".
BARE_NOUN = (
    r"(?:discussions?|comments?|threads?|mentions?|posts?|messages?|replies|quotes?|conversations?|thoughts?|opinions?"
    r"|views?|takes?|remarks?)"
)
ANYTHING = r"(?:anything|something|everything|much|nothing)(?: (?:else|new|interesting|useful))?"

PARTICIPLES = _PASSIVE_VERBS | {"started", "authored", "made", "given", "expressed", "voiced", "contributed", "wrote"}
PAST_OF_SAYING = word_set(
    "said wrote posted mentioned discussed talked shared suggested recommended proposed argued asked commented"
)
# After these, a name or place is what is talked about, not who talks or where.
TOPIC_PREPOSITIONS = word_set(
    "about of on regarding concerning re around with to vs versus and or for the against than between like"
)
# Without any of these words there is no frame: most questions of nouns are not looked at further.
FRAME_WORDS = (
    _CORE_VERBS
    | _LOOSE_VERBS
    | _PASSIVE_VERBS
    | _STANCE_VERBS
    | NOUNS_OF_SAYING
    | word_set(
        "about regarding concerning come came brought covered addressed up push pushed speak spoke show find "
        "give get search searching look looking back much nothing newest recent consensus feeling feelings "
        "thinking verdict word story position stance new news update updates time for there chat"
    )
)
