"""The words of somebody who goes on from a question, as patterns for `Wording.plain`: folded, one space between."""

import re
from enum import StrEnum

from store.domain.query import Filter
from store.query.wording import word_set


class Move(StrEnum):
    """What is asked for without a new question."""

    MORE = "more"
    STOP = "stop"
    ANEW = "anew"
    THANKS = "thanks"
    # To leave out what cannot be left out: anything but people.
    UNABLE = "unable"


class Frame(StrEnum):
    """How somebody goes on."""

    ONLY = "only"
    NOT = "not"
    SAME = "same"
    WHAT_ABOUT = "what about"
    AND = "and"
    BARE = "bare"


_MORE_FOR_ALL = r"(?:show (?:me |us )?)?more(?: (?:hits|results|comments|quotes|quotations))?|next page"
_STOP_FOR_ALL = r"never ?mind|nvm|stop|that's all|that is all|forget it|be quiet"
_ANEW_BY_ASKER = r"start (?:over|again|anew|afresh)|new question"
# What may be said to anybody, and so counts only where the bot is spoken to.
_MORE_TO_BOT = (
    r"(?:and |any |some )?more(?: (?:of|on|about) (?:them|these|those|that|this|it))?|(?:the )?next(?: ones?)?"
    r"|the rest|go on|continue|keep going|(?:and )?(?:what|anything) else|tell me more"
    r"|(?:show (?:me|us)|load|see) (?:some )?more"
    r"|(?:show (?:me |us )?)?(?:the )?next (?:\d{1,3}|few|five|ten)|(?:\d{1,3}|a few|five|ten) more"
    r"|(?:show (?:me |us )?)?all of (?:them|it)|show (?:me |us )?(?:all|everything)"
)
_STOP_TO_BOT = (
    r"(?:please )?stop (?:it|that|here|now)|forget about it|(?:that's|that is) (?:it|enough)|enough|quiet"
    r"|cancel|quit|done|bye|no(?: thanks| thank you)?"
)
_ANEW_TO_BOT = (
    r"reset|(?:a )?new (?:topic|search|subject)|(?:start |begin )?from the (?:top|start|beginning)|begin again"
)
_HELPFUL = r"(?:(?:that|this)(?:'s| is| was)? )?(?:(?:very|really|so) )?(?:helps|helped|helpful|great|perfect|useful)"
_THANKS = re.compile(
    r"(?:(?:ok|okay|cool|nice|awesome|brilliant|wonderful|wow|ah|oh|many|thanks|thank you|thx|ty|cheers|got it|so much"
    rf"|very much|a lot|again|for (?:that|this|it|the help)|{_HELPFUL})(?: |$))+"
)

# An order, in words in which nobody else is spoken to; and in others.
_ORDER = r"(?P<order>newest|latest|most recent|newer|later|more recent|oldest|earliest|older|earlier)"
_SHOW = r"(?:(?:and|show(?: me| us)?|the|any|some|is there|are there|anything|something) )*"
ORDER = re.compile(rf"(?=.* (?:first|ones|comments)$|.*\banything ){_SHOW}{_ORDER}(?: first| ones| comments)?")
ORDER_TO_BOT = re.compile(rf"{_SHOW}{_ORDER}(?: first| ones?| comments?)?")

