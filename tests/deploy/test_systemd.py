import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.places import DEPLOY, ROOT, SETTINGS, find_settings, is_command

FOLDER = DEPLOY / "systemd"
SERVICES = ("harkback.service", "harkback-refresh.service", "harkback-worker.service")
# By the scale of `systemd-analyze security`, from 0 to 10, in tenths. What is left is the network and compiled kernels.
MOST_EXPOSED = 15
_ANALYZE = shutil.which("systemd-analyze")
analyzing = pytest.mark.skipif(_ANALYZE is None, reason="systemd is not installed")


def read_unit(name: str) -> list[tuple[str, str]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [(key, value) for line in lines if line[:1].isalpha() for key, _, value in [line.partition("=")]]


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    assert _ANALYZE
    return subprocess.run([_ANALYZE, *arguments], capture_output=True, text=True, check=False)


@analyzing
@pytest.mark.parametrize("name", [*SERVICES, "harkback-refresh.timer"])
def test_unit_is_one_by_systemds_own_look(tmp_path: Path, name: str):
    for path in FOLDER.iterdir():
        # It looks whether what would be started is there.
        text = path.read_text(encoding="utf-8").replace("/opt/harkback/bin/harkback", "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = analyze("verify", "--recursive-errors=no", "--man=no", tmp_path / name)
    assert (done.returncode, done.stderr) == (0, "")


@analyzing
@pytest.mark.parametrize("name", SERVICES)
def test_service_is_exposed_to_little(name: str):
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", FOLDER / name)
    assert done.returncode == 0, done.stdout[-200:]


def test_services_are_hardened_alike():
    texts = [(FOLDER / name).read_text(encoding="utf-8") for name in SERVICES]
    parts = {
        re.split(r"\n+\[Install\]", text[text.index("# Nothing but its own state") :])[0].strip() for text in texts
    }
    assert len(parts) == 1


@pytest.mark.parametrize("name", SERVICES)
def test_service_runs_a_command_of_the_program(name: str):
    unit = dict(read_unit(name))
    program, *words = unit["ExecStart"].split()
    assert program == "/opt/harkback/bin/harkback"
    assert is_command(words)
    assert find_settings((FOLDER / name).read_text(encoding="utf-8")) <= SETTINGS
    assert unit["User"] == "harkback"
    # As long as a container engine gives it.
    assert unit["TimeoutStopSec"] == "30"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Where the settings are, as the runbook puts them, with tokens that whoever reads them ends by."""
    state, settings = tmp_path / "var/lib/harkback", tmp_path / "etc/harkback"
    for folder in (state, settings):
        folder.mkdir(parents=True)
    url = f"HARKBACK_DATABASE_URL=sqlite:///{state}/archive.db"
    tokens = [f"{name}=of-no-use" for name in SETTINGS if name.startswith("SLACK_") and not name.endswith("URL")]
    (settings / "env").write_text("\n".join([url, "HARKBACK_MODEL=hashing", *tokens, ""]))
    [link] = [line for line in (DEPLOY / "README.md").read_text(encoding="utf-8").splitlines() if " ln -s " in line]
    subprocess.run(link.removeprefix("sudo ").replace(" /", f" {tmp_path}/"), shell=True, check=True)
    return tmp_path


def start(machine: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Start what a unit names as systemd would: with that environment and no other, in that folder."""
    unit = dict(read_unit(name))
    given = (machine / unit["EnvironmentFile"].lstrip("/")).read_text().splitlines()
    environment = dict(line.split("=", 1) for line in given)
    for one in unit.get("UnsetEnvironment", "").split():
        environment.pop(one, None)
    folder = machine / unit["WorkingDirectory"].lstrip("/")
    command = [sys.executable, "-m", "bot.cli", *unit["ExecStart"].split()[1:]]
    own = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=own | environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_who_needs_no_token_is_started_without(machine: Path):
    said = {name: start(machine, name) for name in SERVICES}
    assert {name: "SLACK_" in done.stderr for name, done in said.items()} == {
        "harkback.service": True,
        "harkback-refresh.service": False,
        "harkback-worker.service": False,
    }
    # They read their other settings.
    assert "the archive has no source" in said["harkback-refresh.service"].stderr
    assert (machine / "var/lib/harkback/archive.db").exists()
    assert "an archive in a file has no queue" in said["harkback-worker.service"].stderr


def test_runbook_installs_every_unit():
    runbook = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FOLDER.iterdir() if f"deploy/systemd/{path.name}" not in runbook] == []
