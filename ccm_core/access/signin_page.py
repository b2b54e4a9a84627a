"""The sign-in, sign-out and first-run pages as plain HTML: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_STYLE = """
:root{color-scheme:light dark;--ground:#f4f6f8;--card:#fff;--ink:#17212b;--soft:#55636f;
--line:#c9d2da;--accent:#0b6e63;--on-accent:#fff;--bad:#a4262c;--bad-ground:#fdecec}
@media (prefers-color-scheme:dark){:root{--ground:#10161b;--card:#182027;--ink:#e8eef2;
--soft:#a3b1bc;--line:#3a4751;--accent:#4cc2b2;--on-accent:#06231f;--bad:#ff9a94;
--bad-ground:#3a1d1e}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;
background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",sans-serif}
main{width:100%;max-width:26rem;background:var(--card);border:1px solid var(--line);
border-radius:14px;padding:2rem}
.mark{display:flex;gap:.6rem;align-items:center;color:var(--soft);margin:0 0 1.2rem}
h1{font-size:1.5rem;line-height:1.2;margin:0 0 .3rem}
p{margin:.3rem 0 1rem}.soft{color:var(--soft);font-size:.92rem}
label{display:block;font-weight:600;margin:1rem 0 .3rem}
label span{font-weight:400;color:var(--soft)}
input{width:100%;padding:.65rem .75rem;font:inherit;color:inherit;background:transparent;
border:1px solid var(--line);border-radius:8px}
button{width:100%;padding:.7rem 1rem;font:inherit;font-weight:600;border-radius:8px;
border:1px solid var(--accent);background:var(--accent);color:var(--on-accent);cursor:pointer}
form.main button{margin-top:1.4rem}
input:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.bad{background:var(--bad-ground);color:var(--bad);border-radius:8px;padding:.7rem .9rem}
.demo{border-top:1px solid var(--line);margin-top:1.8rem;padding-top:1.2rem}
.demo h2{font-size:1rem;margin:0}
.demo form{margin-top:.5rem}
.demo button{background:transparent;color:var(--ink);border-color:var(--line);text-align:left;
font-weight:500}
.demo button:hover{border-color:var(--accent)}
.tag{border:1px solid var(--line);border-radius:99px;padding:0 .6rem;font-size:.85rem}
"""
_MARK = (
    '<svg width="26" height="26" viewBox="0 0 24 24" aria-hidden="true" fill="none" '
    'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M3 12h4l2.5-6 4 12 2.5-6h5"/></svg>'
)
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def _page(title: str, inner: str, practice: str = "", *, is_demo: bool = False) -> str:
    badge = '<span class="tag">demo</span>' if is_demo else ""
    head = escape(practice) or "Chronic care management"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f'<body><main><p class="mark">{_MARK}<span>{head}</span>{badge}</p>'
        f"{inner}</main></body></html>"
    )


def _field(name: str, label: str, kind: str, complete: str, hint: str = "", more: str = "") -> str:
    extra = f" <span>{escape(hint)}</span>" if hint else ""
    return (
        f'<label for="{name}">{escape(label)}{extra}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{complete}" {more}>'
    )


def _kept(value: str, more: str = "required") -> str:
    """What was typed before a refusal; passwords and codes are never sent back."""
    return f'{more} value="{escape(value, quote=True)}"' if value else more


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value, quote=True)}">'


def _alert(text: str) -> str:
    return f'<p class="bad" role="alert">{escape(text)}</p>' if text else ""


def sign_in(
    practice: str,
    target: str,
    *,
    error: str = "",
    note: str = "",
    username: str = "",
    demo: Sequence[tuple[str, str, str]] = (),
) -> str:
    """The sign-in form. ``demo``: (user name, role in words, password) of each demo account.

    A name that was typed before a refusal stays, and the cursor waits in the password.
    """
    here, next_here = (
        ("required", "required autofocus") if username else ("required autofocus", "required")
    )
    form = (
        '<form class="main" method="post" action="/sign-in">'
        + _hidden("next", target)
        + _field("username", "User name", "text", "username", more=_kept(username, here))
        + _field("password", "Password", "password", "current-password", more=next_here)
        + _field("code", "One-time code", "text", "one-time-code",
                 "only if you set one up; a recovery code works too", 'maxlength="24"')
        + "<button>Sign in</button></form>"
    )  # fmt: skip
    said = f'<p class="soft" role="status">{escape(note)}</p>' if note else ""
    title = '<h1>Sign in</h1><p class="soft">Your work is on record under your own name.</p>'
    inner = title + said + _alert(error) + form + _demo(demo, target)
    return _page("Sign in", inner, practice, is_demo=bool(demo))


def _demo(accounts: Sequence[tuple[str, str, str]], target: str) -> str:
    if not accounts:
        return ""
    buttons = "".join(
        '<form method="post" action="/sign-in">'
        + _hidden("next", target) + _hidden("username", username) + _hidden("password", password)
        + f"<button>Sign in as {escape(role.lower())} (demo)</button></form>"
        for username, role, password in accounts
    )  # fmt: skip
    return (
        '<section class="demo" aria-label="Demo accounts"><h2>Look around</h2>'
        '<p class="soft">This is a demo practice. All people in it are invented.</p>'
        f"{buttons}</section>"
    )


def sign_out(practice: str) -> str:
    """Asks before signing out somebody who came by a link from elsewhere."""
    return _page(
        "Sign out",
        '<h1>Sign out?</h1><p class="soft">Every open tab of this browser is signed out.</p>'
        '<form class="main" method="post" action="/sign-out"><button>Sign out</button></form>',
        practice,
    )


def first_run(token: str, error: str = "", *, username: str = "", name: str = "") -> str:
    """The form that makes the first administrator; names that were typed stay in it."""
    return _page(
        "First administrator",
        "<h1>First administrator</h1>"
        '<p class="soft">This practice has no account yet. You make the first one; the others '
        "are made on the page Users.</p>"
        + _alert(error)
        + '<form class="main" method="post" action="/first-run">'
        + _hidden("token", token)
        + _field("username", "User name", "text", "username",
                 more=_kept(username, "required autofocus"))
        + _field("name", "Your name", "text", "name", more=_kept(name))
        + _field("password", "Password", "password", "new-password",
                 "15 characters or more", "required")
        + _field("again", "The same password again", "password", "new-password", more="required")
        + "<button>Make the account and sign in</button></form>",
    )  # fmt: skip


def message(title: str, text: str) -> str:
    """A page that only says something."""
    return _page(title, f"<h1>{escape(title)}</h1><p>{escape(text)}</p>")


def preparing(text: str) -> str:
    """A page that asks again by itself until the start is over."""
    page = _page("One moment", f'<h1>One moment</h1><p role="status">{escape(text)}</p>')
    return _asking_again(page, 1)


def closed(text: str) -> str:
    """Says why nobody can work, and asks again by itself."""
    page = _page(
        "Not open",
        f'<h1>The dashboard is not open</h1><p role="status">{escape(text)}</p>'
        '<p class="soft">This page tries again every few seconds.</p>',
    )
    return _asking_again(page, 5)


def _asking_again(page: str, seconds: int) -> str:
    refresh = f'<meta http-equiv="refresh" content="{seconds}"><title>'
    return page.replace("<title>", refresh, 1)
