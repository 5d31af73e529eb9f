"""Makes the image where there is no container engine: python -m tests.deploy.image FOLDER [COMMAND…].

The Dockerfile's own instructions are carried out, each stage in a root of its own: an overlay over this machine's root,
in which this Python stands for that of the base. COMMAND then runs in the last stage as a container would: as its user,
with its environment, its root read-only, /tmp in memory and /data to write to. Linux, and root's rights, are needed.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.deploy.dockerfile import Instruction, Stage, read_dockerfile

ROOT = Path(__file__).resolve().parents[2]
_INSIDE = "--inside"
# What belongs to this machine's pip goes with it.
_KEPT = ("PIP_", "SSL_", "REQUESTS_", "LANG")
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


def make_image(folder: Path, *command: str, extra: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Make the image in a folder, or take what is there; then run a command in it."""
    return subprocess.Popen(
        ["unshare", "--mount", sys.executable, "-m", "tests.deploy.image", _INSIDE, str(folder), *command],
        cwd=ROOT, env={**os.environ, **(extra or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


class _Builder:
    """Carries out the instructions of one stage."""

    def __init__(self, folder: Path, stage: Stage) -> None:
        self.stage = stage
        self.upper = folder / stage.name / "files"
        self.root = folder / stage.name / "root"
        # The loader of this machine does not know of the base's libraries.
        self.environment = {"PATH": _PATH, "HOME": "/root", "LD_LIBRARY_PATH": "/usr/local/lib"}
        self.directory = "/"
        self.user = "0:0"

    def mount(self) -> None:
        work = self.upper.with_name("work")
        for one in (self.upper, self.root, work):
            one.mkdir(parents=True, exist_ok=True)
        options = f"lowerdir=/,upperdir={self.upper},workdir={work}"
        _run("mount", "-t", "overlay", "-o", options, "overlay", self.root)
        _run("mount", "--bind", sys.base_prefix, self.root / "usr/local")
        for name in ("dev", "proc"):
            _run("mount", "--rbind", f"/{name}", self.root / name)

    def build(self, others: dict[str, "_Builder"]) -> None:
        for one in self.stage.instructions:
            sys.stdout.write(f"[{self.stage.name}] {one.name} {one.rest}\n")
            sys.stdout.flush()
            self._apply(one, others)

    def _apply(self, one: Instruction, others: dict[str, "_Builder"]) -> None:
        match one.name:
            case "ARG":
                name, _, default = one.split()[0].partition("=")
                self.environment[name] = os.environ.get(name, default)
            case "ENV":
                pairs = (pair.partition("=") for pair in one.split())
                path = self.environment["PATH"]
                self.environment |= {name: value.replace("$PATH", path) for name, _, value in pairs}
            case "RUN":
                self.run(["sh", "-c", one.rest])
            case "COPY":
                self._copy(one.split(), others)
            case "WORKDIR":
                self.directory = one.rest
                (self.root / one.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                self.user = one.rest
            case "VOLUME" | "EXPOSE" | "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
                pass
            case _:
                raise AssertionError(one)

    def _copy(self, words: Sequence[str], others: dict[str, "_Builder"]) -> None:
        origin, ignore = ROOT, shutil.ignore_patterns("__pycache__")
        if words[0].startswith("--from="):
            origin, words, ignore = others[words[0].removeprefix("--from=")].root, words[1:], None
        *sources, target = words
        place = self.root / self.directory.lstrip("/") / target
        if target.startswith("/"):
            place = self.root / target.lstrip("/")
        for source in sources:
            found = origin / source.lstrip("/")
            if found.is_dir():
                shutil.copytree(found, place, symlinks=True, dirs_exist_ok=True, ignore=ignore)
            else:
                into = place / found.name if target.endswith("/") else place
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, into)

    def run(self, command: Sequence[str], *, is_building: bool = True) -> None:
        kept = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)} if is_building else {}
        given = {} if is_building else {n: v for n, v in os.environ.items() if n.startswith(("HARKBACK_", "SLACK_"))}
        script = 'cd "$0" && exec "$@"'
        _run(
            "chroot", f"--userspec={self.user}", self.root, "sh", "-c", script, self.directory, *command,
            environment={**kept, **self.environment, **given},
        )  # fmt: skip

    def harden(self, data: Path) -> None:
        """Let the root be read-only but for memory in /tmp, and a volume of data."""
        fresh = self.root / "data"
        if not data.exists():
            shutil.copytree(fresh, data)
            shutil.copystat(fresh, data)
            os.chown(data, fresh.stat().st_uid, fresh.stat().st_gid)
        _run("mount", "-o", "remount,ro", self.root)
        _run("mount", "-o", "remount,bind,ro", self.root / "usr/local")
        _run("mount", "-t", "tmpfs", "tmpfs", self.root / "tmp")
        _run("mount", "--bind", data, fresh)


def _run(*command: str | Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(list(map(str, command)), env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _work_inside(folder: Path, command: Sequence[str]) -> None:
    _, stages = read_dockerfile(ROOT / "deploy" / "Dockerfile")
    builders: dict[str, _Builder] = {}
    is_made = (folder / "made").exists()
    for stage in stages:
        builder = builders[stage.name] = _Builder(folder, stage)
        builder.mount()
        if not is_made:
            builder.build(builders)
    (folder / "made").touch()
    last = builders[stages[-1].name]
    if command:
        for one in last.stage.instructions:
            if one.name in {"ARG", "ENV", "USER", "WORKDIR"}:
                last._apply(one, {})
        last.harden(folder / "data")
        last.run(command, is_building=False)


if __name__ == "__main__":
    if sys.argv[1] == _INSIDE:
        _work_inside(Path(sys.argv[2]), sys.argv[3:])
    else:
        running = make_image(Path(sys.argv[1]).absolute(), *sys.argv[2:])
        assert running.stdout
        for line in running.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
        sys.exit(running.wait())
