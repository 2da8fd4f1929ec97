"""Plugin packages made up for a test: modules and metadata in a folder on the path, as an installer leaves them."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from zoo.registry.cache import Catalogue
from zoo.registry.lookup import Registry

# A plugin with one architecture; NAME is filled in.
ARCHITECTURE = """
    from dataclasses import dataclass
    from typing import ClassVar
    import zoo
    from zoo import Architecture, TrainingSettings, option

    @dataclass(frozen=True)
    class Network(Architecture):
        name: ClassVar[str] = "NAME"
        family: ClassVar[str] = "toys"
        summary: ClassVar[str] = "a network for tests"
        tasks: ClassVar[tuple[str, ...]] = ("regression",)
        data: ClassVar[str] = "line"
        settings: ClassVar[TrainingSettings] = TrainingSettings()
        width: int = option(3, "units", low=1, high=9)

        def shapes(self, signature):
            yield "W", (self.width,)

        def build(self, signature, stream):
            raise NotImplementedError

        def phases(self, plan):
            return []

    @zoo.hookimpl
    def zoo_architectures():
        return [Network]
"""


class Site:
    """A folder of packages as `pip install` leaves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: set[str] = set()
        folder.mkdir()

    def install(
        self, package: str, code: str, version: str = "1.0", entries: Mapping[str, str] | None = None, module: str = ""
    ) -> Path:
        """Installs a package of one module, as the plugin named like the module unless `entries` say more."""
        module = module or package.replace("-", "_")
        entries = entries or {module: module}
        self.modules.add(module)
        path = self.folder / f"{module}.py"
        path.write_text(textwrap.dedent(code))
        self.announce(package, version, entries)
        return path

    def announce(self, package: str, version: str, entries: Mapping[str, str]) -> None:
        for old in self.folder.glob(f"{package.replace('-', '_')}-*.dist-info"):
            for file in old.iterdir():
                file.unlink()
            old.rmdir()
        about = self.folder / f"{package.replace('-', '_')}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        lines = "".join(f"{name} = {value}\n" for name, value in entries.items())
        (about / "entry_points.txt").write_text(f"[zoo]\n{lines}")

    def network(self, package: str, name: str, more: str = "", **installed: object) -> Path:
        """Installs a package with one architecture of that name."""
        code = textwrap.dedent(ARCHITECTURE).replace("NAME", name) + textwrap.dedent(more)
        return self.install(package, code, **installed)  # type: ignore[arg-type]

    def forget_imports(self) -> None:
        """As a new process would: nothing of these packages is imported yet."""
        importlib.invalidate_caches()
        for module in self.modules:
            sys.modules.pop(module, None)


@pytest.fixture
def toy_code() -> str:
    """The text of a module with the architecture `toy`."""
    return textwrap.dedent(ARCHITECTURE).replace("NAME", "toy")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(site.folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield site
    site.forget_imports()


@pytest.fixture
def new_registry(site: Site, tmp_path: Path) -> Callable[[], Registry]:
    """Makes the registry that a new process would have, over the same catalogue file."""

    def make() -> Registry:
        site.forget_imports()
        return Registry(Catalogue(tmp_path / "cache" / "catalogue.json"))

    return make
