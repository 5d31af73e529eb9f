"""Settings, from the environment, a .env file and files of secrets: the only place that reads them.

deploy/env.example lists all.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from platformdirs import user_cache_path, user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableError

from bot.durations import parse_duration

_MIN_SCHEDULE = timedelta(minutes=1)
_MIN_RETENTION = timedelta(days=1)
_NOT_MONTHS = "m is minutes, and what is older would be removed for good: for months write days, as in 180d"
_EMOJI = re.compile(r"[\w'+-]{1,100}")
# Where containers are given secrets, and the variable that names where systemd gives a service its credentials.
_SECRETS = Path("/run/secrets")
_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_USER_ID = re.compile(r"[UW][A-Z0-9]+", re.ASCII)
_MIN_TOKEN_CHARS = 16
# What a variable says that takes away what stands elsewhere: one that is empty is as good as none.
_NOTHING = "(none)"
# How names of settings begin that are not ours to choose.
_OF_OTHERS = ("slack_", "otel_")


class SettingsError(Exception):
    """One or more settings have values that cannot be used; the message lists all of them."""


def _default_database_url() -> str:
    return f"sqlite:///{user_data_path('harkback', appauthor=False) / 'archive.db'}"


def _default_cache_folder() -> Path:
    return user_cache_path("harkback", appauthor=False)


def _plain(name: str) -> AliasChoices:
    return AliasChoices(name.upper(), name)


class Settings(BaseSettings):
    """Everything that can be set. Each field's description is its help text."""

    model_config = SettingsConfigDict(
        env_prefix="HARKBACK_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        env_ignore_empty=True,
        env_parse_none_str=_NOTHING,
    )

    database_url: str = Field(
        default_factory=_default_database_url,
        # It may hold a password.
        repr=False,
        description="Where the archive is: sqlite:////absolute/path/archive.db, or, of PostgreSQL from version 14 on, "
        "postgresql+psycopg://user:password@host/name. "
        "Default: archive.db in your platform's folder for application data.",
    )
    database_password: SecretStr | None = Field(
        default=None, description="The password of the database, where its URL names a user and has none."
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
    metrics_token: SecretStr | None = Field(
        default=None,
        description="What has to be sent as a bearer token to read /metrics, which names private sources too. Default: "
        "they are shown without one, but only on this machine, and only where Slack does not post to the same port.",
    )
    otel_exporter_otlp_endpoint: str = Field(
        default="",
        validation_alias=_plain("otel_exporter_otlp_endpoint"),
        description="Where traces are sent by OTLP over HTTP, as in http://127.0.0.1:4318; needs the extra `traces`. "
        "Default: nowhere.",
    )
    slack_bot_token: SecretStr | None = Field(
        default=None,
        validation_alias=_plain("slack_bot_token"),
        description="The bot token of your Slack app: xoxb-…",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        validation_alias=_plain("slack_app_token"),
        description="The app-level token of your Slack app, for Socket Mode: xapp-…",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        validation_alias=_plain("slack_signing_secret"),
        description="The signing secret of your Slack app, for HTTP in place of Socket Mode.",
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        validation_alias=_plain("slack_api_url"),
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

    @field_validator("metrics_token")
    @classmethod
    def _check_metrics_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _MIN_TOKEN_CHARS:
            message = f"it is too short to be a secret: make one of {_MIN_TOKEN_CHARS} characters or more"
            raise ValueError(message)
        return value

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _check_endpoint(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("http", "https"):
            message = "it is not an http(s) address"
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

    @model_validator(mode="after")
    def _add_password(self) -> Self:
        """Put the password into the URL, so that all who are given the URL can open the database."""
        scheme, _, rest = self.database_url.partition("://")
        user, at, place = rest.partition("@")
        if self.database_password and at and not {":", "/"} & set(user):
            password = quote(self.database_password.get_secret_value(), safe="")
            self.database_url = f"{scheme}://{user}:{password}@{place}"
        return self


def environment_name(field: str) -> str:
    """Give the environment variable of a setting."""
    return field.upper() if field.startswith(_OF_OTHERS) else f"HARKBACK_{field.upper()}"


def build_environment(settings: Settings) -> dict[str, str]:
    """Build the environment of a command that is to work with the same settings, whatever they were given by.

    It has no business with Slack, and gets none of its tokens, nor takes them from .env or files of secrets.
    """
    secrets = {environment_name(name) for name, value in Settings.model_fields.items() if _is_secret(value)}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in secrets}
    return {**kept, **dict.fromkeys(secrets, _NOTHING), environment_name("database_url"): settings.database_url}


def list_secrets(settings: Settings) -> list[str]:
    """Give what of the settings may stand nowhere."""
    values = [getattr(settings, name) for name, field in Settings.model_fields.items() if _is_secret(field)]
    return [value.get_secret_value() for value in values if value]


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation == SecretStr | None


def load_settings(**overrides: object) -> Settings:
    """Read the settings; those given as arguments win, then the environment, then .env, then files of secrets.

    Raises:
        SettingsError: Some cannot be used; all of them are named, no value is shown.
    """
    given: dict[str, object] = {name: value for name, value in overrides.items() if value is not None}
    given["_secrets_dir"] = _find_secrets()
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"  {environment_name(str(fault['loc'][0]).lower())}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError(
            "cannot use the settings: see `harkback serve --help` for what each one takes:\n" + "\n".join(lines)
        ) from None
    except (UnreadableError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the settings: {_explain(error.__cause__ or error)}") from None


def _explain(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error.filename!r}: {error.strerror}: let the user that harkback runs as read it"
    return "'.env', or a file of secrets: it is not in UTF-8: save it as UTF-8"


def _find_secrets() -> list[Path]:
    """Find the folders that hold a file for each secret, named like its variable."""
    named = os.environ.get(_CREDENTIALS)
    return [folder for folder in (_SECRETS, *([Path(named)] if named else [])) if folder.is_dir()]
