"""Whether the kernels compiled by numba that a run asks for are here: for the same bits, of the same version."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Mapping
from typing import Any

from zoo.core.compiled import INSTALL
from zoo.core.phase import Phase
from zoo.errors import UsageError


def numba_version() -> str:
    """The version installed; "" where none is. Imports nothing."""
    try:
        return importlib.metadata.version("numba")
    except importlib.metadata.PackageNotFoundError:
        return ""


def uses_compiled(phases: Iterable[Phase]) -> bool:
    """Whether a phase computes with compiled kernels."""
    return any(phase.settings.compiled and phase.in_force().get("kernels") == "numba" for phase in phases)


def check_installed(phases: Iterable[Phase], who: str) -> None:
    """`UsageError` where phases ask for compiled kernels, and numba is not installed."""
    if uses_compiled(phases) and not numba_version():
        raise UsageError(f"{who}: kernels numba needs numba, which is not installed: {INSTALL}; or leave kernels out")


def check_same_version(manifest: Mapping[str, Any], phases: Iterable[Phase], path: object) -> None:
    """`UsageError` where a run with compiled kernels is to go on, and numba is another than the run's, or not here."""
    if not uses_compiled(phases):
        return
    made, here = (manifest.get("versions") or {}).get("numba"), numba_version()
    if made != here:
        raise UsageError(
            f"{path}: trained with the kernels of numba {made or 'of unknown version'}, here is {here or 'none'};"
            f" the same bits need the same version: pip install numba{f'=={made}' if made else ''}; or begin a new run"
            f" from its weights with --init-from"
        )
