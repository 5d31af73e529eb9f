import os
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from bot.settings import Settings, SettingsError, build_environment, environment_name, list_secrets, load_settings

BAD = {
    "HARKBACK_PORT": "eighty",
    "HARKBACK_ANSWER_THREADS": "9999",
    "HARKBACK_PRECISION": "float12",
    "HARKBACK_SEARCH": "elsewhere",
    "HARKBACK_LOG_LEVEL": "shouting",
    "HARKBACK_LOG_QUESTIONS": "perhaps-maybe",
    "HARKBACK_FETCH_MAX_BYTES": "-17",
    "HARKBACK_ADMINS": "U1,@ada",
    "HARKBACK_WORKSPACE_ADMINS": "some-of-them",
    "HARKBACK_REFRESH_EVERY": "every now and then",
    "SLACK_BOT_TOKEN": "xoxp-not-a-bot-secret",
    "SLACK_APP_TOKEN": "xoxb-not-an-app-secret",
    "SLACK_API_URL": "gopher://slack.invalid",
    "HARKBACK_METRICS_TOKEN": "too-short",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318",
}


def test_settings_names_all_bad_values_at_once_and_shows_none(monkeypatch: pytest.MonkeyPatch):
    for name, value in BAD.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    message = str(raised.value)
    assert {line.partition(":")[0].strip() for line in message.splitlines()[1:]} == set(BAD)
    assert message.startswith("cannot use the settings: see `harkback serve --help`")
    assert [value for value in BAD.values() if value in message] == []


