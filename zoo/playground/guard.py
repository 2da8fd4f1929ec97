"""Who may talk to the server: the page that it served itself, on this machine.

A request has the server's own Host; a WebSocket and a POST besides its Origin; all of them the cookie that the one-time
token of the printed address was exchanged for. Everything else is answered by 403, without a reason a stranger could
use.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

Scope = Mapping[str, Any]

# No inline script or style, nothing from elsewhere, in no frame. The WebSocket is named, as 'self' has another scheme.
POLICY = (
    "default-src 'self'; connect-src 'self' ws://{host}; img-src 'self' data: blob:; object-src 'none';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Guard:
    """An ASGI application around another, which sees what is allowed alone."""

    def __init__(self, app: Any, port: int) -> None:
        self.app = app
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self.token: str | None = secrets.token_urlsafe(24)  # None: it was used
        self.session = secrets.token_urlsafe(32)
        self.cookie = f"zoo_playground_{port}"  # cookies know no ports

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        is_socket = scope["type"] == "websocket"
        new = False
        allowed = host in self.hosts
        if is_socket or scope.get("method") not in ("GET", "HEAD"):
            allowed = allowed and headers.get("origin") == f"http://{host}"
        if allowed and not self._has_cookie(headers.get("cookie", "")):
            new = allowed = not is_socket and self._takes_token(scope)
        if not allowed:
            await _refuse(scope, send)
            return

        async def send_guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *self._headers(host, new)]}
            await send(message)

        await self.app(scope, receive, send_guarded)

    def _has_cookie(self, text: str) -> bool:
        try:
            found = SimpleCookie(text).get(self.cookie)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self.session.encode())

    def _takes_token(self, scope: Scope) -> bool:
        """Whether the address has the token; it is good for one request for the page itself."""
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if scope["path"] != "/" or self.token is None or scope["method"] != "GET":
            return False
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return False
        self.token = None
        return True

    def _headers(self, host: str, new: bool) -> list[tuple[bytes, bytes]]:
        found = {
            "content-security-policy": POLICY.format(host=host),
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
        }
        if new:
            found["set-cookie"] = f"{self.cookie}={self.session}; HttpOnly; SameSite=Strict; Path=/"
        return [(name.encode(), value.encode()) for name, value in found.items()]


REFUSED = (
    b"403: this page is opened by the address that `zoo playground` printed, which works once, in the browser where it"
    b" was opened first. Start `zoo playground` again for a new one.\n"
)


async def _refuse(scope: Scope, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the client gets a 403
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": REFUSED})
