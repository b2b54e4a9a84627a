"""A real server on a free port, and a client that speaks its WebSocket."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]

PROBE_PAGE = '''
"""A page that tells who looks, keeps a secret in the session, and can fail."""

import streamlit as st

from pages.parts.downloads import offer
from pages.parts.guard import check, guard
from pages.parts.words import plain

who = guard("home")
st.write(f"CANARY-PATIENT for {who.username} role {who.role}")
st.write(f"state {st.session_state.get('kept', 'empty')}")
st.session_state["kept"] = f"kept by {who.username}"
st.session_state["role"] = "administrator"
if st.query_params.get("fail"):
    raise ValueError("CANARY-IN-ERROR Jane Doe 1S00-A00-AA00")
if st.query_params.get("stored"):
    st.markdown(plain(st.query_params["stored"]))
    st.caption(plain(st.query_params["stored"]))
    st.write("DRAWN")
if st.query_params.get("chart"):
    import altair as alt
    import pandas as pd

    rows = pd.DataFrame({"x": [1, 2, 3], "y": [2, 4, 8]})
    chart = alt.Chart(rows).mark_bar().encode(x="x:O", y="double:Q")
    st.altair_chart(chart.transform_calculate(double="datum.y * 2"))
    st.dataframe(rows)
    ticker = st.components.v2.component(
        "probe", html="<i class='probe'></i>",
        js="export default ({parentElement: p}) => {p.querySelector('.probe').textContent = 'RAN'}",
    )
    ticker(key="probe")
if st.query_params.get("offer"):
    offer("Get", "rows.csv", lambda: b"CANARY-ROWS", "text/csv", "home", "view")
'''


PREPARE = """
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.writing import save
db.require_current()
with db.session(write=True) as opened:
    save(opened, "demo", [Practice("demo", "Demo practice", is_demo=True)])
"""

PUBLISH = """
from ccm_core.program import publishing
from ccm_core.store import db
with db.session(write=True) as opened:
    publishing.keep_up(opened)
"""
"""What the server does some seconds after its start: a test need not wait for it."""


class Server:
    """``streamlit run app.py`` on a copy of the project with one probing page."""

    def __init__(self, folder: Path, *, keep_pages: bool = False, **environment: str) -> None:
        self.folder, self.log = folder / "project", folder / "server.log"
        copied = ("app.py", "pages", "ccm_core", "data", ".streamlit")
        for name in copied:
            source = ROOT / name
            if source.is_dir():
                skip = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, self.folder / name, ignore=skip)
            else:
                self.folder.mkdir(exist_ok=True)
                shutil.copy(source, self.folder / name)
        if not keep_pages:
            (self.folder / "pages" / "home.py").write_text(PROBE_PAGE)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {**os.environ, "CCM_VAR_DIR": str(folder / "var"), **environment}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *more: str) -> list[str]:
        port = ["--server.port", str(self.port)]
        return [sys.executable, "-m", "streamlit", "run", "app.py", *port, *more]

    def prepare(self, script: str = PREPARE) -> None:
        """A demo practice, without patients by default; the accounts come at the start."""
        command = [sys.executable, "-c", script + PUBLISH]
        subprocess.run(command, cwd=self.folder, env=self.environment, check=True)

    def start(self) -> None:
        """Start and wait until it answers."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start the process; others may start meanwhile."""
        self.process = subprocess.Popen(
            self.command(), cwd=self.folder, env=self.environment,
            stdout=self.log.open("ab"), stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wait(self) -> None:
        """Wait until it answers, as over TLS: a server without takes no notice."""
        until = time.monotonic() + 180
        as_by_proxy = {"x-forwarded-proto": "https"}
        while time.monotonic() < until:
            try:
                answer = httpx.get(f"{self.url}/readyz", timeout=5, headers=as_by_proxy)
                if answer.status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"The server did not answer:\n{self.log.read_text()}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def sign_in(self, role: str) -> str:
        """The token of a new sign-in with the demo account of a role."""
        from ccm_core.access.first_run import demo_password, demo_username

        form = {"username": demo_username(role), "password": demo_password(role)}
        answer = httpx.post(f"{self.url}/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        return str(answer.cookies["ccm_session"])

    def open(self, token: str = "", session_id: str = "", **headers: str) -> ClientConnection:
        """A socket, with a cookie and a Streamlit session id to take over if given."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        if token:
            named["cookie"] = f"ccm_session={token}"
        protocols = ["streamlit", "unset"] + ([session_id] if session_id else [])
        return connect(
            f"ws://127.0.0.1:{self.port}/_stcore/stream",
            subprotocols=[Subprotocol(name) for name in protocols],
            additional_headers=named,
            max_size=None,
        )  # fmt: skip

    def refused(self, **how: str) -> int:
        """The status with which a socket is refused; 0 when it opened."""
        try:
            with self.open(**how):
                return 0
        except InvalidStatus as error:
            return error.response.status_code


def run(stream: ClientConnection, query: str = "", page: str = "") -> tuple[str, bytes]:
    """Run the script once: (Streamlit session id, every byte that came)."""
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = page
    stream.send(message.SerializeToString())
    session_id, came = "", b""
    while True:
        raw = stream.recv(timeout=30)
        assert isinstance(raw, bytes)
        came += raw
        forward = ForwardMsg.FromString(raw)
        if forward.WhichOneof("type") == "new_session":
            session_id = forward.new_session.initialize.session_id
        if forward.WhichOneof("type") == "script_finished":
            return session_id, came


def seconds_to_close(stream: ClientConnection, within: float = 5) -> float:
    """Read what is still under way until the server closes; fails when it does not in time."""
    start = time.monotonic()
    while True:
        try:
            stream.recv(timeout=max(0.1, start + within - time.monotonic()))
        except ConnectionClosed:
            return time.monotonic() - start
