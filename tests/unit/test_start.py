"""start.py must speak plainly when a machine is not as it should be."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(venv: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "start.py"), *words],
        env={**os.environ, "CCM_VENV": str(venv)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_help_names_each_command(tmp_path):
    told = start(tmp_path / "v", "--help")
    assert told.returncode == 0
    assert all(word in told.stdout for word in ("start.py test", "start.py ccm", "start.py setup"))


def test_unknown_command_is_refused(tmp_path):
    told = start(tmp_path / "v", "biuld")
    assert told.returncode == 1
    assert "'biuld'" in told.stderr


def test_a_folder_that_is_no_virtual_environment_is_left_alone(tmp_path):
    treasure = tmp_path / "treasure.txt"
    treasure.write_text("keep me")
    told = start(tmp_path, "setup")
    assert told.returncode == 1
    assert "not a virtual environment" in told.stderr
    assert treasure.read_text() == "keep me"


@pytest.mark.parametrize(
    ("words", "port"),
    [
        ([], 8501),
        (["--server.port", "8600"], 8600),
        (["--server.headless=true", "--server.port=8601"], 8601),
    ],
)
def test_port(module, monkeypatch, words, port):
    monkeypatch.delenv("STREAMLIT_SERVER_PORT", raising=False)
    assert module.port_of(words) == port


@pytest.mark.parametrize("asked", ["", "http", "0", "65536", "-1"])
def test_wrong_port_is_refused(module, asked):
    with pytest.raises(SystemExit, match="is not a port"):
        module.port_of([f"--server.port={asked}"])


def test_a_change_of_pins_asks_for_a_new_installation(module, monkeypatch, tmp_path):
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(module, "ROOT", tmp_path)
    before = module.fingerprint("requirements.txt")
    with (tmp_path / "pyproject.toml").open("a") as settings:
        settings.write("\n[tool.something]\nnew = 1\n")
    assert module.fingerprint("requirements.txt") == before
    with (tmp_path / "requirements.txt").open("a") as pins:
        pins.write("six==1.17.0\n")
    assert module.fingerprint("requirements.txt") != before


def test_the_program_is_compiled_at_set_up(module, monkeypatch, tmp_path):
    for folder in ("ccm_core", "pages"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page.py").write_text("shown = 1\n")
    (tmp_path / "app.py").write_text("served = 1\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    module.compile_ahead()
    assert len(list(tmp_path.rglob("*.pyc"))) == 3


@pytest.mark.parametrize(
    ("name", "given", "settled"),
    [
        ("CCM_VAR_DIR", "kept", str(ROOT / "kept")),
        ("CCM_VAR_DIR", "/kept", "/kept"),
        ("CCM_BACKUP_KEY", "keys/one.key", str(ROOT / "keys" / "one.key")),
        ("CCM_DATABASE_URL", "sqlite:///own.sqlite3", f"sqlite:///{ROOT / 'own.sqlite3'}"),
        ("CCM_DATABASE_URL", "sqlite:////own.sqlite3", "sqlite:////own.sqlite3"),
        ("CCM_DATABASE_URL", "sqlite:///:memory:", "sqlite:///:memory:"),
        ("CCM_DATABASE_URL", "postgresql://u@h/ccm", "postgresql://u@h/ccm"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="other roots")
def test_server_and_commands_find_one_place(module, monkeypatch, name, given, settled):
    monkeypatch.setenv(name, given)
    module.settle_places()
    assert os.environ[name] == settled


def test_files_named_on_the_command_line_are_the_callers(module, monkeypatch, tmp_path):
    """``python3 /opt/ccm/start.py ccm case mine.json`` looked for /opt/ccm/mine.json."""
    seen = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "set_up", lambda requirements: None)
    monkeypatch.setattr(module, "hand_over", lambda words: seen.append(Path.cwd()) or 0)
    module.main(["ccm", "case", "mine.json"])
    module.main(["test"])
    assert seen == [tmp_path, ROOT]
