"""Compose and Kubernetes would take their files: published schemas, no unknown field allowed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
MANIFESTS = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")))
KINDS = [one["kind"] for one in MANIFESTS]


def version() -> str:
    """The newest version of Kubernetes whose schemas are installed, such as ``1.37.0``."""
    return str(kubernetes_validate.latest_version())


def checked(compose: Path) -> subprocess.CompletedProcess[str]:
    """Hold a file against the Compose specification that check-jsonschema brings."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, compose], check=False, capture_output=True, text=True)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=KINDS)
def test_kubernetes_knows_every_field(manifest: dict[str, Any]):
    kubernetes_validate.validate(manifest, version(), strict=True)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=KINDS)
def test_a_field_that_kubernetes_does_not_know_is_found(manifest: dict[str, Any]):
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            {**manifest, "spec": {**manifest["spec"], "replica": 2}}, version(), strict=True
        )


def test_compose_knows_every_field(tmp_path: Path):
    done = checked(DEPLOY / "compose.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    said = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(said.replace("read_only: true", "readonly: true"), encoding="utf-8")
    assert "readonly" in checked(wrong).stdout
