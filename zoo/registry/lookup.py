"""Finding what plugins offer: architectures, recipes, datasets, checkpoints, plots, views, commands.

Names are looked up in the catalogue; a plugin is imported alone, when something it offers is asked for. Its mistakes
stay its own: they are kept as its state with the reason, and whoever asks for what it offers gets that reason.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import PluginError, UsageError, did_you_mean, warn
from zoo.platform.paths import expanded, is_path
from zoo.registry import selection
from zoo.registry.cache import COMPONENTS, Catalogue, Offer, Plugin, Source, fingerprint, sources
from zoo.registry.package_names import same_package
from zoo.registry.selection import OWN_PACKAGE

if TYPE_CHECKING:
    import click
    import pluggy

    from zoo.core.architecture import Architecture
    from zoo.core.events import Event, Listener
    from zoo.core.model import Model
    from zoo.data.dataset import DatasetSource
    from zoo.plots.plot import Plot
    from zoo.registry.loader import LoadedPlugin
    from zoo.registry.recipes import Recipe
    from zoo.views.view import View


class Registry:
    """All plugins of this environment that are in use, as the catalogue knows them."""

    def __init__(self, catalogue: Catalogue | None = None, files: tuple[str, ...] = ()) -> None:
        """`files`: plugins of one file, used besides those installed."""
        self._catalogue = catalogue or Catalogue()
        self._files = files
        self._loaded: dict[str, LoadedPlugin] = {}
        self._warned: set[str] = set()
        self._examining = False  # while plugins are examined: what they offer is not known yet

    @cached_property
    def _manager(self) -> pluggy.PluginManager:
        from zoo.registry.loader import plugin_manager  # start-up time: listing what there is imports no plugin

        return plugin_manager()

    @cached_property
    def plugins(self) -> list[Plugin]:
        """Every plugin in use; those whose package or files changed are looked into anew."""
        known = self._catalogue.plugins
        installed = [source for source in sources() if not selection.is_disabled(source.package, source.entry)]
        self._examining = True
        try:
            current = [self._catalogue.get(source) or self._examine(source) for source in installed]
            self._remember(current, known)
            return current + [self._examine(Source.of_file(path)) for path in self._files]
        finally:
            self._examining = False

    @cached_property
    def disabled(self) -> list[Plugin]:
        """The installed plugins that are switched off, with what they offered when they were last looked into."""
        return [
            dataclasses.replace(
                self._catalogue.plugins.get(source.key, Plugin(source)),
                reason=f"{source.who} is switched off by {selection.VARIABLE}={selection.disabled()}",
            )
            for source in sources()
            if selection.is_disabled(source.package, source.entry)
        ]

    def examine_broken(self) -> list[Plugin]:
        """Every plugin, after another try with the broken ones."""
        current = [self._examine(plugin.source) if plugin.reason else plugin for plugin in self.plugins]
        if current != self.plugins:
            self._remember([plugin for plugin in current if not plugin.source.is_file], {})
            self.__dict__["plugins"] = current
        return current

    def _remember(self, current: list[Plugin], known: dict[str, Plugin]) -> None:
        """Keeps what is known of installed plugins, also of those that are switched off for now."""
        off = {plugin.source.key for plugin in self.disabled}
        kept = [plugin for key, plugin in self._catalogue.plugins.items() if key in off]
        if {plugin.source.key: plugin for plugin in (*current, *kept)} != known:
            self._catalogue.put([*current, *kept])

    def _examine(self, source: Source) -> Plugin:
        try:
            loaded = self.load(source)
            offers = loaded.offers()
        except Exception as error:
            from zoo.registry.loader import reason_of

            reason = str(error) if isinstance(error, PluginError) else f"{source.who}: {reason_of(error)}"
            # What an earlier version or state offered is kept, so that asking for it tells the reason.
            before = [plugin for plugin in self._catalogue.plugins.values() if _same_entry(plugin.source, source)]
            offers = [offer for plugin in before[:1] for offer in plugin.offers]
            seen = "" if source.is_file else fingerprint(source, broken=True)
            return Plugin(source, tuple(offers), fingerprint=seen, reason=reason)
        roots = tuple(str(path) for path in (*loaded.recipe_roots, *loaded.checkpoint_roots))
        seen = "" if source.is_file else fingerprint(source, roots)
        return Plugin(source, tuple(offers), loaded.hooks, roots, seen)

    def load(self, source: Source) -> LoadedPlugin:
        """Imports one plugin, once; `PluginError` with the reason when it cannot be used."""
        if source.key not in self._loaded:
            from zoo.registry.loader import LoadedPlugin  # start-up time

            self._loaded[source.key] = LoadedPlugin(source, self._manager)
        return self._loaded[source.key]

    @property
    def loaded(self) -> list[LoadedPlugin]:
        """The plugins imported so far."""
        return list(self._loaded.values())

    def offers(self, *kinds: str) -> list[tuple[Plugin, Offer]]:
        """What working plugins offer of these kinds, in order of name."""
        found = [(plugin, offer) for plugin in self.plugins if not plugin.reason for offer in plugin.offers]
        return sorted(
            ((plugin, offer) for plugin, offer in found if offer.kind in kinds),
            key=lambda each: (each[1].name, each[1].kind),
        )

    def taken_twice(self, *kinds: str) -> dict[str, list[str]]:
        """The names that more than one package offers, each with these packages."""
        packages: dict[str, set[str]] = {}
        for plugin, offer in self.offers(*kinds):
            packages.setdefault(offer.name, set()).add(plugin.package)
        return {name: sorted(each) for name, each in packages.items() if len(each) > 1}

    def look_up(self, name: str, *kinds: str, near: str = "") -> list[tuple[Plugin, Offer]]:
        """What a name means, all from one package: at most one offer of each kind.

        `name` may be `package:name`. Where `near`, a package, offers the name, no other package is asked. What zoo
        itself offers keeps its name, whoever else has one; a warning says so, once.
        `UsageError` for an unknown name, `PluginError` when two packages offer it or the one that does is broken.
        """
        package, _, plain = name.rpartition(":")
        offers = self.offers(*kinds)
        found = [
            (plugin, offer) for plugin, offer in offers if offer.name == plain and _is_from(plugin, package or near)
        ]
        if not found and not package:
            found = [(plugin, offer) for plugin, offer in offers if offer.name == plain]
        if not found:
            raise self._unknown(name, plain, kinds, offers)
        packages = sorted({plugin.package for plugin, _ in found})
        if len(packages) > 1 and OWN_PACKAGE in packages:
            self._warn_of_others(plain, [each for each in packages if each != OWN_PACKAGE])
            found = [(plugin, offer) for plugin, offer in found if plugin.package == OWN_PACKAGE]
            packages = [OWN_PACKAGE]
        if len(packages) > 1:
            ways = " or ".join(f"{each}:{plain}" for each in packages)
            raise PluginError(f"{plain!r} is offered by the packages {' and '.join(packages)}; ask for {ways}")
        for kind in kinds:
            entries = [plugin.source.entry for plugin, offer in found if offer.kind == kind]
            if len(entries) > 1:
                ways = " or ".join(f"{each}:{plain}" for each in dict.fromkeys(entries))
                raise PluginError(
                    f"package {packages[0]} offers {plain!r} {len(entries)} times as {kind}; ask for {ways}"
                )
        return found

    def _warn_of_others(self, name: str, packages: list[str]) -> None:
        if name not in self._warned:
            self._warned.add(name)
            ways = " or ".join(f"{each}:{name}" for each in packages)
            also = " and ".join(packages)
            warn(f"{name!r} is zoo's own here; {also} has one, too: ask for {ways}")

    def _unknown(
        self, name: str, plain: str, kinds: tuple[str, ...], offers: list[tuple[Plugin, Offer]]
    ) -> UsageError | PluginError:
        broken = [plugin for plugin in self.plugins if plugin.reason]
        for plugin in (*broken, *self.disabled):
            offered = plain in {offer.name for offer in plugin.offers if offer.kind in kinds}
            named = plain in (plugin.source.entry, plugin.package) or plugin.source.is_file
            if offered or named:
                return PluginError(plugin.reason)
        message = f"there is no {' or '.join(kinds)} {name!a}{did_you_mean(plain, {offer.name for _, offer in offers})}"
        if "architecture" in kinds and plain in {offer.name for _, offer in self.offers("dataset")}:
            message += f"; {plain!a} is a dataset, which others are trained on: --data {plain}"
        if kinds == ("dataset",) and Path(name).exists():
            message += f"; the file or folder of that name is ./{name}"
        if broken:
            message += f" ({len(broken)} of {len(self.plugins)} plugins cannot be loaded, `zoo plugins` says why)"
        return UsageError(message)

    def architecture(self, name: str, near: str = "") -> type[Architecture]:
        plugin, offer = self.look_up(name, "architecture", near=near)[0]
        architectures = self.load(plugin.source).architectures
        if offer.name not in architectures:
            raise PluginError(f"package {plugin.package} no longer offers the architecture {offer.name!r}")
        return architectures[offer.name]

    def dataset(self, name: str) -> DatasetSource:
        plugin, offer = self.look_up(name, "dataset")[0]
        datasets = self.load(plugin.source).datasets
        if offer.name not in datasets:
            raise PluginError(f"package {plugin.package} no longer offers the dataset {offer.name!r}")
        return datasets[offer.name]

    def recipe(self, name: str) -> Recipe:
        """What a name or path means for training: a recipe, or an architecture with its own settings and data."""
        from zoo.registry.recipes import Recipe, read_recipe  # start-up time

        if is_path(name):
            return read_recipe(expanded(name))
        found = {offer.kind: (plugin, offer) for plugin, offer in self.look_up(name, "architecture", "recipe")}
        plugin, offer = found.get("recipe") or found["architecture"]
        if offer.kind == "architecture":
            return Recipe(offer.name, offer.name, offer.summary, package=plugin.package)
        if offer.reason:
            raise PluginError(f"package {plugin.package}: {offer.reason}")
        if "architecture" in found and offer.architecture.rpartition(":")[2] != offer.name:
            raise PluginError(
                f"package {plugin.package}: recipe {offer.name!r} has the name of an architecture"
                f" but trains {offer.architecture!r}; the recipe needs another name"
            )
        return dataclasses.replace(read_recipe(offer.path), package=plugin.package)

    def checkpoint(self, name: str) -> Path:
        return Path(self.look_up(name, "checkpoint")[0][1].path)

    def command(self, name: str) -> click.Command:
        plugin, offer = self.look_up(name, "command")[0]
        return self.load(plugin.source).commands[offer.name]

    def component(self, kind: str, name: str) -> Any:
        """The loss, optimizer or other component of a plugin under this name, or under `package:name`."""
        if self._examining:
            return self._loaded_components(kind)[name]
        plugin, offer = self.look_up(name, kind)[0]
        components = self.load(plugin.source).components[kind]
        if offer.name not in components:
            raise PluginError(f"package {plugin.package} no longer offers the {kind} {offer.name!r}")
        return components[offer.name]

    def component_names(self, kind: str) -> list[str]:
        """The names of the components of this kind that plugins offer."""
        if self._examining:
            return list(self._loaded_components(kind))
        return list(dict.fromkeys(offer.name for _, offer in self.offers(kind)))

    def has_component(self, kind: str, name: str) -> bool:
        """Whether a plugin in use offers the component, by its name or by `package:name`."""
        if self._examining:
            return name in self._loaded_components(kind)
        package, _, plain = name.rpartition(":")
        return any(offer.name == plain and _is_from(plugin, package) for plugin, offer in self.offers(kind))

    def component_source(self, kind: str, name: str) -> tuple[Source, str]:
        """The plugin that offers a component, and its version."""
        source = self.look_up(name, kind)[0][0].source
        return source, self.load(source).version

    def _loaded_components(self, kind: str) -> dict[str, Any]:
        """Components of the plugins imported so far, for plugins that use their own while they are examined."""
        found: dict[str, Any] = {}
        for loaded in self.loaded:
            if any(COMPONENTS.get(hook) == kind for hook in loaded.hooks):
                found |= loaded.components[kind]
        return found

    def plots(self) -> list[Plot]:
        """The plots of every plugin that offers any; see `_drawn`."""
        return self._drawn("zoo_plots", lambda loaded: loaded.plots)

    def views(self) -> list[View]:
        """The views of every plugin that offers any; see `_drawn`."""
        return self._drawn("zoo_views", lambda loaded: loaded.views)

    def _drawn(self, hook: str, of: Callable[[LoadedPlugin], Mapping[str, Any]]) -> list[Any]:
        """Plots or views of every plugin that offers any; a broken one is warned about and left out.

        Of a name that two packages have, zoo's own keeps it, and others are called `package:name`.
        """
        found: list[tuple[str, Any]] = []
        for plugin in self._with_hook(hook):
            try:
                found += [(plugin.package, each) for each in of(self.load(plugin.source)).values()]
            except PluginError as error:
                warn(str(error))
        packages: dict[str, set[str]] = {}
        for package, each in found:
            packages.setdefault(each.name, set()).add(package)
        return [
            each
            if len(packages[each.name]) == 1 or package == OWN_PACKAGE
            else dataclasses.replace(each, name=f"{package}:{each.name}")
            for package, each in found
        ]

    def listeners(self) -> list[Listener]:
        """What passes training events on to the plugins that listen."""
        found: list[Listener] = []
        for plugin in self._with_hook("zoo_event"):
            try:
                found.append(_listener_of(self.load(plugin.source)))
            except PluginError as error:
                warn(str(error))
        return found

    def _with_hook(self, hook: str) -> list[Plugin]:
        return [plugin for plugin in self.plugins if hook in plugin.hooks and not plugin.reason]


def _listener_of(loaded: LoadedPlugin) -> Callable[[Event], None]:
    """A listener that goes deaf at the plugin's first error instead of ending the training."""
    deaf = False

    def on_event(event: Event) -> None:
        nonlocal deaf
        if deaf:
            return
        try:
            loaded.on_event(event)
        except PluginError as error:
            deaf = True
            warn(f"{error}; it receives no more events of this run")

    return on_event


