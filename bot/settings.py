"""Settings, from the environment and a .env file: the only place that reads them. deploy/env.example lists all."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.durations import parse_duration

_MIN_SCHEDULE = timedelta(minutes=1)
_MIN_RETENTION = timedelta(days=1)
_NOT_MONTHS = "m is minutes, and what is older would be removed for good: for months write days, as in 180d"
_EMOJI = re.compile(r"[\w'+-]{1,100}")
_USER_ID = re.compile(r"[UW][A-Z0-9]+", re.ASCII)


class SettingsError(Exception):
    """One or more settings have values that cannot be used; the message lists all of them."""


def _default_database_url() -> str:
    return f"sqlite:///{user_data_path('harkback', appauthor=False) / 'archive.db'}"


def _default_cache_folder() -> Path:
    return user_cache_path("harkback", appauthor=False)


def _slack(name: str) -> AliasChoices:
    return AliasChoices(name.upper(), name)


class Settings(BaseSettings):
    """Everything that can be set. Each field's description is its help text."""

    model_config = SettingsConfigDict(
        env_prefix="HARKBACK_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        env_ignore_empty=True,
    )

    database_url: str = Field(
        default_factory=_default_database_url,
        description="Where the archive is: sqlite:////absolute/path/archive.db. "
        "Default: archive.db in your platform's folder for application data.",
    )
    search: Literal["memory", "database"] = Field(
        default="memory",
        description="Where vectors are searched: in the memory of each process, or in the database, which has to be "
        "PostgreSQL with pgvector 0.8 or newer.",
    )
    model: str = Field(
        default="",
        description="The embedding model of a new archive: all-MiniLM-L6-v2 (installed with Harkback), a folder, a hub "
        'name, or "hashing" for no model at all. An archive keeps its model until `harkback reindex` changes it. '
        "Default: the archive's own; all-MiniLM-L6-v2 for a new one.",
    )
    model_revision: str = Field(default="", description="The revision of a hub model; empty for the newest.")
    model_download: bool = Field(default=False, description="Whether a hub model may be downloaded.")
    precision: Literal["auto", "bfloat16", "float32"] = Field(
        default="auto", description="Arithmetic of the model: auto is bfloat16 where the processor has it."
    )
    cache_folder: Path = Field(
        default_factory=_default_cache_folder,
        description="Where `evaluate` keeps vectors and results between runs. "
        "Default: your platform's folder for caches.",
    )
    fetch_max_bytes: int = Field(
        default=512 * 2**20, gt=0, description="The largest page or file fetched from a URL, in bytes."
    )
    fetch_private_addresses: bool = Field(default=False, description="Whether URLs on private networks may be fetched.")
    refresh_every: timedelta | None = Field(
        default=None,
        description="How often `serve` brings all sources up to date, as in 6h or 1d. Default: never by itself.",
    )
    full_every: timedelta = Field(
        default=timedelta(days=1),
        description="How often all of a live source is read again, in place of what is new there, as in 1d.",
    )
    keep_removed: timedelta = Field(
        default=timedelta(days=30),
        description="How long what was removed or edited is kept for `harkback rollback`, as in 30d; 0s: not.",
    )
    retention: timedelta | None = Field(
        default=None,
        description="How old comments may become before they are removed for good, as in 5y. Default: any age.",
    )
    digest_every: timedelta = Field(
        default=timedelta(days=1),
        description="How long after it told of something new `serve` may tell again about the same standing question, "
        "as in 1d.",
    )
    admins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Who may refresh from Slack, by their member ids, as in U012AB3CD,U045EF6GH. Default: nobody.",
    )
    workspace_admins: bool = Field(
        default=False, description="Whether owners and admins of the workspace may refresh from Slack too."
    )
    emoji: str = Field(
        default="",
        description="An emoji, as in hark: who reacts with it to a message in a channel that the bot is in gets past "
        "discussions about it, for their eyes alone. Your Slack app needs the bot scope reactions:read and the event "
        "reaction_added for that. Default: none.",
    )
    forget_needs_approval: bool = Field(
        default=False,
        description="Whether an admin has to approve when somebody asks to be forgotten with /hark forget-me.",
    )
    host: str = Field(default="127.0.0.1", description="The address `serve` listens on for HTTP.")
    port: int = Field(default=8080, ge=0, le=65_535, description="The port `serve` listens on for HTTP.")
    answer_threads: int = Field(default=4, ge=1, le=64, description="How many questions are answered at once.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is logged: debug, info, warning or error."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="How it is logged: text or json.")
    log_questions: bool = Field(
        default=False,
        description="Whether the questions people ask are written to the log, and kept for 30 days, without "
        "whoever asked, for admins to see which of them found nothing.",
    )
    slack_bot_token: SecretStr | None = Field(
        default=None,
        validation_alias=_slack("slack_bot_token"),
        description="The bot token of your Slack app: xoxb-…",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        validation_alias=_slack("slack_app_token"),
        description="The app-level token of your Slack app, for Socket Mode: xapp-…",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        validation_alias=_slack("slack_signing_secret"),
        description="The signing secret of your Slack app, for HTTP in place of Socket Mode.",
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        validation_alias=_slack("slack_api_url"),
        description="Slack's Web API; another only for tests and proxies.",
    )

    @field_validator("refresh_every", "full_every", "keep_removed", "retention", "digest_every", mode="before")
    @classmethod
    def _parse_duration(cls, value: object) -> object:
        return parse_duration(value) if isinstance(value, str) else value

    # Of two, the later one comes first.
    @field_validator("retention", mode="before")
    @classmethod
    def _refuse_minutes(cls, value: object) -> object:
        if isinstance(value, str) and value.strip().lower().endswith("m"):
            raise ValueError(_NOT_MONTHS)
        return value

    @field_validator("refresh_every")
    @classmethod
    def _check_schedule(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < _MIN_SCHEDULE:
            message = "it is less than a minute: write a longer time, as in 6h"
            raise ValueError(message)
        return value

    @field_validator("retention")
    @classmethod
    def _check_retention(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < _MIN_RETENTION:
            message = "it is less than a day, and what is older would be removed for good: write days, as in 180d"
            raise ValueError(message)
        return value

    @field_validator("admins", mode="before")
    @classmethod
    def _parse_admins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        ids = tuple(part.strip() for part in value.split(",") if part.strip())
        if not all(_USER_ID.fullmatch(one) for one in ids):
            message = "not all are member ids: copy each from the person's profile in Slack, as in U012AB3CD,U045EF6GH"
            raise ValueError(message)
        return ids

    @field_validator("emoji")
    @classmethod
    def _check_emoji(cls, value: str) -> str:
        name = value.strip().strip(":").lower()
        if name and not _EMOJI.fullmatch(name):
            message = "it is no emoji's name: write it as Slack does between colons, as in hark"
            raise ValueError(message)
        return name

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _check_token(cls, value: SecretStr | None, info: object) -> SecretStr | None:
        name = getattr(info, "field_name", "")
        start = "xoxb-" if name == "slack_bot_token" else "xapp-"
        if value is not None and not value.get_secret_value().startswith(start):
            message = f"it does not start with {start}: copy it again from your app's settings in Slack"
            raise ValueError(message)
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        if urlsplit(value).scheme not in ("http", "https"):
            message = "it is not an http(s) address"
            raise ValueError(message)
        return value if value.endswith("/") else value + "/"

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, value: str) -> str:
        if "://" not in value:
            message = "it is not a database URL: for a file, write sqlite:////absolute/path/archive.db"
            raise ValueError(message)
        return value


def environment_name(field: str) -> str:
    """Give the environment variable of a setting."""
    return field.upper() if field.startswith("slack_") else f"HARKBACK_{field.upper()}"


def build_environment(settings: Settings) -> dict[str, str]:
    """Build the environment of a command that is to work with the same settings, whatever they were given by.

    It has no business with Slack, and gets none of its tokens.
    """
    secrets = {environment_name(name).upper() for name, value in Settings.model_fields.items() if _is_secret(value)}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in secrets}
    return {**kept, environment_name("database_url"): settings.database_url}


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation == SecretStr | None


def load_settings(**overrides: object) -> Settings:
    """Read the settings; those given as arguments win.

    Raises:
        SettingsError: Some cannot be used; all of them are named, no value is shown.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"  {environment_name(str(fault['loc'][0]).lower())}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError(
            "cannot use the settings: see `harkback serve --help` for what each one takes:\n" + "\n".join(lines)
        ) from None
    except UnicodeDecodeError:
        raise SettingsError("cannot read the settings: '.env': it is not in UTF-8: save it as UTF-8") from None
