"""`zoo.train` in threads, asyncio, a notebook's kernel, spawned and forked processes, and beside forks: it ends, with
the bits it has alone, also where processes measure its shards."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import zoo
from zoo import checkpoint
from zoo.platform import system

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it forks, and sends signals")

COMMON = """
import functools, hashlib, sys, zoo
from zoo.parallel.threads import Workers

if "processes" in sys.argv:  # which otherwise begin when a run has lasted for a while
    Workers.__init__ = functools.partialmethod(Workers.__init__, wait_for_processes=True)

def train(seed=0, threads=3):
    model = zoo.train("mlp", data="moons", hidden=(8,), epochs=2, seed=seed, shards=3, blocks=1, threads=threads)
    return hashlib.sha256(b"".join(array.tobytes() for array in model.weights.values())).hexdigest()
"""
SURROUNDINGS = {
    "a thread": """
import threading
def found():
    results = []
    thread = threading.Thread(target=lambda: results.append(train()))
    thread.start()
    thread.join()
    return results
""",
    "three threads": """
from concurrent.futures import ThreadPoolExecutor
def found():
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(lambda number: train(), range(3)))
""",
    "a coroutine": """
import asyncio
async def within():
    return [train()]
def found():
    return asyncio.run(within())
""",
    "executors of asyncio": """
import asyncio
async def within():
    loop = asyncio.get_running_loop()
    return await asyncio.gather(*(loop.run_in_executor(None, train) for _ in range(2)))
def found():
    return asyncio.run(within())
""",
    "a process that is spawned": """
import multiprocessing
def found():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return [pool.apply(train)]
""",
    "a process that is forked": """
import multiprocessing
def found():
    train()  # so that the fork finds what a training leaves behind
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(train, [0, 0], chunksize=1)
""",
    "a fork within a training": """
import os
def found():
    right = []
    def listen(event):
        if type(event).__name__ == "EpochDone" and event.epoch == 1:
            child = os.fork()
            if child == 0:
                os._exit(train() != alone)
            right.append(os.waitpid(child, 0)[1] == 0)
    zoo.train("mlp", data="moons", hidden=(8,), epochs=2, shards=3, blocks=1, threads=3, listen=listen)
    assert right == [True]
    return [train()]
""",
    "a process that forks others meanwhile": """
import os, signal, subprocess, threading, time
def found():
    children, programs, done = [], [], threading.Event()
    def fork():
        while not done.is_set():
            child = os.fork()
            if child == 0:
                time.sleep(60)  # it holds whatever it inherited
                os._exit(0)
            children.append(child)
            programs.append(subprocess.Popen(["sleep", "60"], close_fds=False))
            time.sleep(0.02)
    thread = threading.Thread(target=fork)
    thread.start()
    try:
        return [train()]
    finally:
        done.set()
        thread.join()
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        for program in programs:
            program.kill()
            program.wait()
""",
}
END = """
    results = found()
    assert results and all(each == alone for each in results), (WHERE, alone, results)
"""


def in_surroundings(folder: Path, places: Sequence[str], *arguments: str) -> None:
    """Trains in each of these surroundings, one after another, in a program of its own."""
    program = [COMMON, "if __name__ == '__main__':\n    alone = train(threads=1)\n"]
    for where in places:
        program += [SURROUNDINGS[where], f"if __name__ == '__main__':{END.replace('WHERE', repr(where))}"]
    script = folder / "surroundings.py"
    script.write_text("".join(program))
    command = [sys.executable, "-W", "ignore::DeprecationWarning", str(script), *arguments]  # it forks beside threads
    done = subprocess.run(command, cwd=folder, timeout=120, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_training_has_the_bits_it_has_alone(tmp_path: Path) -> None:
    in_surroundings(tmp_path, list(SURROUNDINGS))


@pytest.mark.slow
@pytest.mark.skipif(not system.CAN_SHARE_MEMORY, reason="processes share files in memory, which Linux alone has")
@pytest.mark.parametrize("where", SURROUNDINGS)
def test_training_with_processes_has_the_bits_it_has_alone(tmp_path: Path, where: str) -> None:
    in_surroundings(tmp_path, [where], "processes")


class Kernel:
    """A notebook's kernel."""

    def __init__(self, folder: Path) -> None:
        client = pytest.importorskip(
            "jupyter_client", reason="no notebook's kernel is installed: pip install ipykernel"
        )
        pytest.importorskip("ipykernel")
        self.manager = client.KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def begin(self, code: str) -> str:
        identifier: str = self.client.execute(code)
        return identifier

    def answer(self, identifier: str) -> tuple[str, str]:
        """What a cell printed, and its error: "" where there was none."""
        printed, error = "", ""
        while True:
            message: dict[str, Any] = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != identifier:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                printed += content["text"]
            elif kind == "error":
                error = f"{content['ename']}: {content['evalue']}"
            elif kind == "status" and content["execution_state"] == "idle":
                return printed, error

    def run(self, code: str) -> tuple[str, str]:
        return self.answer(self.begin(code))

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path)
    try:
        yield kernel
    finally:
        kernel.close()


def test_training_in_a_notebook(kernel: Kernel, tmp_path: Path) -> None:
    """The bits it has alone, also in a coroutine; an interrupted cell has saved, and the next one runs."""
    script = tmp_path / "alone.py"
    script.write_text(COMMON + "\nprint(train())\n")
    alone = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=120)
    assert kernel.run(f"{COMMON}\nprint(train())") == (alone.stdout, "")
    within = "import asyncio\nasync def within():\n    return train(), await asyncio.to_thread(train)\n"
    printed, error = kernel.run(f"{within}found = await within()\nprint(*found, sep='\\n')")
    assert (printed, error) == (alone.stdout * 2, "")

    long = kernel.begin("zoo.train('mlp', data='moons', hidden=(8,), epochs=100_000, threads=1, out='long.h5')")
    for _ in range(6000):
        if (tmp_path / "long.h5").exists():
            break
        time.sleep(0.01)
    time.sleep(0.2)
    kernel.manager.interrupt_kernel()
    printed, error = kernel.answer(long)
    assert error.startswith("TrainingInterrupted: training was stopped in epoch "), (printed, error)
    assert checkpoint.read(tmp_path / "long.h5").manifest["position"]["updates"] > 0
    assert kernel.run("print(train())") == (alone.stdout, "")
    assert isinstance(zoo.load(tmp_path / "long.h5"), zoo.Model)