def _same_entry(a: Source, b: Source) -> bool:
    return a.entry == b.entry and same_package(a.package, b.package)


def _is_from(plugin: Plugin, package: str) -> bool:
    """Whether the plugin is of this package, or is this entry point; any plugin is of the package without a name."""
    return not package or package == plugin.source.entry or same_package(package, plugin.package)


def registry() -> Registry:
    """The registry of this process, for the plugins it uses now."""
    return _registry(selection.files(), selection.disabled())


@functools.cache
def _registry(files: tuple[str, ...], disabled: str) -> Registry:
    return Registry(files=files)


def plugins() -> list[Plugin]:
    """Every plugin in use with its state."""
    return registry().plugins


def find_architecture(name: str, near: str = "") -> type[Architecture]:
    """The class of an architecture; `near` is the package that is meant where several have one of that name."""
    return registry().architecture(name, near)


def find_dataset(name: str) -> DatasetSource:
    """A registered dataset."""
    return registry().dataset(name)


def find_recipe(name: str) -> Recipe:
    """What a name or a TOML file's path means for training; an architecture's own name is a recipe without changes."""
    return registry().recipe(name)


def find_component(kind: str, name: str) -> Any:
    """A loss, an optimizer or another component that a plugin offers."""
    return registry().component(kind, name)


