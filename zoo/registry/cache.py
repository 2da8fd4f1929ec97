"""What the installed plugins offer, remembered in the user's cache: listing and looking up a name imports no plugin.

One JSON file per environment. An entry stands for one entry point and holds while its package's version and its files
(path, time, size) stay the same. The file is replaced in one step; a damaged one, or a folder that cannot be
written, costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zoo
from zoo.errors import ZooError
from zoo.platform.atomic_write import replacing
from zoo.platform.system import cache_folder, open_regular
from zoo.registry.package_names import same_package

GROUP = "zoo"  # of entry points
FORMAT = 3  # of the file; another one is made anew
LONGEST = 2**25  # bytes of the file
# Kinds of component by the hook that gives them; zoo.core.open_registry has the tables they are added to.
COMPONENTS = {
    "zoo_losses": "loss",
    "zoo_optimizers": "optimizer",
    "zoo_activations": "activation",
    "zoo_schedules": "schedule",
    "zoo_initializers": "initializer",
    "zoo_readers": "reader",
    "zoo_engines": "engine",
}
KINDS = ("architecture", "recipe", "dataset", "checkpoint", "plot", "view", "command", *COMPONENTS.values())
WATCHED = (".py", ".toml", ".h5")  # endings of the files a package's entry depends on


@dataclass(frozen=True)
class Offer:
    """One thing with a name that a plugin offers; kind is one of KINDS."""

    kind: str
    name: str
    summary: str = ""
    family: str = ""  # of an architecture
    tasks: tuple[str, ...] = ()  # of an architecture
    flags: tuple[str, ...] = ()  # of an architecture, for shells to complete: see `zoo.registry.flag_texts`
    architecture: str = ""  # of a recipe
    path: str = ""  # of a recipe or a checkpoint
    reason: str = ""  # why it cannot be used: a recipe with a mistake


@dataclass(frozen=True)
class Source:
    """An entry point as its package's metadata announce it: known without importing anything of the plugin.

    A plugin that is one file has the file's name as its package, and its path as its module.
    """

    package: str
    version: str
    entry: str
    module: str

    @classmethod
    def of_file(cls, path: str) -> Source:
        """The plugin that is this one file."""
        file = Path(path)
        return cls(file.name, "", file.stem, path)

    @property
    def is_file(self) -> bool:
        """Whether it is a plugin of one file, which nothing installed."""
        return os.path.isabs(self.module)

    @property
    def who(self) -> str:
        """How errors call it."""
        if self.is_file:
            return f"plugin file {self.package}"
        return f"plugin {self.entry!r} of package {self.package} {self.version}"

    @property
    def key(self) -> str:
        return f"{self.package} {self.version} {self.entry} {self.module}"


@dataclass(frozen=True)
class Plugin:
    """A source after it was looked into: what it offers, or the reason why it cannot be used."""

    source: Source
    offers: tuple[Offer, ...] = ()
    hooks: tuple[str, ...] = ()  # names of the hooks it implements
    roots: tuple[str, ...] = ()  # files and folders of recipes and checkpoints it depends on, besides its own modules
    fingerprint: str = ""
    reason: str = ""

    @property
    def package(self) -> str:
        return self.source.package

    @property
    def state(self) -> str:
        return "broken" if self.reason else "ready"


def sources() -> list[Source]:
    """The plugins that installed packages announce, by package and name. A package with broken metadata has none."""
    found: dict[str, list[Source]] = {}  # by entry point
    # What importlib.metadata raises for files that are not there, cut short or no text.
    broken = (OSError, ValueError, TypeError, LookupError, AttributeError)
    for distribution in importlib.metadata.distributions():
        with contextlib.suppress(*broken):
            text = distribution.read_text("entry_points.txt") or ""
            if f"[{GROUP}]" not in text.replace(" ", ""):
                continue
            about = distribution.metadata
            package, version = str(about["Name"]), str(about["Version"])
            for point in importlib.metadata.EntryPoints(distribution.entry_points).select(group=GROUP):
                known = found.setdefault(point.name, [])
                # The first on the path is the one that import finds.
                if not any(same_package(package, each.package) for each in known):
                    known.append(Source(package, version, point.name, point.value))
    return sorted(
        (each for known in found.values() for each in known), key=lambda each: (each.package.lower(), each.entry)
    )


def fingerprint(source: Source, roots: Iterable[str] = (), broken: bool = False) -> str:
    """A digest that changes when the plugin's files do: all of its top-level package, and its recipes and checkpoints.

    What broke a plugin may lie elsewhere (a package that is missing): then it changes also with zoo itself and with
    what is installed.
    """
    digest = hashlib.sha256(f"{FORMAT} {zoo.__version__} {sys.version_info[:2]} {source}".encode())
    folders = {*_locations(source.module.partition(":")[0].partition(".")[0]), *roots}
    folders |= {str(Path(__file__).parents[1])} if broken else set()
    for path, status in sorted(found for folder in folders for found in _files(folder)):
        digest.update(f"\n{path} {status}".encode(errors="surrogateescape"))
    if broken:
        for folder in sys.path:
            with contextlib.suppress(OSError):
                digest.update(f"\n{folder} {os.stat(folder or '.').st_mtime_ns}".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _locations(package: str) -> list[str]:
    """Where the files of a top-level package or module lie, asked of the import system without importing it."""
    for finder in sys.meta_path:
        with contextlib.suppress(ImportError, ValueError, AttributeError, OSError):  # of a package that is broken
            spec = finder.find_spec(package, None)
            if spec is not None:
                return list(spec.submodule_search_locations or ()) or [spec.origin or ""]
    return []


def _files(path: str, depth: int = 8) -> Iterator[tuple[str, str]]:
    """Every watched file at or under a path with its time and size."""
    try:
        if not os.path.isdir(path):
            status = os.stat(path)
            yield path, f"{status.st_mtime_ns} {status.st_size}"
            return
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir():
                    if depth and entry.name != "__pycache__":
                        yield from _files(entry.path, depth - 1)
                elif entry.name.endswith(WATCHED):
                    status = entry.stat()
                    yield entry.path, f"{status.st_mtime_ns} {status.st_size}"
    except OSError:
        return


class Catalogue:
    """The remembered plugins, by the key of their source."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or _default_file()
        self.plugins = _read(self.file)

    def get(self, source: Source) -> Plugin | None:
        """What is known of a source, if it still holds."""
        known = self.plugins.get(source.key)
        if known is None or known.fingerprint != fingerprint(source, known.roots, bool(known.reason)):
            return None
        return known

    def put(self, plugins: Iterable[Plugin]) -> None:
        """Remembers these plugins and no others."""
        self.plugins = {plugin.source.key: plugin for plugin in plugins}
        _write(self.file, self.plugins)


