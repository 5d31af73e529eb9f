"""The table of frames, the words around a topic: "what was said about …", "has … come up?", "Jon's view on …".

Patterns are for `Wording.plain`. Dates, places and most people are gone from the words before frames are looked for:
"what was said in 2011 about badges" is "what was said about badges" here.
"""

import re
from dataclasses import dataclass

from store.domain.query import TimeOrder
from store.query.vocabulary import (
    ABOUT,
    ABOUT_OR_THAT,
    ABOUT_WORDS,
    ADJECTIVES,
    ADVERB,
    ANYBODY,
    ANYBODYS,
    ANYTHING,
    BARE_NOUN,
    CORE_VERB,
    HOLE,
    LOOSE_VERB,
    NOUN,
    OBJECT,
    PASSIVE_VERB,
    PROPOSING_VERB,
    SHORT_HOLE,
    STANCE_LINK,
    STANCE_VERB,
    TELLING_ANYBODY,
    TELLING_VERB,
    VERB,
)

_AUX = r"(?:do|does|did|has|have|had|is|are|was|were|would|might|could|should|will)"
_HAS = r"(?: has| have| had)?"
_WHAT_IS = r"what(?:'s| is| was| are| were)?"
# "say anything about", "think of", "talk about"; a loose verb needs its "about", or to be the last word.
_SAY_ABOUT = rf"(?:{CORE_VERB}{OBJECT}{ABOUT_OR_THAT}?|{LOOSE_VERB}{OBJECT}(?:{ABOUT_OR_THAT}|$))"
_SAY_ANYHOW = rf"(?:have to say{ABOUT}|{VERB}{OBJECT}{ABOUT_OR_THAT}?)"
_FIND = (
    r"(?:find|show|search|look up|look for|get|give|list|pull up|dig up|bring up|fetch|see|read|looking for"
    r"|searching for)(?: me| us)?(?: for)?"
)
_WHERE = r"(?: (?:where|in which|when|that|which))?"
_ASK = r"(?:what|how|why|when|where|how often)(?: else| exactly)?"

# Before a frame, as often as may be: politeness, and asking whether or where to be told.
OPENING = re.compile(
    r"(?:(?:hi|hello|hey|ok|okay|so|please|pls|well|and|but|um|also|just|harkback|team|all|there|folks|everyone"
    r"|everybody)"
    r"|(?:can|could|would|will) (?:you|u|someone|anyone|somebody)(?: please)?"
    r"|(?:do|does|did|would) (?:you|u|anyone|anybody|someone|we) (?:happen to )?(?:know|remember|recall)"
    r"(?: if| whether)?"
    r"|(?:i|we)(?:'m|'d|'re| am| was| are| would)?(?: just)?"
    r" (?:want|need|like|love|trying|wondering|wonder|curious|interested)(?: to| in)?"
    r"(?: (?:know|find out|find|see|read|learn|understand|remember|hear))?(?: if| whether)?"
    r"|i'?m|i am|let me know|refresh my memory|any idea|no idea|i (?:remember|recall)(?: that)?|if|whether"
    r"|(?:tell|remind) (?:me|us)(?: again)?(?: (?:of|about)(?= (?:what|who|when|where|how|if|whether|the)\b))?) "
)


@dataclass(frozen=True, slots=True)
class Frame:
    """How a question may be framed. Its group `who`, if it has one, may hold an author."""

    pattern: re.Pattern[str]
    needs_author: bool = False


def _frame(pattern: str, *, needs_author: bool = False) -> Frame:
    return Frame(re.compile(rf"{pattern}(?!\S)"), needs_author)


