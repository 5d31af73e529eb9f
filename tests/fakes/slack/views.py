"""The methods ``views.*``: modals behind a trigger_id that works once, and App Home."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.fakes.slack.limits import MAX_ID_CHARS, MAX_VIEW_BLOCKS, check_blocks
from tests.fakes.slack.payloads import build_view
from tests.fakes.slack.records import ApiError, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.slack.deliveries import Delivery
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.state import State
    from tests.fakes.slack.web_api import Method

MAX_STACK = 3
_MAX_LABEL_CHARS = 24
_MAX_METADATA_CHARS = 3000
_MAX_VIEW_BYTES = 250_000  # "greater than 250kb", in the errors of views.open


def check_view(content: object, kind: str) -> Json:
    """Return a view, or raise Slack's error for what it refuses."""
    if not isinstance(content, dict) or content.get("type") != kind:
        raise ApiError("invalid_arguments", [f"view must be of type {kind} [json-pointer:/view/type]"])
    problems = list(_find_view_problems(content, kind))
    if problems:
        raise ApiError("invalid_arguments", problems)
    check_blocks(content.get("blocks"), max_blocks=MAX_VIEW_BLOCKS)
    if len(json.dumps(content)) > _MAX_VIEW_BYTES:
        raise ApiError("view_too_large")
    return content


def _find_view_problems(content: Json, kind: str) -> Iterator[str]:
    for key in ("title", "submit", "close"):
        label = content.get(key)
        text = label.get("text", "") if isinstance(label, dict) else ""
        if len(text) > _MAX_LABEL_CHARS:
            yield f"must be less than {_MAX_LABEL_CHARS + 1} characters [json-pointer:/view/{key}/text]"
        if key == "title" and kind == "modal" and not text:
            yield "missing required field: title [json-pointer:/view]"
    for key, max_chars in (("callback_id", MAX_ID_CHARS), ("private_metadata", _MAX_METADATA_CHARS)):
        if len(str(content.get(key, ""))) > max_chars:
            yield f"must be less than {max_chars + 1} characters [json-pointer:/view/{key}]"
    has_input = any(block.get("type") == "input" for block in content.get("blocks") or [] if isinstance(block, dict))
    if has_input and kind == "modal" and "submit" not in content:
        yield "missing required field: submit [json-pointer:/view]"


class Views:
    """Keeps the app's modals and App Homes."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "views.open": self._open,
            "views.push": self._push,
            "views.update": self._update,
            "views.publish": self._publish,
        }

    def take_reply(self, delivery: Delivery) -> None:
        """Do with a modal that was submitted what the ack says: without an action it closes.

        What Slack would refuse stands in the delivery's ``reply_error``, and the modal stays as it was.
        """
        view = self._state.views[delivery.payload["view"]["id"]]
        reply = delivery.ack_payload if isinstance(delivery.ack_payload, dict) else {}
        try:
            with self._state.changed:
                self._answer(view, reply)
                self._state.touch()
        except ApiError as error:
            delivery.reply_error = "; ".join([error.error, *error.messages])
            self._state.touch()

    def _answer(self, view: View, reply: Json) -> None:
        match reply.get("response_action"):
            case None | "clear":
                view.is_closed = True
            case "update":
                self._revise(view, check_view(reply.get("view"), "modal"))
            case "errors":
                view.errors = self._check_errors(view, reply.get("errors"))
            case action:
                raise ApiError("invalid_arguments", [f"unsupported response_action: {action}"])

    @staticmethod
    def _check_errors(view: View, errors: object) -> dict[str, str]:
        """Return complaints by block id, or raise Slack's error for those of no input."""
        inputs = {block.get("block_id") for block in view.blocks if block.get("type") == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            raise ApiError("invalid_arguments", [f"errors must name inputs, of {sorted(map(str, inputs))}: {errors}"])
        return errors

    def _open(self, params: Json) -> Json:
        content = check_view(params.get("view"), "modal")
        user = self._take_trigger(params)
        return {"view": build_view(self._keep(content, user))}

    def _push(self, params: Json) -> Json:
        content = check_view(params.get("view"), "modal")
        user = self._take_trigger(params)
        views = [view for view in self._state.views.values() if view.user == user and not view.is_closed]
        stack = [view for view in views if self._is_modal(view)]
        if not stack:
            raise ApiError("not_found")
        if sum(view.root_id == stack[-1].root_id for view in stack) >= MAX_STACK:
            raise ApiError("push_limit_reached")
        view = self._keep(content, user)
        view.root_id, view.previous_id = stack[-1].root_id, stack[-1].id
        return {"view": build_view(view)}

    def _update(self, params: Json) -> Json:
        view = self._find(params)
        if params.get("hash") and params["hash"] != view.hash:
            raise ApiError("hash_conflict")
        self._revise(view, check_view(params.get("view"), str(view.content["type"])))
        return {"view": build_view(view)}

    def _publish(self, params: Json) -> Json:
        user = str(params.get("user_id"))
        if user not in self._state.workspace.users:
            raise ApiError("user_not_found")
        content = check_view(params.get("view"), "home")
        homes = [view for view in self._state.views.values() if view.user == user and not self._is_modal(view)]
        if not homes:
            return {"view": build_view(self._keep(content, user))}
        if params.get("hash") and params["hash"] != homes[0].hash:
            raise ApiError("hash_conflict")
        self._revise(homes[0], content)
        return {"view": build_view(homes[0])}

    def _take_trigger(self, params: Json) -> str:
        return self._state.take_trigger(params.get("trigger_id") or params.get("interactivity_pointer"))

    def _keep(self, content: Json, user: str) -> View:
        view_id = self._state.next_id("V")
        view = View(id=view_id, user=user, content=content, hash=self._state.next_id("hash-"), root_id=view_id)
        view.versions.append(content)
        self._state.views[view_id] = view
        return view

    def _revise(self, view: View, content: Json) -> None:
        view.content, view.hash, view.errors = content, self._state.next_id("hash-"), {}
        view.versions.append(content)

    def _find(self, params: Json) -> View:
        view = self._state.views.get(str(params.get("view_id")))
        external_id = params.get("external_id")
        if view is None and external_id:
            matches = [view for view in self._state.views.values() if view.content.get("external_id") == external_id]
            view = matches[0] if matches else None
        if view is None or view.is_closed:
            raise ApiError("not_found")
        return view

    @staticmethod
    def _is_modal(view: View) -> bool:
        return bool(view.content["type"] == "modal")
