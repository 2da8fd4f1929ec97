"""Open a port on this machine alone, print the address, and serve until the command is ended."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from zoo.errors import UsageError
from zoo.playground.spec import Given

HOST = "127.0.0.1"
PORT = 8642  # the usual one, so that shared addresses fit
NO_WEB = (
    "playground: the extra web is not installed; install it: pip install 'zoo-networks[web]', or from a checkout"
    " pip install -e '.[web]'"
)


def listening(port: int | None) -> socket.socket:
    """A socket on the port asked for, else on the usual one or any that is free."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, PORT if port is None else port))
    except OSError as error:
        if port is not None:
            found.close()
            raise UsageError(f"playground: --port {port}: {error.strerror or error}; name another, or none") from error
        found.bind((HOST, 0))
    return found


def serve(
    given: Given,
    first: dict[str, Any],
    port: int | None,
    opened: Callable[[str], None],
    query: dict[str, str] | None = None,
    fragment: str = "",
) -> None:
    """Serves until SIGINT or SIGTERM; `opened` gets the address once it answers."""
    try:
        import uvicorn

        from zoo.playground.server import Playground, application
    except ImportError as error:
        raise UsageError(NO_WEB) from error
    with contextlib.closing(listening(port)) as found:
        number = found.getsockname()[1]
        app = application(Playground(given, first), number)
        address = f"http://{HOST}:{number}/?{urlencode({'token': app.token, **(query or {})})}"

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if not self.should_exit:
                    opened(address + (f"#{fragment}" if fragment else ""))

        config = uvicorn.Config(
            app, log_level="warning", access_log=False, ws="websockets-sansio", ws_max_size=2**20, server_header=False
        )
        Server(config).run(sockets=[found])
