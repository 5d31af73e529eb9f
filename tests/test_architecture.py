"""What holds for the whole: whose the import names are, who may import what, and that lists kept twice are equal."""

import ast
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bot.settings import Settings, environment_name
from bot.slack import app
from bot.slack.listeners.command import COMMAND
from bot.slack.listeners.find import FIND
from bot.slack.subcommands import SUBCOMMANDS, parse_subcommand
from bot.slack.views.filters import ASK_SHORTCUT
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "store", "embeddings")
MODULES = sorted(path.relative_to(ROOT) for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
HEAVY = {"torch", "sentence_transformers", "transformers"}


@cache
def parse(module: Path) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), filename=str(module))


@cache
def find_imports(module: Path) -> frozenset[str]:
    """Every name that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(parse(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            found.add(node.module or "")
    return frozenset(found)


def find_environment_uses(module: Path) -> list[ast.AST]:
    """Every place that touches the process's environment."""
    names = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv", "load_dotenv", "dotenv_values"}
    found: list[ast.AST] = []
    for node in ast.walk(parse(module)):
        if isinstance(node, ast.ImportFrom):
            touched = node.module in {"os", "dotenv"} and any(alias.name in names for alias in node.names)
        else:
            touched = isinstance(node, ast.Attribute) and node.attr in names
        if touched:
            found.append(node)
    return found


@pytest.mark.parametrize("name", PACKAGES)
def test_import_name_is_ours(name: str):
    assert Path(str(importlib.import_module(name).__file__)).resolve() == ROOT / name / "__init__.py"


def test_modules_say_what_they_are_for():
    assert [str(module) for module in MODULES if not ast.get_docstring(parse(module))] == []


def test_packages_are_never_imported_whole():
    assert [str(module) for module in MODULES if find_imports(module) & set(PACKAGES)] == []


def test_packages_are_never_hidden_by_a_variable():
    for module in MODULES:
        nodes = list(ast.walk(parse(module)))
        stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        arguments = {node.arg for node in nodes if isinstance(node, ast.arg)}
        assert (stored | arguments) & set(PACKAGES) == set(), module


def test_import_contract_is_there_and_kept():
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    whole, _ = (contract["layers"] for contract in configured["contracts"] if contract["type"] == "layers")
    assert (configured["root_packages"], whole) == (list(PACKAGES), list(PACKAGES))
    # In a process of its own: it disables the loggers of the one that it runs in.
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_domain_imports_the_standard_library_itself_and_its_errors():
    for module in MODULES:
        if module.parts[:2] == ("store", "domain"):
            for name in find_imports(module):
                is_own = name.startswith("store.domain.") or name == "store.errors"
                assert is_own or name.partition(".")[0] in sys.stdlib_module_names, f"{module} imports {name}"


def test_errors_of_the_store_import_nothing():
    assert find_imports(Path("store/errors.py")) == frozenset()


@pytest.mark.parametrize(
    ("library", "places"),
    [
        ("sqlalchemy", ("store/db/", "store/repositories/")),
        ("alembic", ("store/db/",)),
        ("slack_bolt", ("bot/slack/", "bot/web/server.py", "bot/cli/serve.py")),
        ("slack_sdk", ("bot/slack/", "bot/cli/serve.py", "bot/cli/doctor.py")),
        ("apscheduler", ("bot/schedule.py",)),
        ("procrastinate", ("bot/job_queue.py",)),
        ("psycopg", ("store/db/", "bot/job_queue.py")),
        ("click", ("bot/cli/",)),
        ("rich", ("bot/cli/",)),
        ("starlette", ("bot/web/",)),
        ("prometheus_client", ("bot/telemetry/metrics.py",)),
        ("opentelemetry", ("bot/telemetry/traces.py",)),
        ("structlog", ("bot/",)),
        ("pydantic", ("bot/settings.py",)),
        ("pydantic_settings", ("bot/settings.py",)),
        ("torch", ("embeddings/sentence.py",)),
        ("sentence_transformers", ("embeddings/sentence.py",)),
        ("httpx", ("store/sources/fetch.py",)),
        ("lxml", ("store/sources/",)),
        ("selectolax", ("store/text/", "store/sources/discovery.py")),
    ],
)
def test_library_is_imported_where_it_belongs(library: str, places: tuple[str, ...]):
    users = [str(module) for module in MODULES if library in {name.partition(".")[0] for name in find_imports(module)}]
    assert users
    assert [user for user in users if not user.startswith(places)] == []