def remembered() -> list[Plugin]:
    """The plugins as this process found them remembered when it first asked: none is looked into."""
    return list(_remembered(_default_file()).values())


@functools.cache
def _remembered(file: Path | None) -> dict[str, Plugin]:
    return _read(file)


def _default_file() -> Path | None:
    """One file for every set of packages a process may see; None where the user has no cache folder."""
    seen = f"{sys.prefix} {os.environ.get('PYTHONPATH', '')} {Path(__file__).resolve().parents[1]}"
    name = f"catalogue-{hashlib.sha256(seen.encode(errors='surrogateescape')).hexdigest()[:12]}.json"
    try:
        return cache_folder() / name
    except (OSError, RuntimeError):  # no home folder
        return None


def _read(file: Path | None) -> dict[str, Plugin]:
    """The plugins in a catalogue; none where there is no file or it is damaged."""
    if file is None:
        return {}
    try:
        with open_regular(file) as opened:
            content = json.loads(opened.read(LONGEST + 1)[:LONGEST])
        if content["format"] != FORMAT:
            return {}
        plugins = [_plugin(each) for each in content["plugins"]]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}
    return {plugin.source.key: plugin for plugin in plugins}


def _plugin(values: dict[str, Any]) -> Plugin:
    """A plugin out of JSON; `TypeError` or `KeyError` where the shape is another."""
    offers = tuple(
        Offer(**{**offer, **{name: tuple(offer[name]) for name in ("tasks", "flags")}}) for offer in values["offers"]
    )
    plugin = Plugin(
        Source(**values["source"]),
        offers,
        tuple(values["hooks"]),
        tuple(values["roots"]),
        values["fingerprint"],
        values["reason"],
    )
    texts = [plugin.fingerprint, plugin.reason, *plugin.hooks, *plugin.roots, *dataclasses.astuple(plugin.source)]
    for offer in offers:
        texts += [each for each in dataclasses.astuple(offer) if not isinstance(each, tuple)]
        texts += [*offer.tasks, *offer.flags]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("expected text")
    return plugin


def _write(file: Path | None, plugins: dict[str, Plugin]) -> None:
    """Replaces the file in one step; where that cannot be done, nothing is remembered."""
    if file is None:
        return
    content = {"format": FORMAT, "plugins": [dataclasses.asdict(plugin) for plugin in plugins.values()]}
    with contextlib.suppress(OSError, ZooError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(str(file)) as descriptor, open(descriptor, "w", encoding="utf-8", closefd=False) as opened:
            json.dump(content, opened)
