"""A worker of the playground in this process, with what it says read like a page would."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from zoo.playground import messages
from zoo.playground.spec import Given
from zoo.playground.worker import Worker, weights_digest

__all__ = ["Working", "header_of", "weights_digest"]


def header_of(frame: bytes) -> tuple[dict[str, Any], int]:
    """The JSON of a frame, and where its arrays begin."""
    assert frame[0] == 1
    length = int.from_bytes(frame[1:5], "little")
    return json.loads(frame[5 : 5 + length]), -(-(5 + length) // 8) * 8


WORKING: list[Working] = []  # not closed yet


class Working:
    """Sends messages, waits for answers and for states."""

    def __init__(self, folder: Path, given: Given | None = None) -> None:
        read, write = os.pipe()
        self.tables, self.files = folder / "tables", folder / "files"
        self.tables.mkdir(exist_ok=True)
        self.files.mkdir(exist_ok=True)
        self.worker = Worker(os.fdopen(write, "wb"), given or Given(), self.tables, self.files)
        self.said: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self._read = os.fdopen(read, "rb")
        self._out = self.worker.out
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        WORKING.append(self)
        self.thread = threading.Thread(target=self.worker.serve, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Ends its threads."""
        self.worker.end()
        self.thread.join(20)
        self._out.close()
        self._listener.join(20)
        self._read.close()

    def _listen(self) -> None:
        while True:
            try:
                kind, content = messages.read(self._read)
            except (EOFError, ValueError, OSError):
                return
            if kind == messages.FRAME:
                self.frames.append(content[4:])
            else:
                self.said.append(json.loads(content))

    def send(self, do: str, **more: Any) -> None:
        self.worker.inbox.put({"do": do, "client": 1, **more})

    def ask(self, do: str, kind: str, **more: Any) -> dict[str, Any]:
        """The answer of this kind; a refusal where there is one instead."""
        seen = len(self.said)
        self.send(do, **more)
        return self.wait(lambda: next((m for m in self.said[seen:] if m["type"] in (kind, "refused")), None))

    def wait(self, found: Any, seconds: float = 30.0) -> Any:
        end = time.monotonic() + seconds
        while not (value := found()):
            assert time.monotonic() < end, (self.worker.failed, self.worker.steps, str(self.said[-1:])[:300])
            time.sleep(0.002)
        return value

    def start(self, name: str = "", **spec: Any) -> dict[str, Any]:
        return self.ask("start", "run", spec={**({"name": name} if name else {}), **spec}, speed=0)

    def step(self, count: int = 1) -> None:
        to = self.worker.steps + count
        for _ in range(count):
            self.send("step")
        self.wait(lambda: self.worker.steps == to and not self.worker.playing)

    def epoch(self) -> None:
        rows = len(self.worker.rows)
        self.send("epoch")
        self.wait(lambda: len(self.worker.rows) > rows and not self.worker.playing)

    def finish(self) -> None:
        self.send("play")
        self.wait(lambda: self.worker.done or self.worker.failed, 60)

    def frame(self, *views: str, **more: Any) -> tuple[dict[str, Any], bytes]:
        seen = len(self.frames)
        self.send("frame", views=list(views), version=-1, run=self.worker.number, **more)
        frame = self.wait(lambda: self.frames[seen:])[0]
        return header_of(frame)[0], frame

    @property
    def weights(self) -> dict[str, np.ndarray]:
        assert self.worker.run is not None
        return {name: np.array(array) for name, array in self.worker.run.model.weights.items()}
