"""Messages between two processes, taking turns: arrays in shared memory, the rest through a socket."""

from __future__ import annotations

import contextlib
import mmap
import os
import pickle
import select
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

ALIGNED = 64  # bytes of a cache line
SPIN = 0.002  # seconds a process looks for a message before it sleeps: to be woken takes 0.1 to 0.3 ms
LOOK = 0.5  # seconds between two looks whether the other process is still there


class Line:
    """One process's end. Every question has a number, and its answer the same: no answer is taken for another's."""

    def __init__(self, descriptor: int, outgoing: Shared, incoming: Shared) -> None:
        self._connection = Connection(descriptor)
        self._outgoing, self._incoming = outgoing, incoming
        self._received = 0
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def send(self, number: int, thing: Any) -> None:
        """Send a thing; `OSError` when the other side is gone."""
        self._connection.send_bytes(self._outgoing.put((number, thing)))
        self._outgoing.sent[0] += 1

    def receive(self, alive: Callable[[], bool]) -> tuple[int, Any]:
        """The next message: its number and the thing, whose arrays stay in place until this side has sent again.

        `EOFError` or `OSError` when the other side is gone, also when it is no longer `alive` though somebody else
        inherited its end.
        """
        asleep = time.perf_counter() + SPIN
        while self._incoming.sent[0] == self._received and time.perf_counter() < asleep:
            os.sched_yield()
        while not self._poll.poll(LOOK * 1000):
            if not alive() and not self.has_message():
                raise EOFError
        message = self._connection.recv_bytes()
        self._received += 1
        number, thing = self._incoming.take(message)
        return number, thing

    def has_message(self) -> bool:
        """Whether a message, or the end, is there to be received."""
        return bool(self._poll.poll(0))

    def close(self) -> None:
        """End the line for both sides, whoever else inherited a descriptor of it."""
        if self._connection.closed:
            return
        end = socket.socket(fileno=os.dup(self._connection.fileno()))
        with end, contextlib.suppress(OSError):  # the other side may be gone already
            end.shutdown(socket.SHUT_RDWR)
        self.forget()

    def forget(self) -> None:
        """Close this process's descriptor alone: the line goes on for others who have it."""
        self._connection.close()


class Shared:
    """Memory of two processes, in which one puts an object that the other takes; the next takes its place."""

    def __init__(self, descriptor: int, size: int) -> None:
        """`descriptor`: of a file in memory with `size` + ALIGNED bytes; −1: memory of its own."""
        self._size = size
        memory = memoryview(mmap.mmap(descriptor, size + ALIGNED))  # pages that nobody writes to take no memory
        self._memory = memory[ALIGNED:]
        self.sent = memory[:ALIGNED].cast("Q")  # [0]: how many messages are on their way or have come

    def put(self, thing: Any) -> bytes:
        """Store the arrays of a thing; gives what `take` needs for it."""
        places: list[tuple[int, int]] = []
        end = 0

        def store(buffer: pickle.PickleBuffer) -> bool:
            nonlocal end
            data = buffer.raw()
            start = -(-end // ALIGNED) * ALIGNED
            if start + len(data) > self._size:
                return True  # goes into the pickle
            self._memory[start : start + len(data)] = data
            places.append((start, len(data)))
            end = start + len(data)
            return False

        pickled = pickle.dumps(thing, protocol=5, buffer_callback=store)
        return pickle.dumps((places, pickled))

    def take(self, message: bytes) -> Any:
        """The thing, whose arrays lie in the shared memory until the next is put there."""
        places, pickled = pickle.loads(message)
        return pickle.loads(pickled, buffers=[self._memory[start : start + size] for start, size in places])
