"""What decides the bits a process computes: versions, BLAS and its kernel, processor. Workers must share it."""

from __future__ import annotations

import functools
import platform
import socket

import numpy as np

import zoo
from zoo.parallel import blas
from zoo.registry.cache import sources
from zoo.training.compiled_kernels import numba_version


def host() -> str:
    """The name of this machine, as warnings and errors name it."""
    return socket.gethostname()


@functools.cache
def fingerprint() -> dict[str, str]:
    """By name what has to be the same where the same bits are promised."""
    found = {"zoo": zoo.__version__, "numpy": np.__version__, "processor": platform.machine()}
    if numba := numba_version():
        found["numba"] = numba
    for library in blas.libraries():
        name = f"BLAS {library.get('internal_api')}"
        if "numpy" in str(library.get("filepath")) or name not in found:
            found[name] = f"{library.get('version')} {library.get('architecture', '')}".strip()
    for source in sources():
        found[f"plugin {source.entry}"] = f"{source.package} {source.version}"
    return dict(sorted(found.items()))


def differences(here: dict[str, str], there: dict[str, str], compiled: bool = True) -> str:
    """What differs, in words: "numpy 2.1.0 here, 1.26.4 there"; "" where nothing does. Whether kernels compiled by
    numba compute a step: else its version makes no difference."""
    names = [name for name in sorted({*here, *there}) if here.get(name) != there.get(name)]
    names = [name for name in names if compiled or name != "numba"]
    return "; ".join(f"{name}: {here.get(name, 'none')} here, {there.get(name, 'none')} there" for name in names)
