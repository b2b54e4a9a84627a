"""The deployment files parse, agree with the program and with each other."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.conftest import missing
from tests.deploy.through_proxy import Proxy, free_port

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CONFIG = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
PORT = CONFIG["server"]["port"]
APPS = ("app1", "app2")
MIGRATES = ["ccm", "migrate", "--app-role", "ccm_app", "--consultant-role", "ccm_consultant"]


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def filled(name: str) -> dict[str, str]:
    """The variables of an example of an env file."""
    lines = [line for line in text(name).splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_compose_runs_two_servers_that_only_the_proxy_reaches():
    found = yaml.safe_load(text("compose.yaml"))
    services = found["services"]
    assert set(services) == {*APPS, "migrate", "database", "proxy"}
    for name in APPS:
        app = services[name]
        assert "ports" not in app
        assert app["networks"] == ["inside"]
        assert app["environment"]["CCM_TLS"] == "1"
        assert app["read_only"] is True
    assert found["networks"]["inside"]["internal"] is True
    assert "ports" not in services["database"]


def test_the_servers_start_as_the_program_s_role_after_the_owner_migrated():
    services = yaml.safe_load(text("compose.yaml"))["services"]
    once = services["migrate"]
    assert once["command"] == MIGRATES
    assert once["restart"] == "no"
    assert once["env_file"][-1] == "owner.env", "the later file's address counts"
    for name in APPS:
        waits = services[name]["depends_on"]["migrate"]["condition"]
        assert waits == "service_completed_successfully"
        assert services[name]["env_file"] == "ccm.env"
    assert services["database"]["env_file"] == "database.env"
    assert "ccm_owner:" in filled("owner.env.example")["CCM_DATABASE_URL"]
    assert "ccm_app:" in filled("ccm.env.example")["CCM_DATABASE_URL"]
    assert "ccm_consultant:" in filled("ccm.env.example")["CCM_CONSULTANT_URL"]
    assert not set(filled("database.env.example")) & set(filled("ccm.env.example"))


def test_the_script_of_the_roles_runs_in_a_new_database_container():
    database = yaml.safe_load(text("compose.yaml"))["services"]["database"]
    assert "./roles.sh:/docker-entrypoint-initdb.d/roles.sh:ro" in database["volumes"]
    asked = set(re.findall(r"getenv \w+ (\w+)", text("roles.sh")))
    assert asked == {"OWNER_PASSWORD", "APP_PASSWORD", "CONSULTANT_PASSWORD", "POSTGRES_DB"}
    assert asked <= {*filled("database.env.example"), *database["environment"]}
    name = database["environment"]["POSTGRES_DB"]
    for file in ("owner.env.example", "ccm.env.example"):
        assert filled(file)["CCM_DATABASE_URL"].endswith(f"@database:5432/{name}")


def test_no_secret_stands_in_a_file():
    said = {**filled("ccm.env.example"), **filled("database.env.example")}
    secret = ("POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD", "CONSULTANT_PASSWORD",
              "CCM_ACCESS_KEY", "CCM_LOG_KEY")  # fmt: skip
    for name in secret:
        assert said[name] == ""
        for file in ("compose.yaml", "kubernetes.yaml", "ccm.service", "Dockerfile", "roles.sh"):
            assert f"{name}=" not in text(file)
    for name in ("owner.env.example", "ccm.env.example"):
        assert ":PASSWORD@" in filled(name)["CCM_DATABASE_URL"]
    assert "deploy/*.env\n" in (ROOT / ".gitignore").read_text(encoding="utf-8")


def read_by_the_program() -> set[str]:
    program = [ROOT / "app.py", ROOT / "start.py"]
    for folder in ("ccm_core", "pages"):
        program += (ROOT / folder).rglob("*.py")
    found = (re.findall(r"\bCCM_[A-Z_]+\b", f.read_text(encoding="utf-8")) for f in program)
    return {name for some in found for name in some}


def test_every_variable_is_one_that_the_program_reads():
    read = read_by_the_program()
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


def test_nginx_accepts_its_file(tmp_path):
    if shutil.which("nginx") is None:
        missing("nginx is not installed (Debian: apt-get install nginx-light).")
    checked = Proxy(tmp_path, [free_port(), free_port()]).command("-t")
    done = subprocess.run(checked, check=False, capture_output=True, text=True)
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
    once = found.pop("Job")
    assert once["metadata"]["name"] == "ccm-migrate"
    assert set(found) == {"Deployment", "Service", "PodDisruptionBudget", "Ingress",
                          "NetworkPolicy"}  # fmt: skip
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


def test_only_the_ingress_reaches_servers_that_believe_its_headers():
    """Any other pod could make up an address for each guess of a password."""
    found = {d["kind"]: d for d in yaml.safe_load_all(text("kubernetes.yaml"))}
    pod = found["Deployment"]["spec"]["template"]
    given = {one["name"]: one["value"] for one in pod["spec"]["containers"][0]["env"]}
    policy = found["NetworkPolicy"]["spec"]
    assert given["FORWARDED_ALLOW_IPS"] == "*"
    assert policy["podSelector"]["matchLabels"] == pod["metadata"]["labels"]
    assert policy["policyTypes"] == ["Ingress"]
    (rule,) = policy["ingress"]
    assert rule["ports"] == [{"port": pod["spec"]["containers"][0]["ports"][0]["name"]}]
    assert "ingress-nginx" in str(rule["from"])


def test_kubernetes_gives_the_owner_s_address_to_the_job_alone():
    found = {d["kind"]: d for d in yaml.safe_load_all(text("kubernetes.yaml"))}
    pods = {kind: found[kind]["spec"]["template"]["spec"] for kind in ("Job", "Deployment")}
    held = {
        kind: [one["secretRef"]["name"] for one in pod["containers"][0]["envFrom"]]
        for kind, pod in pods.items()
    }
    assert held == {"Job": ["ccm", "ccm-owner"], "Deployment": ["ccm"]}
    (once,), (app,) = pods["Job"]["containers"], pods["Deployment"]["containers"]
    assert once["command"] == MIGRATES
    assert once["image"] == app["image"]
    assert once["securityContext"] == app["securityContext"]
    labels = found["Job"]["spec"]["template"]["metadata"]["labels"]
    assert labels != found["Service"]["spec"]["selector"], "no request reaches the job"


def test_probes_and_checks_ask_for_an_address_that_the_program_answers():
    said = (ROOT / "app.py").read_text(encoding="utf-8")
    assert 'Route("/healthz"' in said
    for name in ("Dockerfile", "kubernetes.yaml"):
        assert f"http://127.0.0.1:{PORT}/healthz" in text(name)


def test_every_setting_of_the_program_is_explained():
    settings = text("README.md").split("## Settings\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(CCM_[A-Z_]+)` \|", settings, re.MULTILINE)) == (
        read_by_the_program()
    )


NAMED = re.compile(
    r"`((?:tests|ccm_core|data|tools|pages|docs|deploy|store|access|trust|engine|rules)"
    r"/[\w./*]+\.\w+)`"
)


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md", "deploy/README.md", "docs/*.md"])
def test_files_that_the_documents_name_are_there(page):
    """Named from the root, from the package or from the tests; links from the page itself."""
    for document in ROOT.glob(page):
        said = document.read_text(encoding="utf-8")
        lost = {
            name for name in NAMED.findall(said)
            if not any([*(ROOT / start).glob(name)] for start in ("", "ccm_core", "tests"))
            and name != "pages/NAME.py"
        }  # fmt: skip
        links = set(re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", said))
        lost |= {link for link in links if not (document.parent / link).exists()}
        assert not lost, document.name