# Before and after any of it.
LEAD = re.compile(
    r"(?:(?:ok|okay|so|well|h+m+|great|nice|cool|good|thanks|thank you|ah|oh|yes|yeah|please|pls"
    r"|harkback|interesting) )*"
)
POLITE = re.compile(r"(?: (?:please|pls|then|instead|maybe|perhaps|thanks|thank you|though|again|now))+$")
MOVES = {
    True: (
        (Move.MORE, re.compile(f"{_MORE_FOR_ALL}|{_MORE_TO_BOT}")),
        (Move.STOP, re.compile(f"{_STOP_FOR_ALL}|{_STOP_TO_BOT}")),
        (Move.ANEW, re.compile(f"{_ANEW_BY_ASKER}|{_ANEW_TO_BOT}")),
        (Move.THANKS, _THANKS),
    ),
    False: (
        (Move.MORE, re.compile(_MORE_FOR_ALL)),
        (Move.STOP, re.compile(_STOP_FOR_ALL)),
        (Move.ANEW, re.compile(_ANEW_BY_ASKER)),
    ),
}
_THEM = r"(?: (?:it|that|them|this))?"
_ONES = r"(?: (?:show(?: me| us)?|those|the (?:ones|comments|posts|messages)|ones|comments|posts|messages|what))?"
_ANYONE = r"(?:anyone|anybody|everyone|everybody|all)"
FRAMES = (
    (
        Frame.ONLY,
        re.compile(
            rf"(?:(?:and|but) )?(?:only|just|limit{_THEM} to|narrow{_THEM}(?: down)? to|restrict{_THEM} to){_ONES} "
        ),
    ),
    (
        Frame.NOT,
        re.compile(
            r"(?:(?:and|but|also) )*(?:not|without|except(?: for)?|excluding"
            rf"|(?:only |just )?(?:(?:by|from) )?{_ANYONE} (?:but|except|besides|other than)) "
        ),
    ),
    (Frame.SAME, re.compile(r"(?:(?:and|but) )?(?:the )?same(?: again)?(?: (?:question|thing|search))?(?: but)? ")),
    (Frame.WHAT_ABOUT, re.compile(r"(?:(?:and|but|or|also|so) )?(?:what|how) about ")),
    (Frame.AND, re.compile(r"(?:and|also|or|but)(?: also| now| then)? ")),
)
# Where the bot is spoken to: among people these begin what is said to them.
FRAMES_TO_BOT = (
    *FRAMES,
    (Frame.NOT, re.compile(r"(?:no|leave out|remove|drop|ignore) ")),
    (Frame.AND, re.compile(r"(?:(?:and|any|anything|some) )?more (?=(?:from|by|about|on|in|at|before|after|since) )")),
    (Frame.WHAT_ABOUT, re.compile(r"(?:(?:sorry|no|oh|actually) )*(?:i (?:meant|mean)|make (?:it|that)) ")),
)
# "Also from Laura", "from Laura too": besides what was asked for, not in its place.
BESIDES = re.compile(r"(?:(?:and|but|or) )?also(?!\S)")
TOO = re.compile(r" (?:too|also|as well)$")
ONLY_AT_END = re.compile(r" only$")
ABOUT = re.compile(r"(?:about|on|regarding|concerning|re) ")
SAME_FOR = re.compile(r"(?:about|on|regarding|concerning|re|for|with) ")
# What leaves people out, before their names; or, in place of those, what kind of filter is not wanted any more.
BY = re.compile(r"(?:(?:those|the ones|comments|posts|messages|anything) )?(?:by|from) ")
KINDS = (
    ((Filter.AUTHORS,), re.compile(r"(?:the |any )?(?:people|persons?|names?|authors?)(?: filters?)?")),
    ((Filter.DATES,), re.compile(r"(?:the |any )?(?:dates?|years?|times?)(?: (?:filters?|limits?|range))?")),
    ((Filter.SOURCES, Filter.CHANNELS), re.compile(r"(?:the |any )?(?:places?|channels?|sources?)(?: filters?)?")),
    ((Filter.LANGUAGES,), re.compile(r"(?:the |any )?languages?(?: filters?)?")),
    (
        (Filter.AUTHORS, Filter.DATES, Filter.SOURCES, Filter.CHANNELS, Filter.LANGUAGES),
        re.compile(r"(?:the |any |all (?:the )?)?filters?"),
    ),
)
# Asking for others than those who were asked for.
_OTHERS = (
    r"(?:and )?who else|(?:and )?what did (?:the )?others (?:say|write|think)(?: (?:about|of) (?:it|this|that|them))?"
)
OTHERS = re.compile(_OTHERS)
OTHERS_TO_BOT = re.compile(
    rf"{_OTHERS}|(?:and )?(?:anyone|anybody|someone|somebody) else|(?:(?:and|what about|how about) )*(?:the )?others"
)
# What begins with one of these narrows, without a frame around it.
NARROWING = re.compile(
    r"(?:from|by|in|on|at|before|after|since|until|till|up to|between|during|throughout|within|prior to|earlier than"
    r"|later than|around) |#"
)
# Taking a filter away, in the words in which that is told.
ANY = (
    ((Filter.AUTHORS,), re.compile(r"(?:from|by) (?:anyone|anybody|everyone|everybody|all)(?: else)?")),
    ((Filter.DATES,), re.compile(r"(?:(?:at|from|in) )?(?:any ?time|any time|all time|any year|all years)|whenever")),
    (
        (Filter.SOURCES, Filter.CHANNELS),
        re.compile(
            r"anywhere|everywhere"
            r"|(?:in|from) (?:any|all)(?: of)?(?: the)? (?:sources?|channels?|places?|archives?)"
        ),
    ),
    ((Filter.LANGUAGES,), re.compile(r"in (?:any|all) languages?")),
)
NEGATIONS = word_set("not no never without except excluding besides but than nor isn't wasn't don't didn't")
# What a question may call the topic of the one before.
PRONOUNS = word_set("it that this them those these")