def component_names(kind: str) -> list[str]:
    """The names of the components of this kind that plugins offer; imports no plugin."""
    return registry().component_names(kind)


def component_source(kind: str, name: str) -> tuple[Source, str]:
    """The plugin that offers a component, and its version."""
    return registry().component_source(kind, name)


def has_component(kind: str, name: str) -> bool:
    """Whether a plugin offers the component; imports no plugin."""
    return registry().has_component(kind, name)


def find_checkpoint(name: str) -> Path:
    """A checkpoint file: the path itself where there is such a file, else the shipped checkpoint of that name."""
    path = expanded(name)
    if path.is_file() or is_path(name):
        return path
    return registry().checkpoint(name)


def refuse_shipped(path: Path, who: str, advice: str) -> None:
    """`UsageError` for a checkpoint that came with zoo or a plugin; the `advice` holds {name} where its name goes."""
    for _, offer in registry().offers("checkpoint"):
        if os.path.realpath(offer.path) == os.path.realpath(path):
            command = advice.replace("{name}", offer.name)
            raise UsageError(
                f"{who} is a checkpoint that came with zoo or a plugin and is never written to; go on with it in a file"
                f" of your own: {command}"
            )


def find_architecture_of(name: str, package: str, version: str = "") -> type[Architecture]:
    """The class that a checkpoint names, of the package it claims to come from; no other package's will do."""
    if package:
        if why := why_not_here(name, package, version):
            raise PluginError(why)
        return registry().architecture(f"{package}:{name}")
    return registry().architecture(name)


