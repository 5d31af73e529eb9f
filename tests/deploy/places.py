"""Where deployment files are, and what of the program they have to agree with."""

import re
from pathlib import Path

from bot.cli.main import root
from bot.settings import Settings, environment_name

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {environment_name(name) for name in Settings.model_fields}


def is_command(words: list[str]) -> bool:
    """Tell whether words are a command of `harkback`, options aside."""
    verb, *rest = words
    return root.get_command(None, verb) is not None and is_subcommand(verb, rest)


def is_subcommand(verb: str, rest: list[str]) -> bool:
    commands = getattr(root.get_command(None, verb), "commands", None)
    return commands is None or (bool(rest) and rest[0] in commands)


def find_settings(text: str) -> set[str]:
    """Find what looks like a setting of ours."""
    return set(re.findall(r"\b(?:HARKBACK|SLACK)_[A-Z][A-Z0-9_]*\b", text))
