import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import numpy as np
import pytest
import yaml

from bot.settings import Settings
from embeddings.rows import ArrayRows
from embeddings.two_steps import make_codes
from store.db.index_file import Contents, IndexFile
from store.db.readers import PlaceColumn
from tests.deploy.dockerfile import read_dockerfile
from tests.deploy.kustomize import Manifest, build, find_pod, identify, load_all
from tests.deploy.places import DEPLOY, ROOT, SETTINGS, find_settings, is_command

FOLDER = DEPLOY / "kubernetes"
OVERLAYS = ("socket-mode", "http")
# The oldest version that is looked at here; sleeping before the end is a stable part of 1.34.
VERSIONS = ("1.34", "1.37")


@pytest.fixture(params=OVERLAYS)
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    return build(FOLDER / "overlays" / request.param)


def find_pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    return {f"{one['kind']} {one['metadata']['name']}": pod for one in manifests if (pod := find_pod(one))}


def get(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    [found] = [one for one in manifests if identify(one) == (kind, name)]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_manifests_are_ones_by_their_schemas(manifests: list[Manifest], version: str):
    for one in [*manifests, *load_all(FOLDER / "secrets.example.yaml")]:
        kubernetes_validate.validate(one, version, strict=True)


def test_manifest_that_is_none_is_found():
    [wrong, *_] = load_all(FOLDER / "base" / "bot.yaml")
    wrong["spec"]["template"]["spec"]["containers"][0]["readyProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_overlays_are_built_as_kubectl_builds_them(overlay: str):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed: what it builds is built by these tests as well")
    folder = FOLDER / "overlays" / overlay
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, check=True)
    # It adds a hash of the content to the names of what it generates.
    plain = re.sub(r"(?m)name: harkback-[bcdfghkmt2-9]{10}$", "name: harkback", done.stdout)
    told = list(yaml.safe_load_all(plain))
    assert sorted(told, key=identify) == sorted(build(folder), key=identify)


def test_what_there_is(manifests: list[Manifest]):
    found = {identify(one) for one in manifests}
    assert found >= {
        ("ServiceAccount", "harkback"),
        ("Job", "harkback-migrations"),
        ("Deployment", "harkback-bot"),
        ("PodDisruptionBudget", "harkback-bot"),
        ("Deployment", "harkback-worker"),
        ("CronJob", "harkback-refresh"),
        ("NetworkPolicy", "harkback"),
        ("ConfigMap", "harkback"),
    }
    assert {one["metadata"]["namespace"] for one in manifests} == {"harkback"}


def test_pods_may_do_nothing_that_they_need_not(manifests: list[Manifest]):
    _, stages = read_dockerfile(DEPLOY / "Dockerfile")
    [user] = [int(one.rest.partition(":")[0]) for one in stages[-1].find("USER")]
    for name, pod in find_pods(manifests).items():
        assert pod["serviceAccountName"] == "harkback", name
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        }, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), name
        [container] = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert set(container["resources"]["limits"]) == {"memory", "ephemeral-storage"}, name
        assert set(container["resources"]["requests"]) == {"cpu", "memory", "ephemeral-storage"}, name
        # What may be written; who searches has a place for the image's caches.
        mounts = {mount["mountPath"]: mount.get("readOnly", False) for mount in container["volumeMounts"]}
        cache = {stages[-1].environment["XDG_CACHE_HOME"]: False} if container["args"] == ["serve"] else {}
        assert mounts == {"/tmp": False, "/run/secrets": True, **cache}, name
        assert {volume["name"] for volume in pod["volumes"]} == {mount["name"] for mount in container["volumeMounts"]}