def why_not_here(name: str, package: str, version: str = "", kind: str = "architecture") -> str:
    """Why the architecture (or another `kind`) of a checkpoint is not here, though its arrays are; "" where it is.

    It names the package the file claims to come from, and says nothing of how to install it: a stranger wrote the file.
    """
    if (package, name) in {(plugin.package, offer.name) for plugin, offer in registry().offers(kind)}:
        return ""
    for plugin in (*plugins(), *registry().disabled):
        if plugin.reason and plugin.package == package:
            return plugin.reason
    claimed = f"package {ascii(package)[:80]}" + (f", version {ascii(version)[:80]}" if version else "")
    absent = "is not installed here"
    if package.endswith(".py"):
        claimed, absent = f"the plugin file {ascii(package)[:80]}", "was not given with --plugin"
    elif any(plugin.package == package for plugin in plugins()):
        absent = "is not in the version installed here"
    return (
        f"{kind} {ascii(name)[:80]} of {claimed}, from which the file claims to come, {absent};"
        " `zoo show` and zoo.read still tell what is in the file"
    )


def missing_component(manifest: Mapping[str, Any], group: str = "") -> str:
    """Why a component of a plugin that a file needs is not here; "" where none is missing.

    `group`: "architecture" or "training", the options that name it; "" for either.
    """
    for name, components in (manifest.get("components") or {}).items():
        for each in components if group in ("", name) else ():
            plain = each["name"].rpartition(":")[2]
            if why := why_not_here(plain, each["package"], each["version"], each["kind"]):
                return why
    return ""