# Nobody speaks of these to an archive; among people it is what they speak with.
PERSONAL = word_set(
    "i i'm im i'd i'll i've me my mine myself you you're you'd you'll you've your yours u ur y'all guys let's lets "
    "we'd we'll we're ich mich mir mein meine du dich dir wir ihr euch er"
)
OURS = word_set("we us our ours")
PLANS = word_set(
    "tomorrow tonight monday tuesday wednesday thursday friday saturday sunday weekend lunch dinner breakfast coffee "
    "tea drinks beer beers later asap "
    "morgen montag dienstag mittwoch donnerstag freitag samstag sonntag wochenende mittagessen kaffee später"
)
ARTICLES = word_set("the a an our")
# In a topic they make it a question of another kind, or point at something that is here.
ASKING = word_set(
    "what what's how how's hows who who's why where when which is are was were isn't do does did can could should "
    "would will guess this that these those other others going actually just "
    "wer wie wo warum wieso wann welche welcher welches ist sind hat haben dann jetzt das dies diese dieser ja nein"
)
# Nobody makes plans so.
CLEAR = re.compile(r"(?:and|also|or|but|(?:the )?same)(?: also)? (?:about|on|for) ")
# Asking people in the thread for theirs: "any thoughts on this?", "anyone up for it?".
CALL = re.compile(r"(?:any|anyone|anybody|someone|somebody|who wants|who is|who's|whose turn)(?!\S)")
# What lies ahead is not in an archive.
AHEAD = word_set("will won't should shall can could would going gonna might")
# One of these begins what may go on, or a question mark stands in it; most messages are not looked at further.
CANDIDATE = re.compile(
    r"\W*(?:(?:ok|okay|so|well|h+m+|great|nice|cool|good|thanks|thank you|ah|oh|yes|yeah|please|pls"
    r"|harkback|interesting)\b\W*)*"
    r"(?:and|but|or|also|only|just|the same|same|limit|narrow|restrict|what|how|more|show|next|never|nevermind|nvm"
    r"|stop|that|forget|be|start|new|from|by|in|on|at|before|after|since|until|till|up|between|during|throughout"
    r"|within|prior|earlier|later|around|any|all|whenever|anywhere|everywhere|<?#|newest|latest|oldest|earliest"
    r"|newer|older|most recent|not|without|except|excluding|everyone|everybody"
    r"|(?:und|oder|aber|nur|bloß|auch|von|vor|seit|ab|nach|bis|zwischen|im|ohne|außer|nicht|mehr|noch|weiter|danke"
    r"|reicht|dasselbe|genug|egal|stopp|neu|jederzeit|überall)\b|das (?:reicht|genügt|war|gleiche)|die (?:neu|ält)"
    r"|noch ?mal|nächste|zeig|schon gut|vergiss|lass|neue|fang|älte)",
    re.IGNORECASE,
)
