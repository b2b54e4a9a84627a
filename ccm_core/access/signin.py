"""The routes of signing in and out, of the first administrator, and of a tab's own clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ccm_core.access import (
    credentials,
    devices,
    first_run,
    logs,
    passwords,
    sessions,
    signin_page,
    users,
)
from ccm_core.access.door import (
    Door,
    client_address,
    headers_of,
    is_same_origin,
    safe_next,
    token_of,
)
from ccm_core.access.sockets import Watch
from ccm_core.errors import CcmError
from ccm_core.records import Practice
from ccm_core.store.access_log import record
from ccm_core.store.reading import practice

LARGEST_FORM_BYTES = 8192
MOST_FIELDS = 20
MOST_WAITING = 40
NO_ACCOUNT = (
    "Nobody has an account yet. The address that makes the first one was printed where the "
    "server was started; the command 'ccm users add' makes one too."
)
SCRIPT = Path(__file__).with_name("session.js").read_text(encoding="utf-8")
Form = dict[str, str]


class SignIn:
    """The handlers; ``routes`` hands them to the server."""

    def __init__(
        self,
        door: Door,
        watch: Watch,
        start: first_run.FirstRun,
        preparing: Callable[[], str] = str,
        older_matches: passwords.Check = passwords.never,
    ) -> None:
        self.door, self.watch, self.start, self.preparing = door, watch, start, preparing
        self.older_matches = older_matches
        # Hashing has threads of its own: a storm of sign-ins slows only sign-ins.
        self._hashing = ThreadPoolExecutor(2, thread_name_prefix="sign-in")
        self._waiting = 0

    def routes(self) -> list[Route]:
        """Everything that is reachable without a sign-in, apart from the static shell."""
        return [
            Route("/sign-in", self.show, methods=["GET"]),
            Route("/sign-in", self.enter, methods=["POST"]),
            Route("/sign-out", self.leave, methods=["GET", "POST"]),
            Route("/first-run", self.show_first, methods=["GET"]),
            Route("/first-run", self.make_first, methods=["POST"]),
            Route("/session", self.clock, methods=["GET", "POST"]),
            Route("/session.js", _script, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form. Somebody who is signed in already goes on to the page."""
        target = safe_next(request.query_params.get("next", "/"))
        if text := self.preparing():
            return _html(signin_page.preparing(text))
        if await asyncio.to_thread(self._seconds_left, request):
            return RedirectResponse(target, 303)
        said = {
            "ended": "Your sign-in has ended. Sign in to go on.",
            "out": "You are signed out.",
        }.get(request.query_params.get("why", ""), "")
        return await self._form(target, note=said)

    async def enter(self, request: Request) -> Response:
        """Check the credentials; a token of before is void in any case."""
        if not is_same_origin(headers_of(request.scope)):
            return _say("Refused", "This sign-in came from another site.", 403)
        form = await _form_of(request)
        if form is None:
            return _say("Refused", "The form is too large.", 413)
        target = safe_next(form.get("next", "/"))
        typed = form.get("username", "")
        if self._waiting >= MOST_WAITING:
            busy = "Many sign-ins at once. Try again."
            return await self._form(target, error=busy, username=typed, status=503)
        try:
            token = await self._hashed(lambda: self._check(request, form))
        except CcmError as error:  # a misplaced key, a setting: for the log, not for strangers
            logs.report(error, "sign_in_failed")
            token = None
        if token is None:
            refused = credentials.REFUSED
            return await self._form(target, error=refused, username=typed, status=401)
        response = self._with_cookie(RedirectResponse(target, 303), token)
        mark = devices.issue(users.normal_name(form["username"]))
        response.headers.append("set-cookie", self.door.device_cookie(mark))
        return response

    async def leave(self, request: Request) -> Response:
        """End the sign-in. A link from another site is asked about first."""
        is_ours = is_same_origin(headers_of(request.scope))
        if not is_ours and request.method == "POST":
            return _say("Refused", "This request came from another site.", 403)
        token = token_of(request.scope, self.door.cookie_name)
        if not is_ours and token:
            shown = await asyncio.to_thread(self._practice)
            return _html(signin_page.sign_out(shown.name if shown else ""))
        if token:
            await asyncio.to_thread(self._end, sessions.hash_of(token))
            self.watch.end(sessions.hash_of(token))
        return self._with_cookie(RedirectResponse("/sign-in?why=out", 303), "")

    async def clock(self, request: Request) -> Response:
        """GET: how long this sign-in still lasts. POST: the person wants it to go on."""
        if request.method == "POST" and is_same_origin(headers_of(request.scope)):
            await asyncio.to_thread(self._touch, request)
        seconds = await asyncio.to_thread(self._seconds_left, request)
        return JSONResponse({"seconds": seconds}, 200 if seconds else 401)

    async def show_first(self, request: Request) -> Response:
        """The form of the first administrator, for who holds the printed token."""
        token = request.query_params.get("token", "")
        if not self.start.holds(token):
            return _say("Not valid", "Use the link that the server printed when it started.", 403)
        return _html(signin_page.first_run(token))

    async def make_first(self, request: Request) -> Response:
        """Make the first administrator and sign them in."""
        form = await _form_of(request)
        if form is None or not is_same_origin(headers_of(request.scope)):
            return _say("Refused", "This request came from another site.", 403)
        if form.get("password") != form.get("again"):
            return self._first_again(form, "The two passwords differ.")
        try:
            made = await self._hashed(lambda: self._make_first(request, form))
        except CcmError as error:
            return self._first_again(form, str(error))
        return self._with_cookie(RedirectResponse("/", 303), made)

    def _first_again(self, form: Form, why: str) -> Response:
        """The form once more: only who holds the link gets back what they typed."""
        token = form.get("token", "")
        kept = (
            {name: form.get(name, "") for name in ("username", "name")}
            if self.start.holds(token)
            else {}
        )
        return _html(signin_page.first_run(token, why, **kept), 400)

    async def _hashed(self, work: Callable[[], Any]) -> Any:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._hashing, work)
        finally:
            self._waiting -= 1

    def _check(self, request: Request, form: Form) -> str | None:
        shown = self._practice()
        now = sessions.clock()
        token = credentials.sign_in(
            self.door.open_db,
            credentials.Attempt(
                form.get("username", ""),
                form.get("password", ""),
                form.get("code", ""),
                client_address(request.scope),
                token_of(request.scope, self.door.device_name),
            ),
            now=now,
            is_demo_practice=bool(shown and shown.is_demo),
            limits=self.door.limits,
            older_matches=self.older_matches,
        )
        before = token_of(request.scope, self.door.cookie_name)
        if token and before:
            self._end(sessions.hash_of(before))
        return token

    def _make_first(self, request: Request, form: Form) -> str:
        now = sessions.clock()
        with self.door.open_db(write=True) as db:
            user_id = self.start.redeem(
                db,
                form.get("token", ""),
                form.get("username", ""),
                form.get("name", ""),
                form.get("password", ""),
                now,
            )
            address = client_address(request.scope)
            return sessions.begin(db, user_id, now, address, self.door.limits)

    def _practice(self) -> Practice | None:
        with self.door.open_db() as db:
            return practice(db)

    def _first_look(self) -> tuple[Practice | None, bool]:
        """The practice, and whether nobody has an account yet."""
        with self.door.open_db() as db:
            return practice(db), not users.count(db)

    def _seconds_left(self, request: Request) -> int:
        token = token_of(request.scope, self.door.cookie_name)
        if not token:
            return 0
        with self.door.open_db() as db:
            now = sessions.clock()
            return sessions.seconds_left(db, sessions.hash_of(token), now, self.door.limits)

    def _touch(self, request: Request) -> None:
        token = token_of(request.scope, self.door.cookie_name)
        with self.door.open_db(write=True) as db:
            sessions.touch(db, sessions.hash_of(token), sessions.clock(), self.door.limits)

    def _end(self, session_hash: str) -> None:
        now = sessions.clock()
        with self.door.open_db(write=True) as db:
            who = sessions.find(db, session_hash, now, self.door.limits)
            if who is not None:
                sessions.end(db, session_hash, now)
                record(db, who, "sign_out", "user_account", who.user_id)

    async def _form(
        self,
        target: str,
        *,
        error: str = "",
        note: str = "",
        username: str = "",
        status: int = 200,
    ) -> Response:
        shown, is_new = await asyncio.to_thread(self._first_look)
        note = note or (NO_ACCOUNT if is_new else "")
        demo = first_run.demo_accounts() if shown and shown.is_demo else []
        name = shown.name if shown else ""
        page = signin_page.sign_in(
            name, target, error=error, note=note, username=username, demo=demo
        )
        return _html(page, status)

    def _with_cookie(self, response: Response, token: str) -> Response:
        response.headers.append("set-cookie", self.door.cookie(token))
        return response


async def _script(request: Request) -> Response:
    return Response(SCRIPT, media_type="text/javascript")


async def _form_of(request: Request) -> Form | None:
    """The fields of a posted form; None when it is larger than any honest one."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM_BYTES:
            return None
    try:
        text = body.decode("utf-8", "replace")
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:  # more fields than any form of ours
        return None
    return {name: values[0] for name, values in fields.items()}


def _html(page: str, status: int = 200) -> Response:
    return HTMLResponse(page, status, {"content-security-policy": signin_page.POLICY})


def _say(title: str, text: str, status: int) -> Response:
    return _html(signin_page.message(title, text), status)
