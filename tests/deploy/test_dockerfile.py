import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.settings import Settings
from tests.deploy.dockerfile import read_dockerfile
from tests.deploy.image import make_image
from tests.deploy.places import DEPLOY, ROOT, SETTINGS, find_settings, is_command

OUTSIDE, STAGES = read_dockerfile(DEPLOY / "Dockerfile")
BUILD, LAST = STAGES
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read_lock(name: str) -> dict[str, str]:
    """Give the version of each package; every one has a hash."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    entries = re.findall(r"^([a-z0-9.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", text, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    return {name: version for name, version, _ in entries}


def test_dockerfile_is_one_by_its_linter():
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "Dockerfile"], cwd=DEPLOY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("build.lock", PROJECT["build-system"]["requires"]),
    ],
)
def test_lock_pins_all_that_the_project_needs(lock: str, wanted: list[str]):
    pinned = read_lock(lock)
    requirements = [Requirement(one) for one in wanted]
    held = {str(one): pinned.get(canonicalize_name(one.name), "") for one in requirements}
    wrong = [one for one in requirements if not one.specifier.contains(held[str(one)] or "0", prereleases=True)]
    assert wrong == [], "run `make lock`"
    # The CPU build: the other is several gigabytes larger, and needs what is not pinned here.
    if lock == "requirements.lock":
        assert pinned["torch"].endswith("+cpu")


def test_lock_names_no_place_that_packages_come_from():
    for name in ("requirements.lock", "build.lock"):
        assert re.findall(r"://|^-", (DEPLOY / name).read_text(encoding="utf-8"), re.MULTILINE) == []


def test_every_package_is_installed_by_its_hash():
    script = " ".join(one.rest for one in BUILD.find("RUN"))
    installs = re.findall(r"pip(?: --python \S+)? install ([^&]+)", script)
    assert len(installs) == 3
    assert [one for one in installs if "--require-hashes" not in one and "--no-index --no-deps" not in one] == []
    assert BUILD.environment["PIP_ONLY_BINARY"] == ":all:"
    assert [one for one in LAST.find("RUN") if "pip" in one.rest or "apt" in one.rest] == []


def test_base_is_of_one_version_and_both_stages_are_of_it():
    assert {stage.base for stage in STAGES} == {"${PYTHON_IMAGE}"}
    found = re.fullmatch(r"python:(\d+\.\d+)\.\d+-slim-[a-z]+", OUTSIDE["PYTHON_IMAGE"])
    assert found
    assert f"Python {found[1]}\n" in (DEPLOY / "requirements.lock").read_text(encoding="utf-8")
    assert {stage.arguments["SOURCE_DATE_EPOCH"] for stage in STAGES} == {"1580601600"}


def test_user_is_a_number_that_owns_the_data():
    [user] = LAST.find("USER")
    number, _, group = user.rest.partition(":")
    assert number == group
    assert int(number) >= 10_000
    [made] = LAST.find("RUN")
    assert f"--uid {number}" in made.rest
    [volume] = LAST.find("VOLUME")
    assert volume.rest == LAST.environment["HARKBACK_DATABASE_URL"].removeprefix("sqlite:///").rpartition("/")[0]


def test_user_may_write_where_a_volume_begins_as_what_is_there():
    [made] = LAST.find("RUN")
    [folders] = re.findall(r"install --directory --owner=harkback --group=harkback --mode=0700 (.*)", made.rest)
    assert folders.split() == [*(one.rest for one in LAST.find("VOLUME")), LAST.environment["XDG_CACHE_HOME"]]


def test_settings_and_commands_are_the_programs():
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert find_settings(text) <= SETTINGS
    [entry], [command] = ([json.loads(one.rest) for one in LAST.find(name)] for name in ("ENTRYPOINT", "CMD"))
    [health] = [json.loads(one.rest.partition(" CMD ")[2]) for one in LAST.find("HEALTHCHECK")]
    for words in ([*entry, *command], health):
        assert words[0] == "harkback"
        assert is_command(words[1:])
    assert [one.rest for one in LAST.find("EXPOSE")] == [str(Settings.model_fields["port"].default)]


def test_what_is_copied_is_sent_to_the_build_and_nothing_else_is():
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignore[1] == "*"
    sent = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    copied = [word for one in BUILD.find("COPY") for word in one.split()[:-1]]
    assert {word.rstrip("/") for word in copied} == sent
    assert [name for name in sent if not (ROOT / name).exists()] == []
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) <= sent


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_image_is_made_and_works_with_a_read_only_root(tmp_path: Path):
    if os.geteuid() or shutil.which("unshare") is None:
        pytest.skip("needs Linux, and root's rights")
    script = "touch /opt/x 2>/dev/null; touch /tmp/x && harkback demo && harkback db upgrade && id -u && ls /opt/x"
    running = make_image(tmp_path, "sh", "-c", script)
    said, _ = running.communicate()
    tail = said[-3_000:]
    assert "unconference" in tail, tail
    assert shlex.split(tail.splitlines()[-2]) == ["10001"], tail
    assert "cannot access '/opt/x'" in tail
    assert (tmp_path / "data" / "archive.db").stat().st_uid == 10001
