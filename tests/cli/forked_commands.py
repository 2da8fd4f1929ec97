"""A process with zoo imported that forks once for each command line: ten times as soon as a new Python.

Each line on standard input is a job, JSON: {"arguments": […], "log": FILE, "out": FILE}. It answers with a line
{"pid": N} when the command has begun, and {"code": N, "ended": SECONDS of the system's monotonic clock} when it ended.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from typing import Any

import zoo.api  # noqa: F401  what takes long to import
from zoo.cli import main
from zoo.registry.lookup import registry


def put(descriptor: int, file: str) -> None:
    """Make a file this process's standard output or standard error."""
    os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    stream = open(descriptor, "w", buffering=1 if descriptor == 2 else -1, closefd=False)  # noqa: SIM115  open until the end
    name = {1: "stdout", 2: "stderr"}[descriptor]
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def command(job: dict[str, Any]) -> int:
    """In the fork: the command, as the program runs it."""
    put(1, job["out"])
    put(2, job["log"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    sys.argv = ["zoo", *job["arguments"]]
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def answer(**values: Any) -> None:
    os.write(1, f"{json.dumps(values)}\n".encode())


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    registry().plugins  # noqa: B018  they are looked up once
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 128 + signal.SIGINT  # of a signal before and after the command
            try:
                code = command(json.loads(line))
            finally:
                os._exit(code)
        answer(pid=child)
        status = os.waitpid(child, 0)[1]
        answer(code=os.waitstatus_to_exitcode(status), ended=time.monotonic())
