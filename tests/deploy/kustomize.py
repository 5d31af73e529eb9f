"""Builds a kustomization as `kubectl kustomize` does, as far as deploy/kubernetes makes use of it."""

from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]
_KNOWN = {
    "apiVersion",
    "kind",
    "resources",
    "labels",
    "namespace",
    "images",
    "patches",
    "configMapGenerator",
    "generatorOptions",
}


def load_all(path: Path) -> list[Manifest]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def build(folder: Path) -> list[Manifest]:
    """Build all manifests of a folder; names of generated ones get no hash of their content."""
    [wanted] = load_all(folder / "kustomization.yaml")
    assert set(wanted) <= _KNOWN, set(wanted) - _KNOWN
    built: list[Manifest] = []
    for name in wanted["resources"]:
        path = folder / name
        built += build(path) if path.is_dir() else load_all(path)
    for generated in wanted.get("configMapGenerator", ()):
        data = dict(literal.split("=", 1) for literal in generated["literals"])
        metadata = {"name": generated["name"], **wanted.get("generatorOptions", {})}
        built.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    for patch in wanted.get("patches", ()):
        [change] = load_all(folder / patch["path"])
        [target] = [one for one in built if identify(one) == identify(change)]
        _merge(target, change)
    for one in built:
        _complete(one, wanted)
    return built


def identify(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def find_pod(manifest: Manifest) -> Manifest | None:
    """Find the pod that a manifest describes."""
    spec = manifest.get("spec", {})
    pod: Manifest | None = spec.get("jobTemplate", {}).get("spec", spec).get("template", {}).get("spec")
    return pod


def _complete(one: Manifest, wanted: Manifest) -> None:
    if "namespace" in wanted:
        one["metadata"]["namespace"] = wanted["namespace"]
    for labels in wanted.get("labels", ()):
        one["metadata"].setdefault("labels", {}).update(labels["pairs"])
    for image in wanted.get("images", ()):
        for container in (find_pod(one) or {}).get("containers", ()):
            if container["image"] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"


def _merge(target: Any, change: Any) -> None:
    """Merge as Kubernetes does: what has names is found by them."""
    for key, value in change.items():
        if isinstance(value, dict):
            _merge(target.setdefault(key, {}), value)
        elif isinstance(value, list):
            named = {one["name"]: one for one in target.setdefault(key, [])}
            for one in value:
                _merge(named[one["name"]], one)
        else:
            target[key] = value
