"""The server: hands out the page, relays between its sockets and the process that trains, takes tables, gives files."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from zoo.playground import messages
from zoo.playground.child import Child
from zoo.playground.guard import Guard
from zoo.playground.spec import Given
from zoo.playground.tables import MOST_BYTES, keep_table, tables_folder

PAGE = Path(__file__).parent / "page"
MOST_PAGES = 8  # open at once
LONGEST_MESSAGE = 2**20  # characters of one message of a page
MOST_SAVED = 20  # checkpoints that can be downloaded; older ones go


class Playground:
    """The run's process and the pages that look at it."""

    def __init__(self, given: Given, first: dict[str, Any]) -> None:
        """`first`: the message that starts the run which is shown at first."""
        self.given, self.first = given, first
        self._kept = tempfile.TemporaryDirectory(prefix="zoo-playground-")
        self.folder, self.tables = Path(self._kept.name), tables_folder()
        self.child: Child | None = None
        self.last_start = first
        self.pages: dict[int, WebSocket] = {}
        self.saved: dict[str, tuple[Path, str]] = {}
        self._number = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    # --- the process --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the process, with the run that was asked for last."""
        self._loop = loop = asyncio.get_running_loop()

        def listen(message: tuple[int, bytes] | None, child: list[Child]) -> None:
            with contextlib.suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(lambda: loop.create_task(self._hear(message, child[0])))

        box: list[Child] = []
        box.append(Child(self.given, self.tables, self.folder, lambda message: listen(message, box)))
        self.child = box[0]
        self.child.send(self.last_start)

    def close(self) -> None:
        if self.child is not None:
            self.child.close()
        self._kept.cleanup()

    async def _hear(self, message: tuple[int, bytes] | None, child: Child) -> None:
        """Hands on what the process says."""
        if child is not self.child:
            return
        if message is None:
            self.child = None
            await self._tell_all({"type": "ended", "reason": child.reason()})
            return
        kind, content = message
        if kind == messages.FRAME:
            (client,) = struct.unpack_from("<I", content)
            await self._send(client, content[4:])
            return
        values = json.loads(content)
        if values["type"] == "saved":
            self._keep_saved(values)
        client = values.pop("client", None)
        if client is None:
            await self._tell_all(values)
        else:
            await self._send(client, json.dumps(values))

    def _keep_saved(self, values: dict[str, Any]) -> None:
        path = Path(values.pop("path"))
        if values["keep"]:
            return
        values["id"] = path.stem
        self.saved[path.stem] = (path, values["name"])
        while len(self.saved) > MOST_SAVED:
            old = next(iter(self.saved))
            self.saved.pop(old)[0].unlink(missing_ok=True)

    # --- the pages ----------------------------------------------------------------------------------------------------

    async def _tell_all(self, values: dict[str, Any]) -> None:
        for client in list(self.pages):
            await self._send(client, json.dumps(values))

    async def _send(self, client: int, content: str | bytes) -> None:
        page = self.pages.get(client)
        if page is None:
            return
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it was closed meanwhile
            if isinstance(content, str):
                await page.send_text(content)
            else:
                await page.send_bytes(content)

    async def socket(self, page: WebSocket) -> None:
        """One page: its messages go to the process, which it may start again."""
        await page.accept()
        if len(self.pages) >= MOST_PAGES:
            await page.send_text(json.dumps({"type": "full", "message": f"{MOST_PAGES} pages are open already"}))
            await page.close(1013)
            return
        self._number += 1
        client = self._number
        self.pages[client] = page
        try:
            if self.child is None:
                await page.send_text(json.dumps({"type": "ended", "reason": "it has ended"}))
            while True:
                self.receive(await page.receive_text(), client)
        except (WebSocketDisconnect, KeyError):
            pass
        finally:
            del self.pages[client]
            if self.child is not None:
                self.child.send({"do": "gone", "client": client})

    def receive(self, text: str, client: int) -> None:
        """A message of a page; one that is none is dropped."""
        if len(text) > LONGEST_MESSAGE:
            return
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(message, dict):
            return
        message["client"] = client
        if message.get("do") == "start":
            self.last_start = {**message}
        if self.child is None:
            if message.get("do") not in ("start", "revive"):
                return
            self.start()
        elif message.get("do") != "revive":
            self.child.send(message)


def application(playground: Playground, port: int) -> Guard:
    """The ASGI application: the page and what belongs to it, guarded."""

    async def page(request: Request) -> Response:
        return FileResponse(PAGE / "index.html", media_type="text/html; charset=utf-8")

    async def socket(page: WebSocket) -> None:
        await playground.socket(page)

    async def upload(request: Request) -> Response:
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > MOST_BYTES:
                return JSONResponse({"error": f"a table may have {MOST_BYTES // 2**20} MB at most"}, 413)
        if not content.strip():
            return JSONResponse({"error": "the table is empty"}, 400)
        return JSONResponse({"id": keep_table(playground.tables, bytes(content))})

    async def table(request: Request) -> Response:
        path = playground.tables / f"{request.path_params['digest']}.csv"
        if not request.path_params["digest"].isalnum() or not path.is_file():
            return Response(status_code=404)
        return FileResponse(path, media_type="text/csv", filename="table.csv")

    async def checkpoint(request: Request) -> Response:
        if (found := playground.saved.get(request.path_params["id"])) is None:
            return Response(status_code=404)
        return FileResponse(found[0], media_type="application/x-hdf5", filename=found[1])

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        playground.start()
        try:
            yield
        finally:
            playground.close()

    routes = [
        Route("/", page),
        WebSocketRoute("/socket", socket),
        Route("/table", upload, methods=["POST"]),
        Route("/table/{digest}", table),
        Route("/checkpoint/{id}", checkpoint),
        Mount("/page", StaticFiles(directory=PAGE)),
    ]
    return Guard(Starlette(routes=routes, lifespan=lifespan), port)
