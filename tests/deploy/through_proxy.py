"""nginx with deploy/nginx.conf on loopback ports, and a browser that goes through it."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect

from tests.conftest import ROOT

HOST = "ccm.example.org"
PATIENCE_SECONDS = 180
"""How long a busy machine may take for anything; nothing here is measured."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Proxy:
    """The deployment's nginx: its file with other addresses, ports and places."""

    def __init__(self, folder: Path, servers: Iterable[int]) -> None:
        self.folder, self.port = folder, free_port()
        self.key, self.chain = folder / "privkey.pem", folder / "fullchain.pem"
        names = f"subjectAltName=DNS:{HOST},IP:127.0.0.1"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}",
                "-addext", names, "-keyout", self.key, "-out", self.chain]  # fmt: skip
        subprocess.run(made, check=True, capture_output=True)
        self.file = folder / "nginx.conf"
        self.file.write_text(self._adapted(servers), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    def _adapted(self, servers: Iterable[int]) -> str:
        said = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
        changes = {
            "/etc/nginx/tls": str(self.folder),
            "/tmp/nginx.pid": str(self.folder / "nginx.pid"),
            "/dev/stdout": str(self.folder / "access.log"),
            "/dev/stderr": str(self.folder / "error.log"),
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ": f"listen 127.0.0.1:{self.port} ",
            # The one addition: who answered, so that the test knows which server to kill.
            "client_max_body_size": "add_header X-Answered-By $upstream_addr always;\n"
            "        client_max_body_size",
            "http {": "http {\n" + "".join(
                f"    {kind}_temp_path {self.folder}/{kind};\n"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            ),
        }  # fmt: skip
        changes |= {
            f"app{number}:8501": f"127.0.0.1:{port}" for number, port in enumerate(servers, start=1)
        }
        for old, new in changes.items():
            assert said.count(old) >= 1, f"{old} is not in nginx.conf any more"
            said = said.replace(old, new)
        return said

    def command(self, *more: str) -> list[str]:
        return ["nginx", "-e", str(self.folder / "error.log"), "-c", str(self.file), *more]

    def start(self) -> None:
        self.process = subprocess.Popen(self.command("-g", "daemon off;"))
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError((self.folder / "error.log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)


@dataclass
class Browser:
    """One browser behind an address of its own, which is what nginx tells browsers apart by."""

    proxy: Proxy
    address: str
    token: str = ""
    tab: str = ""
    """The Streamlit session id that the browser asks to go on with."""

    def __post_init__(self) -> None:
        self.tls = ssl.create_default_context(cafile=str(self.proxy.chain))
        self.http = httpx.Client(
            base_url=f"https://127.0.0.1:{self.proxy.port}",
            headers={"host": HOST},
            transport=httpx.HTTPTransport(verify=self.tls, local_address=self.address),
            timeout=PATIENCE_SECONDS,
        )

    def answered_by(self, headers: object = None) -> int:
        """The port of the server that nginx asked last."""
        found = headers if headers is not None else self.http.get("/healthz").headers
        return int(str(found["X-Answered-By"]).split(",")[-1].rsplit(":", 1)[1])  # type: ignore[index]

    def sign_in(self, username: str, password: str) -> httpx.Response:
        form = {"username": username, "password": password}
        answer = self.http.post("/sign-in", data=form, headers={"origin": f"https://{HOST}"})
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            if name == "__Host-ccm_session":
                self.token = value
        return answer

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path, headers={"cookie": f"__Host-ccm_session={self.token}"})

    def open(self) -> ClientConnection:
        """A socket through nginx, as the browser of a page on https://HOST opens it."""
        plain = socket.create_connection(
            ("127.0.0.1", self.proxy.port), PATIENCE_SECONDS, (self.address, 0)
        )
        asked = ["streamlit", "unset", *([self.tab] if self.tab else [])]
        return connect(
            f"wss://{HOST}/_stcore/stream", sock=plain, ssl=self.tls, origin=f"https://{HOST}",
            subprotocols=[Subprotocol(name) for name in asked], max_size=None,
            additional_headers={"cookie": f"__Host-ccm_session={self.token}"},
            open_timeout=PATIENCE_SECONDS,
        )  # fmt: skip

    def close(self) -> None:
        self.http.close()


def say(stream: ClientConnection, page: str, states: Iterable[WidgetState] = ()) -> None:
    """Ask for a run of a page with these widgets."""
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.widget_states.widgets.extend(states)
    stream.send(message.SerializeToString())


def hear(stream: ClientConnection) -> list[ForwardMsg]:
    """What the server sends until the run is over."""
    came = []
    while True:
        raw = stream.recv(timeout=PATIENCE_SECONDS)
        assert isinstance(raw, bytes)
        came.append(ForwardMsg.FromString(raw))
        if came[-1].WhichOneof("type") == "script_finished":
            return came


def tab_of(came: list[ForwardMsg]) -> str:
    """The Streamlit session id that the server handed out."""
    found = [one for one in came if one.WhichOneof("type") == "new_session"]
    return str(found[-1].new_session.initialize.session_id)


def text_of(came: list[ForwardMsg]) -> str:
    """What a reader sees: Markdown's backslashes, which keep words as they are, are left out."""
    sent = b"\n".join(one.SerializeToString() for one in came).decode("utf-8", "replace")
    return sent.replace("\\", "")


def widget(came: list[ForwardMsg], kind: str, label: str) -> str:
    """The id of the newest widget with this label."""
    drawn = [one.delta.new_element for one in came if one.WhichOneof("type") == "delta"]
    found = [getattr(one, kind) for one in drawn if one.WhichOneof("type") == kind]
    return [str(one.id) for one in found if one.label == label][-1]


def kill(process: subprocess.Popen[bytes]) -> None:
    """End it with signal 9, so that nobody is told."""
    os.kill(process.pid, 9)
    process.wait(PATIENCE_SECONDS)
