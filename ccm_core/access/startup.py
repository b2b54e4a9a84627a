"""What must hold before this server opens its port, checked on the effective settings.

A setting in the wrong place is silently ignored by the framework; therefore the
values that are in force are read back, wherever they were set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ccm_core.access.door import IDENTITY_HEADER, is_loopback
from ccm_core.errors import UsageError

IDENTITY_KEY = "ccm_session"
"""The field of ``st.user`` in which the verified header arrives."""

REQUIRED: dict[str, object] = {
    "server.trustedUserHeaders": {IDENTITY_HEADER.decode(): IDENTITY_KEY},
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.unsafeMetricsUserAttributes": [],
    "server.baseUrlPath": "",
    "client.showErrorDetails": "none",
    "logger.enableRich": False,
    "browser.gatherUsageStats": False,
    "global.developmentMode": False,
}


def wrong_settings(get_option: Callable[[str], Any], *, is_tls: bool) -> list[str]:
    """One sentence for each setting that would open a hole."""
    found = [
        f"{name} is {get_option(name)!r} and must be {wanted!r}"
        for name, wanted in REQUIRED.items()
        if get_option(name) != wanted
    ]
    address = get_option("server.address") or ""
    if not is_tls and address != "localhost" and not is_loopback(address):
        found.append(
            f"server.address is {address!r}: without TLS (CCM_TLS=1 behind a proxy) this server"
            " may listen on 127.0.0.1 only"
        )
    return found


def require_safe(get_option: Callable[[str], Any], *, is_tls: bool) -> None:
    """Refuse to serve with a setting that would open a hole.

    Raises:
        UsageError: names every such setting and what to do.
    """
    found = wrong_settings(get_option, is_tls=is_tls)
    if found:
        raise UsageError(
            "This server does not start: "
            + "; ".join(found)
            + ". Correct it in .streamlit/config.toml, in the environment (STREAMLIT_...) or on "
            "the command line."
        )
