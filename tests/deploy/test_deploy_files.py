"""The deployment files parse, agree with the program and with each other."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CONFIG = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
PORT = CONFIG["server"]["port"]
APPS = ("app1", "app2")


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def test_compose_runs_two_servers_that_only_the_proxy_reaches():
    found = yaml.safe_load(text("compose.yaml"))
    services = found["services"]
    assert set(services) == {*APPS, "database", "proxy"}
    for name in APPS:
        app = services[name]
        assert "ports" not in app
        assert app["networks"] == ["inside"]
        assert app["environment"]["CCM_TLS"] == "1"
        assert app["read_only"] is True
    assert found["networks"]["inside"]["internal"] is True
    assert "ports" not in services["database"]


def test_no_secret_stands_in_a_file():
    said = dict(
        line.split("=", 1)
        for line in text("ccm.env.example").splitlines()
        if "=" in line and not line.startswith("#")
    )
    for name in ("POSTGRES_PASSWORD", "CCM_ACCESS_KEY", "CCM_LOG_KEY"):
        assert said[name] == ""
        for file in ("compose.yaml", "kubernetes.yaml", "ccm.service", "Dockerfile"):
            assert f"{name}=" not in text(file)


def test_every_variable_is_one_that_the_program_reads():
    read = set()
    for file in (ROOT / "ccm_core").rglob("*.py"):
        read |= set(re.findall(r"CCM_[A-Z_]+", file.read_text(encoding="utf-8")))
    for file in DEPLOY.iterdir():
        odd = set(re.findall(r"\bCCM_[A-Z_]+", file.read_text(encoding="utf-8"))) - read
        assert not odd, f"{file.name} sets {odd}, which nothing reads"


def test_the_proxy_keeps_a_browser_on_one_server_and_carries_websockets():
    said = text("nginx.conf")
    assert said.count("{") == said.count("}")
    assert "hash $binary_remote_addr consistent;" in said
    for app in APPS:
        assert f"server {app}:{PORT} " in said
    for needed in (
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $connection_upgrade;",
        "proxy_set_header X-Forwarded-Proto https;",
        f"client_max_body_size {CONFIG['server']['maxUploadSize']}m;",
    ):
        assert needed in said
    for leak in ('$request_uri"', "$args", "$http_referer", "$http_cookie"):
        assert leak not in said.split("access_log")[0]


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed here")
def test_nginx_accepts_its_file(tmp_path):
    key, chain = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    subprocess.run([*made, "-keyout", key, "-out", chain], check=True, capture_output=True)
    said = text("nginx.conf").replace("/etc/nginx/tls", str(tmp_path))
    for app in APPS:
        said = said.replace(f"{app}:", "127.0.0.1:")
    file = tmp_path / "nginx.conf"
    file.write_text(said, encoding="utf-8")
    done = subprocess.run(["nginx", "-t", "-c", file], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_finds_nothing_wrong_but_that_it_is_not_installed():
    done = subprocess.run(
        ["systemd-analyze", "verify", DEPLOY / "ccm.service"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "ccm.service" in line]
    assert all("is not executable" in line or "Failed to" in line for line in ours), done.stderr


def test_the_service_runs_as_nobody_special_and_writes_to_one_folder():
    said = text("ccm.service")
    for line in ("User=ccm", "NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077"):
        assert f"\n{line}\n" in said


def test_kubernetes_manifests_fit_together():
    found = {d["kind"]: d for d in yaml.safe_load_all(text("kubernetes.yaml"))}
    assert set(found) == {"Deployment", "Service", "PodDisruptionBudget", "Ingress"}
    assert all(d["apiVersion"] and d["metadata"]["name"] == "ccm" for d in found.values())
    pod = found["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"]
    assert found["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["selector"] == labels
    (app,) = pod["spec"]["containers"]
    assert app["ports"][0]["containerPort"] == PORT
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert app["securityContext"]["readOnlyRootFilesystem"] is True
    mounts = {m["name"] for m in app["volumeMounts"]}
    assert mounts == {v["name"] for v in pod["spec"]["volumes"]}
    backend = found["Ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == "ccm"
    affinity = found["Ingress"]["metadata"]["annotations"]["nginx.ingress.kubernetes.io/affinity"]
    assert affinity == "cookie"


def test_probes_and_checks_ask_for_an_address_that_the_program_answers():
    said = (ROOT / "app.py").read_text(encoding="utf-8")
    assert 'Route("/healthz"' in said
    for name in ("Dockerfile", "kubernetes.yaml"):
        assert f"http://127.0.0.1:{PORT}/healthz" in text(name)