def test_environment_is_read_by_settings_alone():
    """`wiring` sets one variable, for the model's library; nothing else in the program touches any."""
    users = {str(module): uses for module in MODULES if (uses := find_environment_uses(module))}
    assert set(users) - {"bot/settings.py"} == {"bot/wiring.py"}
    assigned = [
        ast.unparse(target)
        for node in ast.walk(parse(Path("bot/wiring.py")))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if "environ" in ast.unparse(target)
    ]
    assert (assigned, len(users["bot/wiring.py"])) == (["os.environ['HF_HUB_OFFLINE']"], 1)


def test_heavy_modules_are_imported_by_no_verb_that_needs_no_model(tmp_path: Path):
    script = (
        "import contextlib, json, sys\n"
        "from bot.cli.main import main\n"
        "for arguments in json.loads(sys.argv[1]):\n"
        "    with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):\n"
        "        main(arguments)\n"
        "    print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    calls = [["--help"], ["import", "--help"], ["sources"], ["refresh"], ["serve", "--help"], ["doctor", "--help"]]
    environment = {**os.environ, "HARKBACK_DATABASE_URL": f"sqlite:///{tmp_path}/archive.db"}
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(calls)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    loaded = [set(json.loads(line)) for line in done.stdout.splitlines()]
    assert len(loaded) == len(calls), done.stderr
    assert {" ".join(call): modules & HEAVY for call, modules in zip(calls, loaded, strict=True)} == {
        " ".join(call): set() for call in calls
    }
    # What only some verbs need is not waited for by the help text.
    assert (
        loaded[0] & {"slack_bolt", "slack_sdk", "sqlalchemy", "numpy", "uvicorn", "lxml", "prometheus_client"} == set()
    )
    # What sends traces is waited for by nothing but what sends them.
    assert [call for call, modules in zip(calls, loaded, strict=True) if "opentelemetry" in modules] == []


def load_manifest() -> Any:
    return json.loads((ROOT / "deploy" / "slack" / "manifest.json").read_text(encoding="utf-8"))


def test_manifest_asks_for_exactly_what_the_code_uses():
    manifest = load_manifest()
    assert sorted(manifest["oauth_config"]["scopes"]["bot"]) == sorted(app.SCOPES)
    assert set(manifest["oauth_config"]["scopes"]) == {"bot"}
    assert sorted(manifest["settings"]["event_subscriptions"]["bot_events"]) == sorted(app.EVENTS)
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == [COMMAND]
    shortcuts = {(one["type"], one["callback_id"]) for one in manifest["features"]["shortcuts"]}
    assert shortcuts == {("message", FIND), ("global", ASK_SHORTCUT)}
    # What few want is theirs to add.
    asked = {*manifest["oauth_config"]["scopes"]["bot"], *manifest["settings"]["event_subscriptions"]["bot_events"]}
    assert asked.isdisjoint(app.EMOJI_SCOPES | app.EMOJI_EVENTS)


def test_runbook_says_what_each_scope_and_event_is_for():
    runbook = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    section = runbook.partition("## What the app asks of Slack\n")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall("`([^`]+)`", row[1])]
    assert sorted(named) == sorted(app.SCOPES | app.EVENTS)
    assert all(f"`{name}`" in section for name in app.EMOJI_SCOPES | app.EMOJI_EVENTS)


def test_manifest_names_commands_that_there_are():
    (command,) = load_manifest()["features"]["slash_commands"]
    _, _, offered = command["usage_hint"].partition(", or: ")
    for one in offered.split(", "):
        found = parse_subcommand(one)
        assert found, one
        # Most who read it are no admins.
        assert not next(each for each in SUBCOMMANDS if each.verb == found[0]).is_for_admins


def test_manifest_lets_people_write_and_click():
    manifest = load_manifest()
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["settings"]["socket_mode_enabled"]
    # Its pane then is where people write to it directly.
    assert set(manifest["features"]["agent_view"]) == {"agent_description"}
    assert manifest["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    # Mentions in a command then arrive as ids, which the question's text is made from.
    assert all(command["should_escape"] for command in manifest["features"]["slash_commands"])


def test_manifest_is_one_by_slacks_own_schema(shared_folder: Path):
    path = shared_folder / "slack" / "manifest.schema.json"
    validator = Draft7Validator(json.loads(path.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(load_manifest())] == []


def test_example_settings_name_every_setting_and_nothing_else():
    lines = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8").splitlines()
    named = [found[1] for line in lines if (found := re.match(r"#?\s*([A-Z][A-Z0-9_]+)=", line))]
    assert set(named) == {environment_name(name) for name in Settings.model_fields}