def package_of(architecture: type[Architecture]) -> tuple[str, str]:
    """Package and version an architecture came from; of a class that no plugin registered: ("", "")."""
    for loaded in registry().loaded:
        if "zoo_architectures" in loaded.hooks and loaded.architectures.get(architecture.name) is architecture:
            return loaded.source.package, loaded.version
    return "", ""


def plots_for(model: Model) -> list[Plot]:
    """The plots that apply to a model; one that cannot tell is warned about and left out."""
    return _applying(registry().plots(), model, "plot")


def views_for(model: Model) -> list[View]:
    """The views that apply to a model; one that cannot tell is warned about and left out."""
    return _applying(registry().views(), model, "view")


def _applying(offered: list[Any], model: Model, what: str) -> list[Any]:
    found = []
    for each in offered:
        try:
            if each.applies(model):
                found.append(each)
        except Exception as error:
            from zoo.registry.loader import reason_of

            warn(f"{what} {each.name!r} cannot tell whether it applies: {reason_of(error)}")
    return found


def listeners() -> list[Listener]:
    """The plugins that listen to training, as listeners."""
    return registry().listeners()


def versions_of(architecture: str) -> dict[str, str]:
    """The packages that offer an architecture of this name, with their versions."""
    offers = registry().offers("architecture")
    return {plugin.package: plugin.source.version for plugin, offer in offers if offer.name == architecture}