def count_bytes(quantity: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([MG])i", quantity).groups()  # type: ignore[union-attr]
    return int(number) * {"M": 2**20, "G": 2**30}[unit]


def test_pods_may_use_as_much_disk_as_their_volumes_take(manifests: list[Manifest]):
    for name, pod in find_pods(manifests).items():
        [container] = pod["containers"]
        sizes = {one["name"]: count_bytes(one["emptyDir"]["sizeLimit"]) for one in pod["volumes"] if "emptyDir" in one}
        asked, most = (
            count_bytes(container["resources"][kind]["ephemeral-storage"]) for kind in ("requests", "limits")
        )
        assert sum(sizes.values()) <= most, name
        # What is in the one is there for long.
        assert sizes.get("cache", 0) <= asked <= most, name


def test_bot_has_room_for_the_file_that_a_million_passages_take(tmp_path: Path, manifests: list[Manifest]):
    count, dim = 20_000, 384
    vectors = np.zeros((count, dim), np.float32)
    places = np.zeros((count, len(PlaceColumn)), np.int64)
    contents = Contents("", 0, ArrayRows(vectors), list(make_codes(vectors)), np.zeros((count, 4), np.int64), places)
    file = IndexFile(tmp_path)
    assert file.write(contents, lambda: True)
    # It is written beside the one before.
    taken = 2 * file.path.stat().st_size / count
    runbook = (DEPLOY / "README.md").read_text(encoding="utf-8")
    [told] = map(float, re.findall(r"\*\*([\d.]+) KB a passage\*\*", runbook))
    assert taken == pytest.approx(told * 1000, rel=0.03)
    volumes = find_pods(manifests)["Deployment harkback-bot"]["volumes"]
    [cache] = [one for one in volumes if one["name"] == "cache"]
    assert taken * 1_000_000 <= count_bytes(cache["emptyDir"]["sizeLimit"])


def test_commands_are_verbs_of_the_program(manifests: list[Manifest]):
    commands = {name: pod["containers"][0]["args"] for name, pod in find_pods(manifests).items()}
    assert commands == {
        "Job harkback-migrations": ["db", "upgrade"],
        "Deployment harkback-bot": ["serve"],
        "Deployment harkback-worker": ["worker", "--port", "8081"],
        "CronJob harkback-refresh": ["refresh"],
    }
    assert [words for words in commands.values() if not is_command(words)] == []


def test_settings_are_settings_of_the_program(manifests: list[Manifest]):
    data = get(manifests, "ConfigMap", "harkback")["data"]
    assert set(data) <= SETTINGS
    Settings(**{name.removeprefix("HARKBACK_").lower(): value for name, value in data.items()})
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.yaml")]
    assert find_settings("\n".join(texts)) <= SETTINGS
    for pod in find_pods(manifests).values():
        assert pod["containers"][0]["envFrom"] == [{"configMapRef": {"name": "harkback"}}]


def find_secrets(pod: Manifest) -> list[str]:
    found: list[str] = []
    for volume in pod["volumes"]:
        parts = volume.get("projected", {}).get("sources", [volume])
        found += [name for part in parts if (name := part.get("secret", {}).get(secret_key(part)))]
    return found


def secret_key(part: Any) -> str:
    return "secretName" if "secretName" in part.get("secret", {}) else "name"


def test_secrets_are_read_by_those_who_need_them(manifests: list[Manifest]):
    read = {name: find_secrets(pod) for name, pod in find_pods(manifests).items()}
    assert read.pop("Deployment harkback-bot") == ["harkback-database", "harkback-slack"]
    assert list(read.values()) == [["harkback-database"]] * 3


def test_example_of_secrets_holds_none_and_names_settings():
    keys = {
        name: value for one in load_all(FOLDER / "secrets.example.yaml") for name, value in one["stringData"].items()
    }
    assert {name.upper() for name in keys} <= SETTINGS
    assert set(keys.values()) == {"put-its-password-here", "xoxb-…", "xapp-…"}


def test_probes_ask_what_the_bot_answers(manifests: list[Manifest]):
    [bot] = find_pod(get(manifests, "Deployment", "harkback-bot"))["containers"]
    server = (ROOT / "bot" / "web" / "server.py").read_text(encoding="utf-8")
    paths = set(re.findall(r'Route\("(/[a-z/]+)"', server))
    probes = {kind: bot[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
    assert {kind: probe["path"] for kind, probe in probes.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert {probe["path"] for probe in probes.values()} <= paths
    _, stages = read_dockerfile(DEPLOY / "Dockerfile")
    [exposed] = [int(one.rest) for one in stages[-1].find("EXPOSE")]
    assert bot["ports"] == [{"name": "http", "containerPort": exposed}]
    assert exposed == Settings.model_fields["port"].default
    assert {probe["port"] for probe in probes.values()} == {"http"}


def test_upgrades_leave_no_moment_without_a_bot(manifests: list[Manifest]):
    spec = get(manifests, "Deployment", "harkback-bot")["spec"]
    assert spec["replicas"] >= 2
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    pod = find_pod({"spec": spec})
    slept = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    # What a container engine and systemd give it, too.
    assert pod["terminationGracePeriodSeconds"] - slept >= 30


def test_upgrade_applies_first_all_that_migrations_need(manifests: list[Manifest]):
    runbook = (DEPLOY / "README.md").read_text(encoding="utf-8")
    [(label, words)] = re.findall(
        r"^kubectl apply --kustomize OVERLAY --selector '(\S+) in \((.*)\)'$", runbook, re.MULTILINE
    )
    first = [one for one in manifests if one["metadata"].get("labels", {}).get(label) in words.split(", ")]
    assert {identify(one) for one in first} == {("ConfigMap", "harkback"), ("Job", "harkback-migrations")}
    # A setting that is changed is a ConfigMap of another name: one that is not there yet.
    [container] = find_pods(first)["Job harkback-migrations"]["containers"]
    assert container["envFrom"] == [{"configMapRef": {"name": "harkback"}}]


def test_labels_find_their_pods(manifests: list[Manifest]):
    pods = [
        one["spec"].get("jobTemplate", one)["spec"]["template"]["metadata"]["labels"]
        for one in manifests
        if find_pod(one)
    ]
    wanted: list[dict[str, str]] = []
    for one in manifests:
        match one["kind"]:
            case "Service":
                wanted.append(one["spec"]["selector"])
            case "Deployment" | "PodDisruptionBudget":
                wanted.append(one["spec"]["selector"]["matchLabels"])
            case "NetworkPolicy":
                wanted.append(one["spec"]["podSelector"]["matchLabels"])
    assert len(wanted) >= 5
    assert [labels for labels in wanted if not any(labels.items() <= pod.items() for pod in pods)] == []


def test_only_slacks_events_are_open_to_the_world():
    manifests = build(FOLDER / "overlays" / "http")
    [rule] = get(manifests, "Ingress", "harkback-bot")["spec"]["rules"]
    assert [(path["path"], path["pathType"]) for path in rule["http"]["paths"]] == [("/slack/events", "Exact")]
    assert 'Route("/slack/events"' in (ROOT / "bot" / "web" / "server.py").read_text(encoding="utf-8")
    kinds = {identify(one)[0] for one in build(FOLDER / "overlays" / "socket-mode")}
    assert {"Service", "Ingress"}.isdisjoint(kinds)


def test_files_are_all_of_some_overlay():
    used = {Path("secrets.example.yaml")}
    for kustomization in FOLDER.rglob("kustomization.yaml"):
        [wanted] = load_all(kustomization)
        folder = kustomization.parent
        names = [*wanted["resources"], *(patch["path"] for patch in wanted.get("patches", ())), kustomization.name]
        used |= {(folder / name).resolve().relative_to(FOLDER) for name in names}
    assert {path.relative_to(FOLDER) for path in FOLDER.rglob("*.yaml")} == {one for one in used if one.suffix}
