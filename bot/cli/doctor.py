"""`harkback doctor`: checks everything, and says what to do about what is wrong."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import click
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.cli.main import EXIT_PROBLEMS, settings_of
from bot.cli.printing import describe_coverage, print_json
from bot.settings import Settings
from bot.slack.app import EMOJI_SCOPES, SCOPES, make_client
from bot.wiring import is_hashing, is_other_set, name_model, open_archive, split_name
from embeddings.errors import EncoderError
from embeddings.sentence import DEFAULT_MODEL, locate_model
from store.domain.answer import Coverage
from store.domain.encoder import KnownEncoder
from store.errors import StoreError
from store.refresh.owner import Process

_OTHER_MODEL = "mend that, or run `harkback reindex --model NAME` to change to another"
# What Slack says of an id that is nobody's here.
_NOBODY = ("user_not_found", "user_not_visible")
_ADD_EMOJI = ", add reactions:read and the event reaction_added for HARKBACK_EMOJI,"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. `advice` says what to do, and is empty where all is well."""

    subject: str
    is_good: bool
    detail: str
    advice: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> int:
    """Check settings, database, model and Slack, and say what to do about what is wrong."""
    settings = settings_of(ctx)
    findings = [
        Finding("settings", is_good=True, detail="all can be used"),
        *check_database(settings),
        *check_model(settings),
        *check_slack(settings),
    ]
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        _print(findings)
    return 0 if all(finding.is_good for finding in findings) else EXIT_PROBLEMS


def check_database(settings: Settings) -> Iterator[Finding]:
    """Open the database, and look at what it holds."""
    try:
        with open_archive(settings) as archive:
            channels = archive.searching.read_channels()
            waiting = archive.indexing.count_changes()
            place = archive.database.place
            if settings.search == "database":
                archive.searching.check_vectors()
    except StoreError as error:
        yield Finding("database", is_good=False, detail=str(error), advice="mend what the message says")
        return
    yield Finding("database", is_good=True, detail=place)
    held = Coverage(
        comments=sum(channel.comments for channel in channels),
        sources=len({channel.source_id for channel in channels}),
        newest=max((channel.newest for channel in channels if channel.newest), default=None),
    )
    if not held.comments:
        yield Finding("archive", is_good=False, detail="it is empty", advice="run `harkback import FILE_OR_URL`")
    elif waiting:
        detail = f"{waiting:,} of {held.comments:,} comments wait to be indexed"
        yield Finding("archive", is_good=False, detail=detail, advice="run `harkback refresh`")
    else:
        yield Finding("archive", is_good=True, detail=describe_coverage(held).replace("Searched", "holds").rstrip("."))


def check_model(settings: Settings) -> Iterator[Finding]:
    """Look for the archive's model, and for what is half done of another one."""
    try:
        with open_archive(settings) as archive:
            active, building = archive.indexing.find_active_encoder(), archive.indexing.find_building_encoder()
            waiting = archive.indexing.count_changes(building.key) if building else 0
    except StoreError:
        # The database is told about already.
        active = building = None
    yield find_model(settings, active.name if active else name_model(settings), active.key if active else "")
    if active and is_other_set(settings, active):
        yield Finding(
            "HARKBACK_MODEL",
            is_good=False,
            detail=f"it names {name_model(settings)}, and the archive has {active.name}, which is used",
            advice=f"run `harkback reindex --model {name_model(settings)}` to change to it, or take the setting away",
        )
    if building:
        yield _check_building(building, waiting)


def _check_building(building: KnownEncoder, waiting: int) -> Finding:
    detail = f"the archive is being changed to {building.name}: {waiting:,} comments are left"
    if building.owner and Process.current().is_alive(building.owner, building.seen_at or _NEVER, datetime.now(UTC)):
        return Finding("reindex", is_good=True, detail=f"{detail}; {building.owner} is at it")
    advice = f"run `harkback reindex --model {building.name}` to go on"
    return Finding("reindex", is_good=False, detail=f"{detail}; nobody is at it", advice=advice)


def find_model(settings: Settings, name: str, key: str = "") -> Finding:
    """Find a model's files, and check the hash of weights: of the default model's, or those an archive's key tells."""
    if is_hashing(name):
        return Finding("model", is_good=True, detail=f"{name}: words only, no meaning")
    model, revision = split_name(name)
    try:
        place, revision = locate_model(model, revision)
    except EncoderError as error:
        return Finding("model", is_good=False, detail=str(error), advice=_OTHER_MODEL)
    if name == DEFAULT_MODEL:
        return Finding("model", is_good=True, detail=f"{DEFAULT_MODEL}, weights as published (sha256 {revision}…)")
    if os.path.isdir(place):  # noqa: PTH112  # a hub name is no path
        return _check_folder(name, revision, key)
    if settings.model_download:
        return Finding("model", is_good=True, detail=name)
    return Finding(
        "model",
        is_good=False,
        detail=f"{place!r} is no folder, and hub models may not be downloaded",
        advice=f"{_OTHER_MODEL}, or set HARKBACK_MODEL_DOWNLOAD=true",
    )