# In order: the first that leaves a topic is taken.
FRAMES = (
    # what was said about, what has ever been written on, what's been said about
    _frame(
        rf"what(?:'s|s| is| was| were| are| has| have| had| got)?{ADVERB}(?: been)?{ADVERB} {PASSIVE_VERB}{OBJECT}"
        rf"(?:{ABOUT}|$|(?= (?:at|in|during|when|after|before|by|to|for|against|where|here|with)\b))"
    ),
    # what did people say about, how do people feel about, when did we first talk about, why do they think that
    _frame(rf"what(?: else| exactly)? {_AUX}{ADVERB} {ANYBODY}{ADVERB} {_SAY_ANYHOW}"),
    _frame(rf"{_ASK} {_AUX}{ADVERB} {ANYBODY}{ADVERB} {_SAY_ABOUT}"),
    _frame(rf"when {_AUX}{ADVERB} {ANYBODY} (?:first|last) {_SAY_ANYHOW}"),
    # did anyone ever mention, have we already talked about, has someone said anything about
    _frame(rf"{_AUX}(?: not)?{ADVERB} {ANYBODY}{ADVERB}(?: been)?{ADVERB} {_SAY_ABOUT}"),
    # when was the first time anyone mentioned, the last time we talked about
    _frame(
        r"(?:when (?:was|is) )?(?:the )?(?:first|last|earliest|latest) time (?:that )?"
        rf"(?:{ANYBODY}|{SHORT_HOLE}){ADVERB} {_SAY_ANYHOW}"
    ),
    # what did Jon say about, did Laura ever mention, what does the CEO think of
    _frame(rf"(?:{_ASK} )?{_AUX}{ADVERB} {HOLE}{ADVERB} {_SAY_ANYHOW}", needs_author=True),
    _frame(rf"{_ASK} {_AUX}{ADVERB} {SHORT_HOLE}{ADVERB}(?: been)?{ADVERB} {_SAY_ABOUT}"),
    # did Laura agree with, why did Jon object to
    _frame(rf"(?:{_ASK} )?{_AUX}{ADVERB} {HOLE}{ADVERB} {STANCE_VERB}{STANCE_LINK}", needs_author=True),
    _frame(rf"what's {HOLE} (?:saying|thinking|writing){ABOUT}", needs_author=True),
    # who talked about, who has ever mentioned, who first suggested, who disagreed with, who was the first to mention
    _frame(
        r"who(?:'s|'ve|'d| else| here| has| have| had| was| were| is| are| all)*"
        rf"(?: (?:the )?(?:first|last)(?: one| person)? to)?{ADVERB}(?: been)? (?:{STANCE_VERB}{STANCE_LINK}"
        rf"|(?:{CORE_VERB}|{PROPOSING_VERB}){OBJECT}{ABOUT_OR_THAT}?|{LOOSE_VERB}{OBJECT}{ABOUT})"
    ),
    # what we said about, what people think of
    _frame(rf"what {ANYBODY}{_HAS}{ADVERB} {_SAY_ABOUT}"),
    # what Jon said about, everything Laura wrote on, the post where Laura mentioned
    _frame(
        rf"(?:{_FIND} )?{ADJECTIVES}(?:what|whatever|anything|something|everything|all|{NOUN}|one|thing){_WHERE} {HOLE}"
        rf"{_HAS}{ADVERB} {_SAY_ANYHOW}",
        needs_author=True,
    ),
    # find discussions where people talked about
    _frame(rf"(?:{_FIND} )?{ADJECTIVES}(?:{NOUN}|one|thing|times?){_WHERE} {ANYBODY}{_HAS}{ADVERB} {_SAY_ABOUT}"),
    # anyone mention, ever discussed
    _frame(rf"(?:anyone|anybody|someone|somebody|ever){ADVERB} {_SAY_ABOUT}"),
    # we talked about, someone mentioned
    _frame(
        rf"{TELLING_ANYBODY}(?: has| have| had| was| were)?{ADVERB} (?:{TELLING_VERB}|saying|talking|mentioning)"
        rf"{OBJECT}{ABOUT_OR_THAT}?"
    ),
    # Jon said that, Laura wrote about
    _frame(rf"{HOLE}{_HAS}{ADVERB} {TELLING_VERB}{OBJECT}{ABOUT_OR_THAT}?", needs_author=True),
    # Jon's view on, what are Laura's thoughts about, Jon's comments
    _frame(
        rf"(?:{_WHAT_IS} |{_FIND} )?{HOLE}(?<=s) {ADJECTIVES}"
        rf"(?:{NOUN}(?:{ABOUT}| to| with)|(?:comments?|posts?|messages?|replies|contributions)$)",
        needs_author=True,
    ),
    # people's opinions of, what is our view on
    _frame(rf"(?:{_WHAT_IS} |{_FIND} )?{ANYBODYS} {ADJECTIVES}{NOUN}{ABOUT}"),
    # what's the consensus on, what is the latest from
    _frame(
        rf"{_WHAT_IS}(?: the)?(?: general| common| prevailing| overall)*"
        r" (?:opinions?|views?|take|consensus|feeling|feelings|thinking|verdict|word|latest|newest|most recent|story"
        rf"|thoughts|position|stance|discussion|debate)(?: {NOUN})?(?:{ABOUT}| with| from)"
    ),
    _frame(r"what(?:'s| is) new(?: about| on| with)?"),
    # is there anything about, do we have any discussions on, have there been any threads about
    _frame(
        rf"(?:(?:is|are|was|were|has|have|had) there{ADVERB}(?: been)?"
        rf"|(?:do|did|have) (?:we|you)(?: have| had| got)?{ADVERB}|what (?:do|did) (?:we|you) have)"
        rf"(?: {ADJECTIVES}(?:{NOUN}|{ANYTHING}))?(?: {PASSIVE_VERB})?{ABOUT}"
    ),
    # which threads mention, what discussions have we had about, which posts are about
    _frame(
        rf"(?:which|what) {ADJECTIVES}(?:{NOUN}|people|authors|members)"
        r"(?: (?:have we had|have there been|did we have|do we have|are there|were there|exist|are|is|were|talk|talks"
        rf"|talked))?(?:{ABOUT}| (?:mention|mentions|mentioned|discuss|discusses|discussed|cover|covers|covered"
        r"|deal with|refer to))"
    ),
    # find past discussions on, show me comments about, search for threads mentioning, list all posts
    _frame(
        rf"{_FIND} {ADJECTIVES}(?:{NOUN}|{ANYTHING})(?: {PASSIVE_VERB})?"
        rf"(?:{ABOUT}| mentioning| discussing| with| from| for|$)"
    ),
    # any thoughts on, latest on, some comments about, the first mention of, the latest
    _frame(
        r"(?:any|some|all|past|old|older|earlier|previous|recent|latest|most recent|newest|first|earliest|oldest|last"
        rf"|more|the) {ADJECTIVES}(?:{NOUN}|{ANYTHING}|news|updates?)(?: {PASSIVE_VERB})?(?:{ABOUT}| from|$)"
    ),
    _frame(rf"(?:the )?(?:very )?(?:latest|newest|most recent)(?:{ABOUT}| with| from|$)"),
    # anything on, something about, discussions about; comments (by Laura)
    _frame(
        rf"(?:{ANYTHING}|(?:discussions?|mentions?)(?= of )|{BARE_NOUN}(?! of ))(?: {PASSIVE_VERB})?(?:{ABOUT}| from|$)"
    ),
    # search for, show me, what about
    _frame(
        r"(?:(?:search|look|searching|looking)(?: for| up)|(?:find|show|give|get) (?:me|us)|(?:what|how) about|back to)"
    ),
)
# What is left of a frame where the rest was understood: "tell me about badges", "in 2011 about badges".
REMNANT = _frame(rf"(?:more )?{ABOUT_WORDS}")
# Frames that stand on both sides of their topic: "has mentoring come up?", "when were badges first mentioned?"
AROUND = re.compile(
    r"(?:(?:when|where|how often|why) )?(?:has|have|had|did|does|do|was|were|is|are) (?P<topic>\S.*?)"
    rf"(?P<end>{ADVERB}(?: been)?{ADVERB} (?:come up|came up|get mentioned|get discussed|discussed|mentioned|brought up"
    r"|talked about|raised|debated|covered|addressed|spoken about|written about)"
    r"(?: (?:before|already|here|recently|lately|again|anywhere|somewhere|yet|at all|in the past|on here|first|last"
    r"|by anyone|by anybody|by someone))*)$"
)
AFTER = re.compile(
    r"(?P<topic>\S.*?)(?P<end> (?:any (?:thoughts|opinions|comments|views|takes)(?: anyone| anybody)?"
    rf"|what (?:was|has been|have been) said(?: about (?:it|that|them|this))?|what (?:did|do) {ANYBODY} (?:say|think)"
    r"(?: about (?:it|that|them|this)| of (?:it|that|them|this))?))$"
)
# What may follow a topic that a frame began.
ENDING = re.compile(
    r"(?: (?:before|already|ever|yet|so far|in the past|here|on here|again|anywhere|at all|please|pls|thanks"
    r"|thank you|cheers|previously|over the years|anyone|anybody|if anything"
    r"|in (?:the|our|this) (?:archives?|community|group|past)))+$"
)
# Time words of a frame, and the order they ask for. "recent" is not "most recent".
ORDERS = (
    (re.compile(r"\b(?:first|earliest|oldest|originally|initially)\b"), TimeOrder.OLDEST),
    (re.compile(r"\b(?:last|latest|newest|most recent|most recently|new)\b"), TimeOrder.NEWEST),
    (re.compile(r"\b(?:recent|recently|lately)\b"), TimeOrder.RECENT),
)
# Elsewhere they are adverbs, or words of the topic: "recently hired people", "the latest trends".
ADVERBS = re.compile(r"(?<!\S)(?:most recently|recently|lately|the other day)(?!\S)")
WEIGHING = re.compile(r"(?<!\S)(?:latest|newest|most recent|recent)(?!\S)")
ABOUT_AT_END = re.compile(rf"(?:{ABOUT}| with| from| to| for)$")
