"""Select plugins: installed ones, minus disabled ones, plus `--plugin` files.

`ZOO_DISABLE_PLUGINS=1` switches off every plugin that did not come with zoo; a list of names separated by commas, each
of a package or of an entry point, switches off those. `zoo --plugin FILE.py …` adds a plugin that is one file.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from zoo.errors import UsageError
from zoo.platform.paths import expanded
from zoo.registry.package_names import same_package

OWN_PACKAGE = "zoo-networks"  # the distribution zoo itself comes in, with its families
VARIABLE = "ZOO_DISABLE_PLUGINS"

_files: list[str] = []


def files() -> tuple[str, ...]:
    """The one-file plugins in use, as absolute paths."""
    return tuple(_files)


def use_plugin(path: str | Path) -> None:
    """Adds a plugin that is one Python file, for this process; `UsageError` where there is no such file."""
    if not isinstance(path, (str, Path)):
        raise UsageError(f"use_plugin: path is {ascii(path)[:80]}, expected the path of a Python file, NAME.py")
    file = expanded(path)
    if file.suffix != ".py" or not file.is_file():
        raise UsageError(f"plugin {str(path)!a}: got no such file, expected a Python file, NAME.py")
    absolute = str(file.resolve())
    if absolute not in _files:
        _files.append(absolute)


@contextlib.contextmanager
def plugin_files(paths: Sequence[str]) -> Iterator[None]:
    """These one-file plugins besides, as long as the `with` lasts."""
    before = list(_files)
    try:
        for path in paths:
            use_plugin(path)
        yield
    finally:
        _files[:] = before


def disabled() -> str:
    """What the variable says, without spaces; "" where nothing is switched off."""
    text = "".join(os.environ.get(VARIABLE, "").split())
    return "" if text == "0" else text


def is_disabled(package: str, entry: str) -> bool:
    """Whether a plugin, known by its package and its entry point, is switched off."""
    text = disabled()
    if text in ("", "1"):
        return text == "1" and not same_package(package, OWN_PACKAGE)
    return any(same_package(name, each) for name in text.split(",") for each in (package, entry))
