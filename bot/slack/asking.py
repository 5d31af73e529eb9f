"""A question's way in Slack: taken by its durable key, answered for who will see it, delivered, noted as done."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.answering import Answering, is_empty
from bot.overview import find_seen_sources
from bot.slack.delivery import Place, post_alone, post_or_respond, tell
from bot.slack.home import Home
from bot.slack.modals import open_modal, update_modal
from bot.slack.overseeing import Caller, Handler, Overseeing
from bot.slack.own import Own
from bot.slack.payloads import Click
from bot.slack.refusals import describe_error
from bot.slack.said import Sayings, UnreadableError, is_only_links, is_said_in
from bot.slack.subcommands import Verb, find_slip, is_asking_for_help, is_misplaced, parse_subcommand
from bot.slack.suggesting import Suggesting
from bot.slack.talk import Talk
from bot.slack.viewers import People, Reader
from bot.slack.views.answer import build_answer, build_rest
from bot.slack.views.buttons import MAX_QUESTION_CHARS, build_value, read_button
from bot.slack.views.home import Notice
from bot.slack.views.message import MessageView, build_notice
from bot.slack.views.modal import ModalView, build_failed_modal
from bot.slack.views.notices import (
    build_elsewhere,
    build_expired,
    build_failure,
    build_misplaced,
    build_missing_scope,
    build_no_words,
    build_not_shared,
    build_only_links,
    build_pressed_before,
    build_slip,
    build_unopened,
    build_usage,
)
from bot.slack.watching import Watching
from bot.telemetry.metrics import count_duplicate, count_failed
from bot.telemetry.requests import Surface, find_surface, make_reference
from bot.translations import say, speaking
from store.domain.answer import Answer
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.errors import StoreError
from store.repositories.replies import Replies
from store.stages import Stage, stage
from store.text.cleaning import shorten
from store.text.slack import parse_mrkdwn, remove_emoji, remove_mention

_log = structlog.get_logger(__name__)

# Whoever opened a modal has closed it.
_CLOSED = "not_found"


class UndoneError(Exception):
    """What a button asks for was not done; `view` says why to whoever pressed it, who may press it again."""

    def __init__(self, view: MessageView) -> None:
        super().__init__(view.text)
        self.view = view


class OvertakenError(Exception):
    """Somebody else does what this process took: it stood still for so long that it was taken for dead."""


class PutOffError(Exception):
    """Slack does not take for now what is owed: it is given later. What it said is the cause."""


@dataclass(frozen=True, slots=True)
class SlackServices:
    """What listeners need: the use case, who is who, what was answered, and where to work."""

    answering: Answering
    replies: Replies
    people: People
    client: WebClient
    pool: Executor
    bot_user: str
    overseeing: Overseeing
    watching: Watching
    own: Own
    home: Home
    handlers: Mapping[Verb, Handler]
    talk: Talk
    sayings: Sayings
    suggesting: Suggesting
    # What the pool is to answer and has not yet, of messages and commands, by what they are known by.
    waiting: set[str] = field(default_factory=set)

    def submit(self, key: str, reader: Reader, work: Callable[[], str | None]) -> None:
        """Do something once, in the pool, in its reader's language.

        Args:
            key: What it is known by, durably: done under that, it is not done again.
            reader: Who reads what comes of it.
            work: Gives the place of its reply, if it has one.
        """
        self.pool.submit(self.do_delivered, key, reader, work)

    def do_delivered(self, key: str, reader: Reader, work: Callable[[], str | None]) -> None:
        """Do what was delivered, if it is not delivered again."""
        if not self.do_once(key, reader, work):
            count_duplicate()

    def do_once(self, key: str, reader: Reader, work: Callable[[], str | None]) -> bool:
        """Do something if nobody has under this key; tell whether it was ours to do."""
        try:
            return self.attempt_once(key, reader, work)
        except PutOffError as error:
            _log.warning("Slack does not take a reply for now: it is given later", error=str(error))
        except Exception as error:  # noqa: BLE001  # nothing stands above a thread of the pool
            count_failed(is_told=False)
            _log.exception("a reply could not be delivered", reference=make_reference(), **describe_error(error))
        return True

    def attempt_once(self, key: str, reader: Reader, work: Callable[[], str | None]) -> bool:
        """Do something if nobody has under this key, as `do_once` does; whatever goes wrong is raised.

        Raises:
            PutOffError: It is to be done later.
        """
        if not self._take(key):
            return False
        place, is_ours = None, True
        try:
            with stage(Stage.REPLY), speaking(self.people.find_locale(reader)):
                place = work()
        except OvertakenError:
            is_ours = False
            _log.warning("another process answered meanwhile, as this one stood still")
        except PutOffError:
            is_ours = False
            raise
        finally:
            if is_ours:
                self.replies.finish(key, place)
        return True

    def check_is_ours(self, key: str, began_at: datetime) -> None:
        """Check that nobody else took what this process took, and has begun; where that is not known, nobody did.

        Raises:
            OvertakenError: Somebody did.
        """
        try:
            is_taken = self.replies.is_taken_from(began_at, key)
        except StoreError as error:
            _log.warning("cannot tell whether another process answers, too", reason=str(error))
            return
        if is_taken:
            raise OvertakenError

    def show(self, click: Click, name: Callable[[], str], build: Callable[[], ModalView]) -> None:
        """Open a modal at once, for whoever clicked, and fill it in the pool; `name` gives its title."""
        try:
            with speaking(self.people.find_locale(click.reader)):
                view_id = open_modal(self.client, click.trigger_id, name(), is_on_top=click.is_in_modal)
        except (SlackClientError, OSError) as error:
            _log.warning("a modal could not be opened", **describe_error(error))
            self.press(f"unopened:{click.trigger_id}", click, lambda: self.tell(click, build_unopened()))
        else:
            self.fill(f"modal:{view_id}", replace(click, view_id=view_id), build)

    def fill(self, key: str, click: Click, build: Callable[[], ModalView]) -> None:
        """Show something else in the modal that was clicked in."""

        def work() -> None:
            view = self.build_modal(click.reader, build)
            try:
                update_modal(self.client, click.view_id, view)
            except SlackApiError as error:
                if error.response["error"] == _CLOSED:
                    return
                # It would say for ever that it takes a moment.
                update_modal(self.client, click.view_id, build_failed_modal(_explain_failure(error)))

        self.submit(key, click.reader, work)

    def press(self, key: str, click: Click, work: Callable[[], str | None]) -> None:
        """Do once what a button asks for; one that failed says so to whoever pressed it, and can be pressed again."""
        self.submit(key, click.reader, lambda: self._attempt(click, work, key))

    def press_for_all(self, key: str, click: Click, work: Callable[[], str | None]) -> None:
        """Do once what a button asks for whoever presses it; whoever presses it later is told where that stands.

        The same person is told at most once a minute, and never twice of a press that is delivered twice.
        """
        own = f"{key}:{click.user}:{click.minute}"

        def attempt() -> None:
            if not self._take(key):
                self._tell_done(key, click)
                return
            place = None
            try:
                place = self._attempt(click, work, key, own)
            finally:
                self.replies.finish(key, place)

        self.submit(own, click.reader, attempt)

    def tell(self, click: Click, view: MessageView, *, thread_ts: str | None = None) -> None:
        """Tell whoever pressed something, alone: where they are, or directly if that is not possible."""
        if click.is_in_home:
            self.home.show(click.reader, Notice(view.text))
        else:
            tell(self.client, click.user, click.response_url, view, thread_ts=thread_ts)

    def build_modal(self, reader: Reader, build: Callable[[], ModalView]) -> ModalView:
        """Build a modal in its reader's language; a failure becomes a sentence with a reference."""
        with speaking(self.people.find_locale(reader)):
            try:
                return build()
            except Exception as error:  # noqa: BLE001  # whatever it is, the person is told
                return build_failed_modal(_explain_failure(error))

    def find_viewer(self, click: Click) -> Viewer:
        """Find who sees the message or modal whose button was pressed.

        Whoever reads a modal may have left the channel since that it was opened in: what is for that is not for them.
        """
        viewer = self.people.find_viewer(click.reader, click.channel, is_private=click.is_private)
        if not click.is_later or self.people.is_in(click.reader, click.channel):
            return viewer
        return replace(viewer, channels=viewer.channels - {click.channel})

    def find_opener(self, click: Click) -> Viewer:
        """Find who reads what opens from a hit's menu, or from a message's: whoever chose, wherever that stands.

        A modal keeps where it was opened.
        """
        return self.find_viewer(replace(click, channel=click.channel or click.metadata, is_ephemeral=True))

    def build_reply(
        self, reader: Reader, text: str, build: Callable[[str], MessageView], *, place: str, has_files: bool = False
    ) -> MessageView:
        """Build the reply to what somebody typed; nothing typed gets a usage note, whatever files come with it.

        `place` is the channel in which it may be read; empty where nobody else reads it.
        """

        def reply() -> MessageView:
            question = self.read_question(reader, text, place)
            is_wordless = is_empty(remove_emoji(question))
            if is_wordless or is_asking_for_help(question) or question.lower() == say("help"):
                return build_no_words() if has_files and is_wordless else build_usage()
            if is_only_links(question):
                return build_only_links()
            # Cut as the buttons cut it, so that every page answers the same question.
            return build(shorten(question, MAX_QUESTION_CHARS))

        return self.guard(reply)

    def read_question(self, reader: Reader, text: str, place: str) -> str:
        """Read what somebody typed, without the mention of the bot, and with people and channels by their names.

        `place` is as above.
        """
        typed = remove_mention(text, self.bot_user)

        def find_name(user: str) -> str | None:
            return self.people.find_name(reader.team, user)

        def find_channel(channel: str) -> str | None:
            return self.people.find_channel(reader, channel, place)

        return parse_mrkdwn(typed, find_name, find_channel).strip()

    def do_subcommand(self, typed: str, caller: Caller) -> MessageView | None:
        """Do what was typed after `/hark`, for that person's eyes; None for a question."""
        found = parse_subcommand(typed)
        if found:
            verb, rest = found
            return self.handlers[verb](rest, caller)
        slip = find_slip(typed)
        return build_slip(typed, slip, self.people.find_zone(caller.team, caller.user)) if slip else None

    def find_misplaced(self, typed: str, reader: Reader, viewer: Viewer) -> MessageView | None:
        """Say where it belongs, if somebody wrote a subcommand to the bot instead of typing it after `/hark`.

        None for a question. Where others see the answer, a source is known by name if all of them may see it.
        """

        def list_names() -> list[str]:
            return [source.name for source in find_seen_sources(self.overseeing.archive, viewer)]

        is_ours = is_misplaced(typed, list_names)
        return build_misplaced(typed, self.people.find_zone(reader.team, reader.user)) if is_ours else None

    def ask_alone(self, asked: Asked, reader: Reader) -> MessageView:
        """Answer a question of somebody for them alone, wherever they are, and note that they asked it."""
        self._note_asked(asked, reader)
        return self.ask(asked, self.people.make_viewer(reader.team, reader.user, ""))

    def note_asked(self, asked: Asked, reader: Reader) -> None:
        """Note that somebody asked a question, for their own eyes; the answer does not wait for this."""
        # Nor does who stops the process.
        with suppress(RuntimeError):
            self.pool.submit(self._note_asked, asked, reader)

    def ask(self, asked: Asked, viewer: Viewer, *, can_share: bool = False) -> MessageView:
        """Answer a question as a message."""
        return build_answer(self.find_answer(asked, viewer), can_share=can_share)

    def find_answer(
        self, asked: Asked, viewer: Viewer, beyond: Viewer | None = None, *, is_again: bool = False
    ) -> Answer:
        """Answer a question, or what it links to; with `beyond` by what those may not see alone.

        With `is_again` it is no question of anybody's: it was answered before.

        Raises:
            UnreadableError: What it links to cannot be read for those who will see the answer.
        """
        asked = self.sayings.resolve(asked, viewer)
        # What was owed was counted by who was to answer it.
        is_again = is_again or find_surface() is Surface.RESUMED
        return self.answering.ask(asked, viewer, beyond=beyond, is_again=is_again)

    def show_rest(self, asked: Asked, reader: Reader, place: Place) -> None:
        """Show whoever asked, alone, what they may see beyond an answer that everyone in a channel sees.

        The answer for everyone does not wait for this: call it where that is given, once, and stands.
        """
        # Who stops the process does not wait for it either.
        with suppress(RuntimeError):
            self.pool.submit(self._show_rest, asked, reader, place)

    def build_shared(self, asked: Asked, channel: str, asked_by: str) -> MessageView:
        """Build an answer for everyone in a channel: what all of them may see, which may be less than one may."""
        if not is_said_in(asked, channel):
            return build_elsewhere()
        answer = self.find_answer(asked, Viewer.channel_audience(channel), is_again=True)
        if not answer.hits:
            return build_not_shared()
        return build_answer(answer, asked_by=asked_by or say("Somebody"))

    def build_from_button(self, value: str, build: Callable[[Asked], MessageView]) -> MessageView:
        """Build what a button asks for from what it carries; one of another version says so."""
        asked = read_button(value)
        return build_expired() if asked is None else self.guard(lambda: build(asked))

    def answer_click(self, click: Click, *, replaces: bool = False) -> str | None:
        """Answer a button for whoever sees its message; give the place of the answer, if it has one.

        Args:
            click: Whose click, and where.
            replaces: Whether the answer takes the message's place, if only that person sees it.

        Raises:
            UndoneError: The button is of another version.
            UnreadableError: What the question links to cannot be read for those who will see the answer.
            DeliveryError: Slack refuses the answer there.
        """
        asked = get_asked(click)
        answer = self.find_answer(asked, self.find_viewer(click))
        view = build_answer(answer, can_share=click.is_ephemeral)
        if click.is_ephemeral:
            self.tell(click, replace(view, replaces=replaces))
            return None
        place = Place(click.channel, click.thread_ts)
        posted = post_or_respond(self.client, place, click.response_url, view)
        if posted:
            self.talk.note_posted(click.reader, posted, answer)
        if not asked.offset and not click.is_private:
            self.show_rest(asked, click.reader, place)
        return str(posted) if posted else None

    def guard(self, build: Callable[[], MessageView]) -> MessageView:
        """Build a message; a failure becomes a sentence with a reference, and its details go to the log alone."""
        try:
            return build()
        except UnreadableError as error:
            return build_notice(str(error))
        except Exception as error:  # noqa: BLE001  # whatever it is, the person is told
            return _explain_failure(error)

    def _attempt(self, click: Click, work: Callable[[], str | None], *keys: str) -> str | None:
        """Do what a button asks for; what failed can be done again under its keys."""
        try:
            return work()
        except UndoneError as error:
            view = error.view
        except UnreadableError as error:
            view = build_notice(str(error))
        except Exception as error:  # noqa: BLE001  # whatever it is, the person is told
            view = _explain_failure(error)
        try:
            self.tell(click, view)
        finally:
            for key in keys:
                self.replies.release(key)
        return None

    def _tell_done(self, key: str, click: Click) -> None:
        """Tell whoever pressed a button, alone, where that stands which came of it before, if that stands already."""
        place = Place.parse(self.replies.find_place(key) or "")
        address = self.home.find_link(place.channel, place.ts) if place.ts else ""
        is_in_thread = bool(click.thread_ts) and not click.is_private
        self.tell(click, build_pressed_before(address, is_in_thread=is_in_thread), thread_ts=click.thread_around)

    def _note_asked(self, asked: Asked, reader: Reader) -> None:
        try:
            self.home.recent.note(reader.team, reader.user, build_value(replace(asked, offset=0)))
        except StoreError as error:
            _log.warning("cannot note what somebody asked", reason=type(error).__name__)

    def _take(self, key: str) -> bool:
        """Take what is to be done once; where that cannot be noted it is done all the same, for somebody waits."""
        try:
            return self.replies.take(key)
        except StoreError as error:
            _log.warning("cannot note that something is done: were it sent again, so it would be", reason=str(error))
            return True

    def _show_rest(self, asked: Asked, reader: Reader, place: Place) -> None:
        try:
            viewer = self.people.find_viewer(reader, place.channel, is_private=True)
            answer = self.find_answer(asked, viewer, beyond=Viewer.channel_audience(place.channel))
            if answer.hits:
                with speaking(self.people.find_locale(reader)):
                    post_alone(self.client, place, reader.user, build_rest(answer))
        except UnreadableError:
            # The answer for everyone says so.
            return
        except Exception:  # noqa: BLE001  # nothing stands above a thread of the pool
            _log.exception("what is for one person alone could not be shown", reference=make_reference())


def get_asked(click: Click) -> Asked:
    """Give what a button asks for.

    Raises:
        UndoneError: It is of another version.
    """
    asked = read_button(click.value)
    if asked is None:
        raise UndoneError(build_expired())
    return asked


def _explain_failure(error: Exception) -> MessageView:
    """Log what is being handled, and say so to whoever asked: what is missing, or where an admin finds the rest."""
    count_failed(is_told=True)
    reference = make_reference()
    told = describe_error(error)
    _log.exception("a question failed", reference=reference, **told)
    return build_missing_scope(told["needed"]) if "needed" in told else build_failure(reference)
