"""What is typed after `/hark`: answered once, for whoever typed it alone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.slack.asking import SlackServices
from bot.slack.delivery import Place, post_alone_or_write, tell
from bot.slack.overseeing import Caller
from bot.slack.owing import deliver_owed, note_owed, submit_once
from bot.slack.payloads import Command
from bot.slack.subcommands import parse_subcommand
from bot.slack.views.message import MessageView
from bot.slack.views.notices import build_interrupted
from store.domain.asked import Asked

# For so long is an answer given again that Slack does not say it took: nothing tells whether it stands.
_PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Commands:
    """Answers commands."""

    services: SlackServices

    def owe(self, command: Command) -> None:
        """Note that a command is to be answered: nobody brings it again."""
        note_owed(self.services.replies, command.key, command)

    def answer(self, command: Command, response_url: str = "") -> bool:
        """Answer a command; tell whether it was taken.

        Args:
            command: What was typed.
            response_url: Where the answer goes. It is known to the process alone that took the command: another one
                answers in the channel, or directly where the bot or that person is not there.
        """
        return submit_once(
            self.services,
            command.key,
            lambda: self.services.do_delivered(
                command.key, command.reader, lambda: self._deliver(command, response_url)
            ),
        )

    def _deliver(self, command: Command, response_url: str) -> None:
        services, began_at = self.services, datetime.now(UTC)
        view = services.build_reply(
            command.reader,
            command.text,
            lambda question: self._build(question, command, is_later=not response_url),
            place=command.channel,
        )
        services.check_is_ours(command.key, began_at)

        def send(view: MessageView) -> None:
            if response_url:
                tell(services.client, command.user, response_url, view)
            else:
                post_alone_or_write(services.client, Place(command.channel), command.user, view)

        deliver_owed(services, command.key, view, send, _PATIENCE)

    def _build(self, question: str, command: Command, *, is_later: bool) -> MessageView:
        services, reader = self.services, command.reader
        if is_later:
            # It may have been done: a refresh begun, a question watched.
            if parse_subcommand(question):
                return build_interrupted(question)
            services.people.forget_memberships(reader.user)
        # Whoever typed it may be out of the channel since: what is for that is not for them.
        is_there = not is_later or services.people.is_in(reader, command.channel)
        viewer = services.people.make_viewer(*reader, command.channel if is_there else "")
        done = services.do_subcommand(question, Caller(*reader, viewer, command.channel))
        if done:
            return done
        asked = Asked(question, zone=services.people.find_zone(*reader))
        services.note_asked(asked, reader)
        return services.ask(asked, viewer, can_share=True)
