"""Short messages: how to ask, what went wrong, what is not there any more."""

from dataclasses import replace
from datetime import tzinfo

from bot.slack.subcommands import SUBCOMMANDS
from bot.slack.views.buttons import MORE, build_button, build_value
from bot.slack.views.message import MessageView, build_label, build_link, build_notice, build_section, speak_lines
from bot.translations import say
from store.domain.asked import Asked
from store.text.cleaning import clean_line

_WORD_CHARS = 40
_COMMAND_CHARS = 100


def build_usage() -> MessageView:
    """Say how to ask, and what else there is: the answer to an empty question."""
    lines = [
        say("Ask me what was said about something, and I answer with quotations from the archive."),
        say("• Mention me in a channel: `@Harkback unconferences`"),
        say("• Write to me here in Slack, directly: `what was said about mentoring?`"),
        say("• Or privately, anywhere: `/hark badges`"),
        "",
        say("There is more that `/hark` does:"),
        *_list_subcommands(is_for_admins=False),
        say("Admins also have:"),
        *_list_subcommands(is_for_admins=True),
        say("To ask about one of these words, put it in quotation marks: `{example}`", example='/hark "status"'),
    ]
    return MessageView(speak_lines(lines), [build_section("\n".join(lines))], "\n".join(lines))


def build_slip(word: str, meant: str, zone: tzinfo) -> MessageView:
    """Suggest the subcommand that what was typed is very near to, and let it be asked about all the same."""
    shown, command = _show_command(word, meant)
    text = say("Did you mean `{command}`? I did not look for “{word}”.", command=command, word=shown)
    return _build_asking(text, word, zone)


def build_misplaced(typed: str, zone: tzinfo) -> MessageView:
    """Say where a subcommand is to be typed that somebody wrote to the bot, and let it be asked about all the same."""
    shown, command = _show_command(typed, typed)
    text = say("For that, type `{command}`. I did not look for “{word}”.", command=command, word=shown)
    return _build_asking(text, typed, zone)


def build_interrupted(typed: str) -> MessageView:
    """Say that a subcommand was interrupted, and may have been done or not."""
    _, command = _show_command(typed, typed)
    return build_notice(
        say("I was interrupted, and cannot tell whether `{command}` was done. Type it again.", command=command)
    )


def _show_command(word: str, meant: str) -> tuple[str, str]:
    return build_label(word, _WORD_CHARS), build_label(f"/hark {meant}", _COMMAND_CHARS)


def _build_asking(text: str, word: str, zone: tzinfo) -> MessageView:
    label = say("Ask about “{word}”", word=clean_line(word, _WORD_CHARS))
    button = build_button(MORE, label, build_value(Asked(word, zone=zone)), label)
    return MessageView(text, [build_section(text), {"type": "actions", "elements": [button]}], text)


def _list_subcommands(*, is_for_admins: bool) -> list[str]:
    return [f"• `/hark {one.verb}`: {one.explain()}" for one in SUBCOMMANDS if one.is_for_admins == is_for_admins]


def build_failure(reference: str) -> MessageView:
    """Say that something failed: never how, only where an admin finds it."""
    return build_notice(
        say(
            "Something went wrong and I could not answer. Please ask again in a minute; "
            "if it happens again, tell an admin this reference: {reference}.",
            reference=reference,
        )
    )


def build_pressed_before(address: str, *, is_in_thread: bool) -> MessageView:
    """Say that a button did already what it does, and where that stands, with its address if it has one."""
    label = say("further down in the thread") if is_in_thread else say("further down")
    text = say("This was pressed before: what came of it stands {where}.", where=build_link(address, label))
    return MessageView(text, [build_section(text)], text)


def build_no_words() -> MessageView:
    """Say that a file alone asks nothing."""
    return build_notice(say("I do not read files. Tell me in a few words what to look for, as in: unconferences"))


def build_nothing_to_find() -> MessageView:
    """Say that a message has no words to look for."""
    return build_notice(say("There are no words in that message that I could look for. Ask me in a few words."))


def build_only_links() -> MessageView:
    """Say that an address alone asks nothing."""
    return build_notice(
        say(
            "I look for what was said, not for addresses, and I open none. Tell me in a few words what it is about; "
            "of a message here in Slack, its link will do."
        )
    )


def build_elsewhere() -> MessageView:
    """Say that an answer about a message elsewhere is not for everyone in a channel."""
    return build_notice(
        say(
            "You asked about a message that is not of this channel, so I did not share the answer here. "
            "Ask in your own words, and you can share that."
        )
    )


def build_expired() -> MessageView:
    """Say that a button is from an older version or has lost its question."""
    return build_notice(say("This button is not in use any more. Please ask your question again."))


def build_cannot_share() -> MessageView:
    """Say that Slack did not take what was to be shared."""
    return build_notice(
        say(
            "I could not share this answer: the channel is archived, or I may not write there. "
            "You can copy what you need from it, or ask in another channel."
        )
    )


def build_unopened() -> MessageView:
    """Say that Slack did not open a modal."""
    return build_notice(say("That could not be opened in time. Please choose it once more."))


def name_expired() -> str:
    """Name a modal in which there is nothing any more."""
    return say("Not in use any more")


def build_elsewhere_than_asked(error: str, view: MessageView) -> MessageView:
    """Build an answer for whoever asked, in direct messages, where it cannot stand where it was asked for.

    Args:
        error: Why, in Slack's own word.
        view: The answer.
    """
    why = _explain_place(error)
    return replace(
        view, text=f"{why} {view.text}", blocks=[build_section(why), *view.blocks], plain=f"{why}\n{view.plain}"
    )


def _explain_place(error: str) -> str:
    match error:
        case "is_archived":
            return say("That channel was archived meanwhile, so I answer you here.")
        case "not_in_channel" | "channel_not_found":
            return say(
                "I am not in that channel any more, so I answer you here. "
                "To have answers there, invite me with `/invite`."
            )
        case "thread_not_found" | "message_not_found" | "cannot_reply_to_message":
            return say("The message that I was to answer is not there any more, so I answer you here.")
        case _ if error.startswith("restricted_action"):
            return say("I may not write there, so I answer you here.")
        case _:
            return say("I could not answer there, so I answer you here.")


def build_missing_scope(scope: str) -> MessageView:
    """Say what the app may not do, and who can change that how."""
    return build_notice(
        say(
            "I may not do that here yet. An admin has to give me the scope {scope} in the Slack app’s settings, "
            "under “OAuth & Permissions”, and install the app again. Then please ask again.",
            scope=scope,
        )
    )


def build_not_shared() -> MessageView:
    """Say that what was found for one person may not be shown to the channel."""
    return build_notice(
        say("There is nothing in this answer that everyone in this channel may see, so I did not share it.")
    )