def _check_folder(name: str, revision: str, key: str) -> Finding:
    if not key or key.startswith(f"{name}@{revision}:"):
        return Finding("model", is_good=True, detail=name)
    detail = f"{name} holds another model than the archive is indexed with"
    advice = f"bring that back, or run `harkback reindex --model {name}` to change to the one that is there"
    return Finding("model", is_good=False, detail=detail, advice=advice)


def check_slack(settings: Settings) -> Iterator[Finding]:
    """Try the tokens, and compare the scopes granted with those needed."""
    if settings.slack_bot_token is None:
        yield Finding(
            "Slack bot token", is_good=False, detail="not set", advice="set SLACK_BOT_TOKEN (README, “In Slack”)"
        )
    else:
        yield from _check_bot_token(make_client(settings, retries=False), settings)
    if settings.slack_app_token is not None:
        token = settings.slack_app_token.get_secret_value()
        yield _check_app_token(WebClient(token=token, base_url=settings.slack_api_url))
    elif settings.slack_signing_secret is not None:
        yield Finding("Slack signing secret", is_good=True, detail="set: events come over HTTP")
    else:
        yield Finding(
            "Slack connection",
            is_good=False,
            detail="neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set",
            advice="set SLACK_APP_TOKEN for Socket Mode (README, “In Slack”)",
        )


def _check_bot_token(client: WebClient, settings: Settings) -> Iterator[Finding]:
    try:
        answered = client.auth_test()
    except (SlackClientError, OSError) as error:
        yield Finding(
            "Slack bot token",
            is_good=False,
            detail=_explain(error),
            advice="copy the Bot User OAuth Token again from “OAuth & Permissions”; check the network",
        )
        return
    yield Finding("Slack bot token", is_good=True, detail=f"{answered.get('user')} in {answered.get('team')}")
    granted = {scope.strip() for scope in answered.headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    needed = SCOPES | EMOJI_SCOPES if settings.emoji else SCOPES
    missing = sorted(needed - granted)
    if missing:
        yield Finding(
            "Slack scopes",
            is_good=False,
            detail=f"missing: {', '.join(missing)}",
            advice="paste deploy/slack/manifest.json into “App Manifest” again"
            f"{_ADD_EMOJI if EMOJI_SCOPES & set(missing) else ''} and reinstall the app",
        )
    else:
        extra = sorted(granted - needed)
        yield Finding("Slack scopes", is_good=True, detail=f"all granted; not needed: {', '.join(extra) or 'none'}")
    yield _check_admins(client, settings)


def _check_admins(client: WebClient, settings: Settings) -> Finding:
    """Look up who may refresh from Slack."""
    try:
        found = {one: _find_person(client, one) for one in settings.admins}
    except (SlackClientError, OSError) as error:
        return Finding(
            "Slack admins",
            is_good=False,
            detail=f"cannot be looked up: {_explain(error)}",
            advice="mend what the message says, and run `harkback doctor` again",
        )
    unknown = [one for one, name in found.items() if name is None]
    if unknown:
        return Finding(
            "Slack admins",
            is_good=False,
            detail=f"nobody here, or not any more: {', '.join(unknown)}",
            advice="copy the member ids again from the people's profiles in Slack into HARKBACK_ADMINS",
        )
    who = [*(name for name in found.values() if name), *(["workspace admins"] if settings.workspace_admins else [])]
    detail = f"{', '.join(who)} may refresh from Slack" if who else "nobody may refresh from Slack (HARKBACK_ADMINS)"
    return Finding("Slack admins", is_good=True, detail=detail)


def _find_person(client: WebClient, user: str) -> str | None:
    """Find a person's name; None where there is nobody of that id who is active.

    Raises:
        SlackClientError: Slack does not tell, for another reason.
        OSError: Slack was not reached.
    """
    try:
        found = client.users_info(user=user)["user"]
    except SlackApiError as error:
        if error.response["error"] not in _NOBODY:
            raise
        return None
    return None if found.get("deleted") or found.get("is_bot") else str(found.get("name") or user)


def _check_app_token(client: WebClient) -> Finding:
    try:
        client.apps_connections_open(app_token=client.token or "")
    except (SlackClientError, OSError) as error:
        return Finding(
            "Slack app token",
            is_good=False,
            detail=_explain(error),
            advice="make an app-level token with connections:write under “Basic Information”, and turn Socket Mode on",
        )
    return Finding("Slack app token", is_good=True, detail="Socket Mode can connect")


def _explain(error: Exception) -> str:
    return str(error.response["error"]) if isinstance(error, SlackApiError) else f"Slack was not reached ({error})"


def _print(findings: Iterable[Finding]) -> None:
    for finding in findings:
        click.echo(f"{'ok     ' if finding.is_good else 'WRONG  '}{finding.subject}: {finding.detail}")
        if finding.advice:
            click.echo(f"       → {finding.advice}")
