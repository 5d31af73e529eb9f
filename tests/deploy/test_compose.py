import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from tests.deploy.dockerfile import read_dockerfile
from tests.deploy.places import DEPLOY, SETTINGS, find_settings, is_command

Project = dict[str, Any]
FILES = ("compose.yaml", "compose.postgres.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Both files where there are the settings that they read."""
    here = tmp_path / "deploy"
    here.mkdir()
    for name in FILES:
        shutil.copy(DEPLOY / name, here)
    (here / ".env").touch()
    return here


def read_project(folder: Path, *files: str) -> Project:
    """Let Compose itself read the files."""
    named = [word for name in files for word in ("--file", folder / name)]
    command = [Path(sys.executable).with_name("docker-compose"), *named, "--profile", "*", "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    project: Project = json.loads(done.stdout)
    return project


@pytest.fixture
def simple(folder: Path) -> Project:
    return read_project(folder, FILES[0])


@pytest.fixture
def large(folder: Path) -> Project:
    return read_project(folder, *FILES)


def test_simple_way_is_one_service(simple: Project):
    assert (set(simple["services"]), set(simple["volumes"])) == ({"bot"}, {"data", "cache"})
    assert "environment" not in simple["services"]["bot"] or not simple["services"]["bot"]["environment"]
    _, stages = read_dockerfile(DEPLOY / "Dockerfile")
    mounted = [one["target"] for one in simple["services"]["bot"]["volumes"]]
    assert [one.rest for one in stages[-1].find("VOLUME")] == mounted[:1]


def test_bot_keeps_what_it_starts_from_on_a_disk(simple: Project, large: Project):
    _, stages = read_dockerfile(DEPLOY / "Dockerfile")
    for project in (simple, large):
        bot = project["services"]["bot"]
        [cache] = [one for one in bot["volumes"] if one["target"] == stages[-1].environment["XDG_CACHE_HOME"]]
        assert (cache["type"], cache["source"]) == ("volume", "cache")
        assert not [one for one in bot["tmpfs"] if cache["target"].startswith(one.partition(":")[0])]


def test_build_finds_the_cpu_builds_that_the_runbook_names(folder: Path):
    runbook = (DEPLOY / "README.md").read_text(encoding="utf-8")
    [line] = re.findall(r'^echo "(PIP_ARGS=.*)" >> deploy/\.env\n', runbook, re.MULTILINE)
    (folder / ".env").write_text(line + "\n")
    for files in (FILES[:1], FILES):
        build = read_project(folder, *files)["services"]["bot"]["build"]
        assert build["args"] == {"PIP_ARGS": "--extra-index-url URL"}


def test_large_way_waits_for_what_it_needs(large: Project):
    assert set(large["services"]) == {"bot", "worker", "migrations", "database", "backup"}
    ready = {"database": "service_healthy", "migrations": "service_completed_successfully"}
    for name in ("bot", "worker"):
        waited = {one: how["condition"] for one, how in large["services"][name]["depends_on"].items()}
        assert waited == ready, name
    assert large["services"]["migrations"]["restart"] == "no"
    url = Settings(database_url=large["services"]["bot"]["environment"]["HARKBACK_DATABASE_URL"]).database_url
    database = large["services"]["database"]["environment"]
    user, name = database["POSTGRES_USER"], database["POSTGRES_DB"]
    assert url == f"postgresql+psycopg://{user}@database/{name}"
    for other in ("worker", "migrations"):
        assert large["services"][other]["environment"] == {"HARKBACK_DATABASE_URL": url}
    # From 18 on its data lie in a folder of the version below it.
    assert large["services"]["database"]["image"].endswith("-pg18")
    assert [one["target"] for one in large["services"]["database"]["volumes"]] == ["/var/lib/postgresql"]
    assert large["services"]["backup"]["image"] == large["services"]["database"]["image"]


def test_services_may_do_nothing_that_they_need_not(large: Project):
    for name, service in large["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is True, name
        assert set(service["deploy"]["resources"]["limits"]) == {"memory", "pids"}, name
        assert any(one.startswith("/tmp:") for one in service["tmpfs"]), name
        assert "privileged" not in service, name
        # The network is Compose's own: what is open to the host is somebody's wish.
        assert "ports" not in service, name
    restarts = {name: service.get("restart") for name, service in large["services"].items()}
    assert {name for name, restart in restarts.items() if restart == "unless-stopped"} == {"bot", "worker", "database"}


def test_secrets_are_files_for_those_who_need_them(simple: Project, large: Project):
    held = {name: {one["source"] for one in service["secrets"]} for name, service in large["services"].items()}
    password, tokens = {"harkback_database_password"}, {"slack_bot_token", "slack_app_token"}
    assert held.pop("bot") == password | tokens
    assert set(map(frozenset, held.values())) == {frozenset(password)}
    assert {one["source"] for one in simple["services"]["bot"]["secrets"]} == tokens
    assert {name.upper() for name in password | tokens} <= SETTINGS
    for service in large["services"].values():
        for one in service["secrets"]:
            assert one["target"].removeprefix("/run/secrets/") == one["source"]


def test_commands_and_settings_are_the_programs(large: Project):
    commands = {name: service.get("command") for name, service in large["services"].items()}
    assert {name: commands[name] for name in ("bot", "worker", "migrations")} == {
        "bot": None,
        "worker": ["worker", "--port", "8080"],
        "migrations": ["db", "upgrade"],
    }
    assert is_command(["worker"])
    assert is_command(["db", "upgrade"])
    asked = large["services"]["bot"]["healthcheck"]["test"]
    assert asked[:2] == ["CMD", "harkback"]
    assert is_command(asked[2:])
    for name in FILES:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        assert find_settings(text) <= SETTINGS
