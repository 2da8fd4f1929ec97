"""Compile a kernel by numba, of the extra `fast`: without the interpreter's lock, on one thread, kept on disk.

A module of such kernels is imported by the step that uses it and by nobody else, since importing numba takes half a
second. The code depends on the processor and on numba's version, which the checkpoint records; results do not change
from run to run.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from zoo.errors import UsageError, warn

Function = TypeVar("Function", bound=Callable[..., Any])

INSTALL = "pip install 'zoo-networks[fast]'"


def compiled(reassociate: bool = False, fuse: bool = False) -> Callable[[Function], Function]:
    """Decorates a function of arrays and numbers that numba compiles at its first call, with one line that says so.

    With `reassociate`, sums are added in the order that the processor adds fastest, always the same one; with `fuse`, a
    product and the sum it goes into are rounded once, where the processor does both in one instruction. `UsageError`
    where numba cannot be imported. Where no folder for compiled code can be written (`__pycache__` beside the file, or
    the user's cache), it is compiled in each process.
    """
    numba = _numba()
    flags = {"reassoc": reassociate, "nsz": reassociate, "contract": fuse}
    options = {"nogil": True, "error_model": "numpy", "fastmath": {name for name, on in flags.items() if on} or False}

    def decorate(function: Function) -> Function:
        try:
            made = numba.njit(cache=True, **options)(function)
        except RuntimeError:  # "no locator available": nowhere to write
            made = numba.njit(**options)(function)
        return made  # type: ignore[no-any-return]

    return decorate


@functools.cache
def _numba() -> Any:
    """The package, with somebody who listens when it compiles."""
    try:
        import numba
        from numba.core import event
    except ImportError as error:
        raise UsageError(f"kernels numba: numba cannot be imported here: {error}; {INSTALL}") from error

    class Announce(event.Listener):  # type: ignore[misc]
        """Warns at the first kernel that is compiled in this process, none at those that lie on disk."""

        done = False

        def on_start(self, event: Any) -> None:
            function = event.data["dispatcher"].py_func
            if not self.done and function.__module__.partition(".")[0].partition("_")[0] == "zoo":
                self.done = True
                warn("kernels numba: compiling at the first use, which takes seconds; later runs find it on disk")

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Announce())
    return numba
