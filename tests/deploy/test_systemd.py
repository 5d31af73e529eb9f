import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.places import DEPLOY, SETTINGS, find_settings, is_command

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


def test_who_needs_no_token_gets_none():
    for name in SERVICES[1:]:
        assert set(dict(read_unit(name))["UnsetEnvironment"].split()) == {
            one for one in SETTINGS if one.startswith("SLACK_") and not one.endswith("URL")
        }


def test_runbook_installs_every_unit():
    runbook = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FOLDER.iterdir() if f"deploy/systemd/{path.name}" not in runbook] == []