def test_settings_error_keeps_secrets_out_of_its_context(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxp-very-secret")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_settings_never_show_secrets_in_their_own_text(monkeypatch: pytest.MonkeyPatch):
    for name, value in {"BOT_TOKEN": "xoxb-s3cret", "APP_TOKEN": "xapp-s3cret", "SIGNING_SECRET": "s3cret"}.items():
        monkeypatch.setenv(f"SLACK_{name}", value)
    settings = load_settings()
    assert settings.slack_bot_token == SecretStr("xoxb-s3cret")
    assert settings.slack_app_token == SecretStr("xapp-s3cret")
    assert settings.slack_signing_secret == SecretStr("s3cret")
    assert "s3cret" not in repr(settings) + str(settings.model_dump())


def test_settings_list_all_that_is_secret_in_them(monkeypatch: pytest.MonkeyPatch):
    assert list_secrets(load_settings()) == []
    names = ("HARKBACK_METRICS_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
    values = ["a-token-of-some-length", "xoxb-s3cret", "xapp-s3cret", "s3cret"]
    for name, value in zip(names, values, strict=True):
        monkeypatch.setenv(name, value)
    assert list_secrets(load_settings()) == values


def test_settings_come_from_the_environment_by_their_names(monkeypatch: pytest.MonkeyPatch):
    given = {"HARKBACK_PORT": "9", "HARKBACK_LOG_QUESTIONS": "true", "SLACK_API_URL": "http://127.0.0.1:7/api"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.port, settings.log_questions, settings.slack_api_url) == (9, True, "http://127.0.0.1:7/api/")


def test_settings_of_slack_and_opentelemetry_have_their_own_names():
    names = [environment_name(name) for name in Settings.model_fields]
    assert [name for name in names if not name.startswith("HARKBACK_")] == [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_API_URL",
    ]


def test_settings_every_one_is_explained():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_settings_are_read_from_a_dot_env_file_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text("HARKBACK_PORT=1234\nHARKBACK_HOST=0.0.0.0\nSLACK_BOT_TOKEN=xoxb-file\nUNRELATED=1\n")
    monkeypatch.setenv("HARKBACK_PORT", "4321")
    settings = load_settings()
    assert (settings.port, settings.host) == (4321, "0.0.0.0")
    assert settings.slack_bot_token == SecretStr("xoxb-file")


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of secrets, as systemd gives a service its credentials."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def test_settings_are_read_from_files_of_secrets(secrets: Path):
    (secrets / "slack_bot_token").write_text("xoxb-file\n")
    (secrets / "HARKBACK_PORT").write_text("1234")
    settings = load_settings()
    assert (settings.slack_bot_token, settings.port) == (SecretStr("xoxb-file"), 1234)


def test_settings_are_read_where_containers_have_their_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    # Kubernetes puts links to files that it changes all at once.
    folder = tmp_path / "run"
    (folder / "..data").mkdir(parents=True)
    (folder / "..data" / "slack_app_token").write_text("xapp-file")
    (folder / "slack_app_token").symlink_to("..data/slack_app_token")
    monkeypatch.setattr("bot.settings._SECRETS", folder)
    assert load_settings().slack_app_token == SecretStr("xapp-file")


def test_settings_in_the_environment_and_in_dot_env_win_over_files(monkeypatch: pytest.MonkeyPatch, secrets: Path):
    for name in ("harkback_port", "harkback_host", "harkback_log_level"):
        (secrets / name).write_text("debug" if "level" in name else "1")
    Path(".env").write_text("HARKBACK_PORT=2\n")
    monkeypatch.setenv("HARKBACK_HOST", "3")
    settings = load_settings()
    assert (settings.port, settings.host, settings.log_level) == (2, "3", "debug")


def test_settings_a_secret_that_may_not_be_read_is_told_about(monkeypatch: pytest.MonkeyPatch, secrets: Path):
    (secrets / "slack_bot_token").write_text("xoxb-file")

    def refuse(path: Path, **_: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert str(raised.value) == (
        f"cannot read the settings: '{secrets}/slack_bot_token': Permission denied: "
        "let the user that harkback runs as read it"
    )


def test_settings_a_secret_in_another_encoding_is_told_about(secrets: Path):
    (secrets / "harkback_model").write_bytes(b"caf\xe9")
    with pytest.raises(SettingsError, match="or a file of secrets: it is not in UTF-8: save it as UTF-8") as raised:
        load_settings()
    assert "caf" not in str(raised.value)


def test_settings_a_missing_folder_of_secrets_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/not/there")
    assert load_settings().slack_bot_token is None


@pytest.mark.parametrize(
    ("url", "completed"),
    [
        ("postgresql+psycopg://harkback@db/archive", "postgresql+psycopg://harkback:p%40ss%2F%3A%20w%C3%B6rd@db/archive"),
        ("postgresql+psycopg://me@/archive?host=/run", "postgresql+psycopg://me:p%40ss%2F%3A%20w%C3%B6rd@/archive?host=/run"),
        ("postgresql+psycopg://harkback:own@db/archive", "postgresql+psycopg://harkback:own@db/archive"),
        ("postgresql+psycopg://db/archive", "postgresql+psycopg://db/archive"),
        ("sqlite:////data/me@home.db", "sqlite:////data/me@home.db"),
        ("sqlite:///me@home.db", "sqlite:///me@home.db"),
    ],
)  # fmt: skip
def test_settings_password_goes_into_a_url_that_has_none(secrets: Path, url: str, completed: str):
    (secrets / "harkback_database_password").write_text("p@ss/: wörd\n", encoding="utf-8")
    settings = load_settings(database_url=url)
    assert settings.database_url == completed
    assert make_url(completed).password in {None, "own", "p@ss/: wörd"}
    assert [shown for shown in (completed, "rd@", "wörd") if shown in repr(settings)] == []
    # A command that is started beside this one needs no more than that.
    environment = build_environment(settings)
    assert (environment["HARKBACK_DATABASE_URL"], "wörd" in str(environment)) == (completed, False)


def test_settings_empty_values_are_as_good_as_none(monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text("SLACK_APP_TOKEN=\nHARKBACK_PORT=\n")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "")
    settings = load_settings()
    assert (settings.slack_app_token, settings.slack_signing_secret, settings.port) == (None, None, 8080)


def test_settings_a_dot_env_file_in_another_encoding_is_told_about():
    Path(".env").write_bytes(b"HARKBACK_MODEL=caf\xe9\n")
    with pytest.raises(SettingsError, match=r"cannot read the settings: '\.env', or .*: it is not in UTF-8: save it"):
        load_settings()


def test_settings_arguments_win_and_none_means_not_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_DATABASE_URL", "sqlite:////from/environment.db")
    assert load_settings(database_url=None).database_url == "sqlite:////from/environment.db"
    assert load_settings(database_url="sqlite:////from/argument.db").database_url == "sqlite:////from/argument.db"


def test_settings_database_lies_in_the_users_data_folder_by_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_DATA_HOME", "/data/of/somebody")
    monkeypatch.delenv("HARKBACK_DATABASE_URL", raising=False)
    url = load_settings().database_url
    assert url.startswith("sqlite:///")
    assert url.endswith("harkback/archive.db")


def test_settings_a_path_is_no_database_url():
    with pytest.raises(SettingsError, match="HARKBACK_DATABASE_URL: it is not a database URL: for a file"):
        load_settings(database_url="/tmp/archive.db")


@pytest.mark.parametrize(
    ("text", "ids"),
    [("U012AB3CD", ("U012AB3CD",)), (" U1 , W2,", ("U1", "W2")), (",", ())],
)
def test_settings_admins_are_member_ids(monkeypatch: pytest.MonkeyPatch, text: str, ids: tuple[str, ...]):
    monkeypatch.setenv("HARKBACK_ADMINS", text)
    assert load_settings().admins == ids


@pytest.mark.parametrize(
    ("text", "name"),
    [("hark", "hark"), (":Hark:", "hark"), (" +1 ", "+1"), ("leisetreter-ü", "leisetreter-ü"), ("", "")],
)
def test_settings_emoji_is_a_name_with_or_without_colons(monkeypatch: pytest.MonkeyPatch, text: str, name: str):
    monkeypatch.setenv("HARKBACK_EMOJI", text)
    assert load_settings().emoji == name


@pytest.mark.parametrize("text", ["two words", "🌊", "<hark>"])
def test_settings_emoji_of_another_form_is_told_about(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("HARKBACK_EMOJI", text)
    with pytest.raises(SettingsError, match=r"HARKBACK_EMOJI: it is no emoji's name: .* as in hark"):
        load_settings()


@pytest.mark.parametrize("text", ["ada", "U1 U2", "<@U1>", "u012ab3cd", "C012AB3CD", '["U1"]'])
def test_settings_admins_of_another_form_are_told_about(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("HARKBACK_ADMINS", text)
    with pytest.raises(SettingsError, match="HARKBACK_ADMINS: not all are member ids: copy each from"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "reason"),
    [("0 */6 * * *", "it is not a length of time"), ("daily", "it is not a length"), ("30s", "less than a minute")],
)
def test_settings_schedule_that_is_none_is_told_about(monkeypatch: pytest.MonkeyPatch, text: str, reason: str):
    monkeypatch.setenv("HARKBACK_REFRESH_EVERY", text)
    with pytest.raises(SettingsError, match=f"HARKBACK_REFRESH_EVERY: .*{reason}"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("6m", "m is minutes, and what is older would be removed for good: for months write days, as in 180d"),
        ("9999 M", "m is minutes"),
        ("23h", "it is less than a day, and what is older would be removed for good: write days, as in 180d"),
        ("0s", "it is less than a day"),
    ],
)
def test_settings_retention_that_may_be_a_mistake_is_refused(monkeypatch: pytest.MonkeyPatch, text: str, reason: str):
    monkeypatch.setenv("HARKBACK_RETENTION", text)
    with pytest.raises(SettingsError, match=f"HARKBACK_RETENTION: {reason}"):
        load_settings()


def test_settings_environment_of_a_command_holds_no_token(monkeypatch: pytest.MonkeyPatch):
    for name, value in {"BOT_TOKEN": "xoxb-s3cret", "APP_TOKEN": "xapp-s3cret", "SIGNING_SECRET": "s3cret"}.items():
        monkeypatch.setenv(f"SLACK_{name}", value)
    assert "s3cret" not in str(build_environment(load_settings()))


@pytest.mark.parametrize("place", ["environment", ".env", "files"])
def test_settings_command_that_is_started_takes_no_token_from_anywhere(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, place: str
):
    tokens = {
        "SLACK_BOT_TOKEN": "xoxb-s3cret",
        "SLACK_APP_TOKEN": "xapp-s3cret",
        "SLACK_SIGNING_SECRET": "s3cret",
        "HARKBACK_METRICS_TOKEN": "s3cret-of-some-length",
    }
    for name, value in tokens.items():
        if place == "environment":
            monkeypatch.setenv(name, value)
        elif place == "files":
            (secrets / name.lower()).write_text(value)
    if place == ".env":
        lines = [f"{name}={value}" for name, value in tokens.items()]
        Path(".env").write_text("\n".join([*lines, "HARKBACK_RETENTION=180d"]))
    own = load_settings()
    assert len(list_secrets(own)) == len(tokens)
    monkeypatch.setattr(os, "environ", build_environment(own))
    of_command = load_settings()
    assert (list_secrets(of_command), of_command.database_url) == ([], own.database_url)
    assert of_command.retention == own.retention


def test_settings_environment_of_a_command_names_the_database_that_is_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_DATABASE_URL", "sqlite:////from/environment.db")
    environment = build_environment(load_settings(database_url="sqlite:////from/argument.db"))
    assert environment["HARKBACK_DATABASE_URL"] == "sqlite:////from/argument.db"
    assert environment["HARKBACK_MODEL"] == "hashing"
