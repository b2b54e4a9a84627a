"""How this server is reached: plain HTTP on this machine, or TLS behind a proxy.

Everything about a request that the gate and the sign-in routes judge alike:
cookie, origin, client address, a safe place to return to.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlmodel import Session

from ccm_core.access import devices
from ccm_core.access.sessions import Limits

IDENTITY_HEADER = b"x-ccm-session"
"""Set by the gate only, and mapped to ``st.user`` by ``server.trustedUserHeaders``."""
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

OpenDb = Callable[..., AbstractContextManager[Session]]
"""Opens one transaction: ``open_db()`` to read, ``open_db(write=True)`` to change."""
Scope = MutableMapping[str, Any]
RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Door:
    """The settings of the gate. ``open_db`` gives a database session."""

    open_db: OpenDb
    is_tls: bool = False
    hosts: frozenset[str] = LOCAL_HOSTS
    limits: Limits = field(default_factory=Limits)
    is_user_action: Callable[[bytes], bool] = lambda frame: True
    """Whether a WebSocket frame comes from a person, not from a timer of the page."""
    is_served: Callable[[bytes], bool] = lambda frame: True
    """Whether a frame from the browser is handed on; the others are dropped."""
    tab_of: Callable[[bytes], str] = lambda frame: ""
    """The Streamlit session id that a frame to the browser hands out; empty in most frames."""

    @classmethod
    def from_environment(
        cls,
        open_db: OpenDb,
        is_user_action: Callable[[bytes], bool],
        tab_of: Callable[[bytes], str],
        is_served: Callable[[bytes], bool],
    ) -> Door:
        """Read ``CCM_TLS``, ``CCM_HOSTS`` (comma separated) and the time limits."""
        named = {host.strip().lower() for host in os.environ.get("CCM_HOSTS", "").split(",")}
        return cls(
            open_db,
            is_tls=os.environ.get("CCM_TLS") == "1",
            hosts=LOCAL_HOSTS | (named - {""}),
            limits=Limits.from_environment(),
            is_user_action=is_user_action,
            tab_of=tab_of,
            is_served=is_served,
        )

    @property
    def cookie_name(self) -> str:
        """``__Host-`` binds the cookie to this host and to TLS; browsers refuse it without."""
        return "__Host-ccm_session" if self.is_tls else "ccm_session"

    def cookie(self, token: str) -> str:
        """The Set-Cookie value that hands out a token; an empty token takes it back."""
        parts = [f"{self.cookie_name}={token}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if self.is_tls:
            parts.append("Secure")
        if not token:
            parts.append("Max-Age=0")
        return "; ".join(parts)

    @property
    def device_name(self) -> str:
        """The cookie of a browser from which somebody has signed in."""
        return "__Host-ccm_device" if self.is_tls else "ccm_device"

    def device_cookie(self, mark: str) -> str:
        """The Set-Cookie value that lets this browser be known again for some weeks."""
        parts = [f"{self.device_name}={mark}", "Path=/", "HttpOnly", "SameSite=Lax"]
        parts += [f"Max-Age={devices.LIVES_SECONDS}", *(["Secure"] if self.is_tls else [])]
        return "; ".join(parts)

    def refusal(self, scope: Scope) -> str:
        """Why this connection may not be served at all; empty when it may."""
        headers = headers_of(scope)
        if self.is_tls:
            said = header(headers, b"x-forwarded-proto").split(",")[-1].strip()
            if scope.get("scheme") not in ("https", "wss") and said not in ("https", "wss"):
                return "This server is set to TLS (CCM_TLS=1): use https through its proxy."
        elif not is_loopback(client_address(scope)):
            return (
                "This server speaks plain HTTP and answers on its own machine only. To reach it"
                " from others, put a TLS proxy before it and set CCM_TLS=1."
            )
        host = host_name(header(headers, b"host"))
        if self.hosts == LOCAL_HOSTS and self.is_tls:
            return ""
        if host not in self.hosts:
            return "This host name is not served here. Add it to CCM_HOSTS."
        return ""


def headers_of(scope: Scope) -> RawHeaders:
    """The raw headers of an ASGI scope."""
    given: RawHeaders = scope.get("headers", [])
    return given


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """The first value of a header, or an empty text."""
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")


def host_name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def client_address(scope: Scope) -> str:
    """The network address of the client; behind a proxy on this machine, the one it names.

    Uvicorn already replaces the address by ``X-Forwarded-For`` when the proxy is local.
    """
    client = scope.get("client")
    return str(client[0]) if isinstance(client, list | tuple) and client else ""


def is_loopback(address: str) -> bool:
    """Whether the address is this machine."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def token_of(scope: Scope, cookie_name: str) -> str:
    """The session token in the cookies, or an empty text."""
    for key, value in headers_of(scope):
        if key.lower() != b"cookie":
            continue
        for part in value.decode("latin-1").split(";"):
            name, _, content = part.strip().partition("=")
            if name == cookie_name and content:
                return content
    return ""


def is_same_origin(headers: RawHeaders) -> bool:
    """Whether the browser says that this request comes from our own pages.

    A client that sends neither Origin nor Sec-Fetch-Site is no browser, and
    nobody's cookies travel with it against their will.
    """
    origin, site = header(headers, b"origin"), header(headers, b"sec-fetch-site")
    if not origin:
        return site in ("", "same-origin", "none")
    try:
        return urlsplit(origin).netloc.lower() == header(headers, b"host").lower()
    except ValueError:  # no address at all, such as "http://["
        return False


def safe_next(target: str) -> str:
    """A path of this site to return to; anything else becomes the home page."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\"))
    is_plain = target.isprintable() and "\\" not in target and len(target) <= 2000
    # As the server reads it: "/%73ign-out" is "/sign-out" once it has arrived.
    path = unquote(target.partition("?")[0].partition("#")[0])
    leads_out = path.startswith(("/sign-", "/first-run", "/session", "/download", "/_stcore"))
    # A browser takes dots out before it asks: "/./sign-out" would be "/sign-out" again.
    leads_out = leads_out or not {".", ".."}.isdisjoint(path.split("/"))
    return target if is_path and is_plain and not leads_out else "/"
