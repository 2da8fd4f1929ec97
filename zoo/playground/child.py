"""The process that trains, as the server sees it: started when it is needed, and again after it ended."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zoo.platform.system import exit_reason
from zoo.playground import messages
from zoo.playground.spec import Given
from zoo.registry import selection

START = """
import json, sys
start = json.loads(sys.argv[1])
sys.path[:] = start["path"]
from zoo.playground.worker import main
main(start)
"""


class Child:
    """One process. What it says is handed to `listen` in a thread of its own: (kind, bytes), and None at its end."""

    def __init__(
        self, given: Given, tables: Path, folder: Path, listen: Callable[[tuple[int, bytes] | None], None]
    ) -> None:
        start = {
            "path": sys.path,
            "plugins": selection.files(),
            "given": {"name": given.name, "checkpoint": given.checkpoint, "data": given.data},
            "tables": str(tables),
            "folder": str(folder),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", START, json.dumps(start)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._listen = listen
        self._lock = threading.Lock()
        threading.Thread(target=self._receive, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: dict[str, Any]) -> None:
        """Hands a message over; one to a process that has ended is lost."""
        pipe = self._process.stdin
        assert pipe is not None
        with self._lock, contextlib.suppress(OSError, ValueError):
            messages.write(pipe, message)

    def _receive(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        try:
            while True:
                self._listen(messages.read(pipe))
        except (EOFError, OSError, ValueError):
            self._process.wait()
            self._listen(None)

    def reason(self) -> str:
        """Why it ended."""
        code = self._process.poll()
        return "it has not ended" if code is None else exit_reason(code)

    def close(self) -> None:
        """Ends the process."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
