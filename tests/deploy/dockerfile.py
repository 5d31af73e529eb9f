"""Reads a Dockerfile: its stages, and their instructions in order."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """One instruction, such as RUN, and what stands after it on one line."""

    name: str
    rest: str

    def split(self) -> list[str]:
        return shlex.split(self.rest)


@dataclass(frozen=True)
class Stage:
    """All from one FROM to the next."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def find(self, name: str) -> list[Instruction]:
        return [one for one in self.instructions if one.name == name]

    @property
    def environment(self) -> dict[str, str]:
        pairs = (pair.partition("=") for one in self.find("ENV") for pair in one.split())
        return {name: value for name, _, value in pairs}

    @property
    def arguments(self) -> dict[str, str]:
        pairs = (one.split()[0].partition("=") for one in self.find("ARG"))
        return {name: value for name, _, value in pairs}


def read_dockerfile(path: Path) -> tuple[dict[str, str], list[Stage]]:
    """Give the arguments that stand before any stage, and the stages."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    outside: dict[str, str] = {}
    stages: list[Stage] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            base, _, alias = rest.partition(" AS ")
            stages.append(Stage(alias or str(len(stages)), base))
        elif stages:
            stages[-1].instructions.append(Instruction(name, rest.strip()))
        else:
            assert name == "ARG", line
            key, _, value = rest.partition("=")
            outside[key] = value
    return outside, stages
