#!/usr/bin/env python3
"""Start the dashboard, or its tests, on a machine that has only Python 3.11 or newer.

    python3 start.py                     set up on the first start, then serve the dashboard
    python3 start.py --server.port 8600  further words go to Streamlit
    python3 start.py test                set up for development, then run the fast tests
    python3 start.py test -m slow        further words go to pytest
    python3 start.py ccm --help          the command line of the dashboard, from any folder
    python3 start.py setup               set up only (setup --dev: with the test tools)

Everything is installed into the folder .venv beside this file (or where the
environment variable CCM_VENV points), from pinned versions with checked hashes.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the check itself must run on older versions
    sys.exit(
        "The dashboard needs Python 3.11 or newer; this is Python "
        + ".".join(map(str, sys.version_info[:3]))
        + ".\nInstall a newer one, then for example: python3.12 start.py"
    )

import hashlib
import os
import shutil
import socket
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("CCM_VENV") or ROOT / ".venv").absolute()
IS_WINDOWS = os.name == "nt"
PROGRAMS = VENV / ("Scripts" if IS_WINDOWS else "bin")
PYTHON = PROGRAMS / ("python.exe" if IS_WINDOWS else "python")
DEFAULT_PORT = 8501
PLACES = ("CCM_VAR_DIR", "CCM_DATA_DIR", "CCM_BACKUP_DIR", "CCM_BACKUP_KEY", "CCM_LOG_ANCHOR")
SQLITE = "sqlite:///"

# A sign in what pip prints -> what to tell a person. The first that is found wins.
PIP_TROUBLE = {
    "DO NOT MATCH THE HASHES": "A downloaded package is not the one that was tested. Do not go on:"
    " try again later, and report it if it stays.",
    "No space left on device": "The disk is full: the dashboard needs about 1.5 GB.",
    "Permission denied": f"This user may not write to {VENV}.",
    "onnection": "The packages could not be downloaded: there is no network connection, or a proxy"
    " is in the way (set HTTPS_PROXY). Once installed, the dashboard needs no network.",
    "No matching distribution": "A package could not be found: there may be no ready-made one for"
    " this kind of computer or this version of Python. Python 3.11 to 3.13 are tested.",
}


def main(words: list[str]) -> int:
    """Do what the words on the command line ask for."""
    command = words[0] if words and not words[0].startswith("-") else "run"
    rest = words[1:] if words and words[0] == command else words
    if words and words[0] in {"-h", "--help", "help"}:
        print(__doc__)
        return 0
    settle_places()
    if command != "ccm":  # its words name files as the caller sees them
        os.chdir(ROOT)  # Streamlit reads its security settings from .streamlit/ below this folder
    if command == "run":
        return run(rest)
    if command == "test":
        set_up("requirements-dev.txt")
        return hand_over([str(PYTHON), "-m", "pytest", *(rest or ["-n", "auto"])])
    if command == "ccm":
        set_up("requirements.txt")
        return hand_over([str(PROGRAMS / ("ccm.exe" if IS_WINDOWS else "ccm")), *rest])
    if command == "setup":
        set_up("requirements-dev.txt" if "--dev" in rest else "requirements.txt")
        say(f"Ready: {VENV}")
        return 0
    sys.exit(f"There is no command {command!r}. Use run, test, ccm or setup; --help tells more.")


def settle_places() -> None:
    """A place in the environment is one place, for the server and for each command.

    Relative ones lie below this folder, from wherever the command is given.
    """
    for name in PLACES:
        if os.environ.get(name):
            os.environ[name] = str(ROOT / os.environ[name])
    before, mark, path = os.environ.get("CCM_DATABASE_URL", "").partition(SQLITE)
    if mark and not before and path and not path.startswith(":"):
        os.environ["CCM_DATABASE_URL"] = SQLITE + str(ROOT / path)


def run(rest: list[str]) -> int:
    """Serve the dashboard until Ctrl-C."""
    set_up("requirements.txt")
    port = port_of(rest)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(
                f"Port {port} is in use: the dashboard may be running already"
                f" (http://127.0.0.1:{port}).\nAnother port: python3 start.py"
                f" --server.port {port + 1}"
            )
    if not any(word.startswith("--server.port") for word in rest):
        rest = ["--server.port", str(port), *rest]
    say(f"The dashboard: http://127.0.0.1:{port}   (Ctrl-C stops it)")
    return hand_over([str(PYTHON), "-m", "streamlit", "run", "app.py", *rest])


def port_of(words: list[str]) -> int:
    """The port that these words ask for, else the environment, else .streamlit/config.toml."""
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    configured = settings.get("server", {}).get("port", DEFAULT_PORT)
    asked = os.environ.get("STREAMLIT_SERVER_PORT") or str(configured)
    for here, following in zip(words, [*words, ""][1:], strict=True):
        if here == "--server.port":
            asked = following
        elif here.startswith("--server.port="):
            asked = here.partition("=")[2]
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        sys.exit(f"{asked!r} is not a port. Give a number from 1 to 65535, for example 8600.")
    return int(asked)


def set_up(requirements: str) -> None:
    """Make the virtual environment match the pinned requirements; do nothing when it does."""
    if is_ready(requirements):
        return
    make_venv()
    for stamp in VENV.glob(".installed-*"):
        stamp.unlink()  # an interrupted installation must not look finished
    say(f"Installing the packages of {requirements} (needs the network; takes a minute or two) ...")
    install("--require-hashes", "-r", requirements)
    install("--no-build-isolation", "--no-deps", "-e", ".")
    compile_ahead()
    stamp_of(requirements).write_text(fingerprint(requirements), encoding="utf-8")


def is_ready(requirements: str) -> bool:
    """Whether these requirements, or the development ones that include them, are installed."""
    for name in {requirements, "requirements-dev.txt"}:
        stamp = stamp_of(name)
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint(name):
            return PYTHON.exists()
    return False


def stamp_of(requirements: str) -> Path:
    """The file that says what was installed last."""
    return VENV / f".installed-{requirements}"


def fingerprint(requirements: str) -> str:
    """Changes whenever an installation made before would no longer be the right one."""
    found = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    found.update((ROOT / requirements).read_bytes())
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found.update(str(described["project"]).encode())
    return found.hexdigest()


def make_venv() -> None:
    """Make the virtual environment, or make it anew when it belongs to another Python."""
    if VENV.exists():
        if not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir()):
            sys.exit(f"{VENV} holds something that is not a virtual environment. Move it away.")
        if version_inside() == sys.version_info[:2]:
            return
        shutil.rmtree(VENV)
    say(f"Making a virtual environment in {VENV} ...")
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            f"Python could not make a virtual environment.\n{(made.stdout + made.stderr).strip()}\n"
            "On Debian and Ubuntu the module comes apart: apt-get install python3-venv"
        )


def version_inside() -> tuple[int, ...]:
    """Python's version in the virtual environment; empty when it does not start."""
    asked = "import sys, pip; print(*sys.version_info[:2])"
    try:
        told = subprocess.run(
            [str(PYTHON), "-c", asked], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(map(int, told.stdout.split()))


def install(*words: str) -> None:
    """Let pip install, and say in plain words what went wrong when it fails."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *words]
    done = subprocess.run(
        [*command, "--quiet"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode == 0:
        return
    printed = done.stdout + done.stderr
    advice = [told for sign, told in PIP_TROUBLE.items() if sign in printed]
    last_lines = "\n".join("  " + line[:200] for line in printed.strip().splitlines()[-12:])
    sys.exit(
        f"Installing failed. pip said:\n{last_lines}\n\n"
        + (advice[0] if advice else "The lines above tell why. Start again when it is mended.")
    )


def compile_ahead() -> None:
    """Spare the first start the compilation; where it fails, Python compiles as it goes."""
    command = [str(PYTHON), "-m", "compileall", "-q", "app.py", "ccm_core", "pages"]
    subprocess.run(command, capture_output=True, check=False, cwd=ROOT)


def hand_over(command: list[str]) -> int:
    """Become that program, so that signals and the exit code are its own."""
    sys.stdout.flush()
    if not IS_WINDOWS:
        os.execv(command[0], command)
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 130


def say(line: str) -> None:
    """Print at once, also when the output is a file."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
