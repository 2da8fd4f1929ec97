"""One plugin, imported alone: what its hooks give, looked at before anybody uses it, and its mistakes as its own."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from zoo.errors import PluginError, ZooError, did_you_mean
from zoo.platform.paths import NAME
from zoo.platform.redirect import PrintsToStderr
from zoo.registry import hookspecs
from zoo.registry.cache import COMPONENTS, GROUP, Offer, Source
from zoo.registry.flag_texts import flag_texts
from zoo.registry.validation import checked, checked_architecture, component_name, files_at, recipe_offer

if TYPE_CHECKING:
    import click

    from zoo.core.architecture import Architecture
    from zoo.core.events import Event
    from zoo.data.dataset import DatasetSource
    from zoo.plots.plot import Plot
    from zoo.views.view import View

FILE_MODULE = "zoo_plugin_file_"  # what the name of the module of a plugin file begins with
HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("zoo_"))


def plugin_manager() -> pluggy.PluginManager:
    """A plugin manager that knows zoo's hooks and no plugin yet."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


class LoadedPlugin:
    """A plugin that was imported and registered with `manager`. `PluginError` says what is wrong with it.

    Its hooks are called without those of other plugins, so that its mistakes are its own.
    """

    def __init__(self, source: Source, manager: pluggy.PluginManager) -> None:
        self.source = source
        self._manager = manager
        with self._guarded(f"module {source.module}"):
            module = self.module = _imported(source)
            interface = getattr(module, "zoo_interface", hookspecs.INTERFACE)
            if interface != hookspecs.INTERFACE:
                raise PluginError(
                    f"it was made for plugin interface {interface!a}, this zoo has {hookspecs.INTERFACE};"
                    " install versions that belong together"
                )
            self._hooks = _routines(module, source)
            try:
                manager.register(self._hooks, source.key)
                self.hooks = self._implemented(module)
            except BaseException:
                manager.unregister(name=source.key)
                raise

    def _implemented(self, module: Any) -> tuple[str, ...]:
        """The hooks the module implements; `PluginError` for a function that was meant to be one and is not."""
        implemented = []
        for caller in self._manager.get_hookcallers(self._hooks) or ():
            if caller.name in HOOKS:
                implemented.append(caller.name)
            elif not all(each.optionalhook for each in caller.get_hookimpls() if each.plugin is self._hooks):
                raise PluginError(
                    f"{caller.name} is marked as a hook, but there is no such hook{did_you_mean(caller.name, HOOKS)}"
                )
        for name in HOOKS:
            if name not in implemented and inspect.isfunction(getattr(module, name, None)):
                raise PluginError(f"{name} is not marked as a hook; write @zoo.hookimpl above it")
        return tuple(sorted(implemented))

    @property
    def version(self) -> str:
        """Of its package; of a plugin of one file what it says in `__version__`, if anything."""
        return self.source.version or str(getattr(self.module, "__version__", ""))

    @cached_property
    def architectures(self) -> dict[str, type[Architecture]]:
        with self._guarded("zoo_architectures"):
            return self._by_name(
                (checked_architecture(each) for each in self._call("zoo_architectures")), "architecture"
            )

    @cached_property
    def datasets(self) -> dict[str, DatasetSource]:
        with self._guarded("zoo_datasets"):
            return self._by_name((checked(each, "zoo_datasets") for each in self._call("zoo_datasets")), "dataset")

    @cached_property
    def plots(self) -> dict[str, Plot]:
        with self._guarded("zoo_plots"):
            return self._by_name((checked(each, "zoo_plots") for each in self._call("zoo_plots")), "plot")

    @cached_property
    def views(self) -> dict[str, View]:
        with self._guarded("zoo_views"):
            return self._by_name((checked(each, "zoo_views") for each in self._call("zoo_views")), "view")

    @cached_property
    def commands(self) -> dict[str, click.Command]:
        with self._guarded("zoo_commands"):
            return self._by_name((checked(each, "zoo_commands") for each in self._call("zoo_commands")), "command")

    @cached_property
    def components(self) -> dict[str, dict[str, Any]]:
        """Losses, optimizers and the like: by kind, then by name."""
        found: dict[str, dict[str, Any]] = {}
        for hook, kind in COMPONENTS.items():
            with self._guarded(hook):
                found[kind] = self._by_name(self._call(hook), kind, partial(component_name, hook))
        return found

    @cached_property
    def recipe_roots(self) -> tuple[Path, ...]:
        with self._guarded("zoo_recipes"):
            return tuple(Path(each).absolute() for each in self._call("zoo_recipes"))

    @cached_property
    def checkpoint_roots(self) -> tuple[Path, ...]:
        with self._guarded("zoo_checkpoints"):
            return tuple(Path(each).absolute() for each in self._call("zoo_checkpoints"))

    def on_event(self, event: Event) -> None:
        with self._guarded("zoo_event", quiet=False):  # once a batch; a command that trains does it once in all
            self._own("zoo_event")(event=event)

    def offers(self) -> list[Offer]:
        """Everything the plugin offers; `PluginError` when one of its hooks fails."""
        found = [
            Offer("architecture", each.name, each.summary, each.family, tuple(each.tasks), flag_texts(each))
            for each in self.architectures.values()
        ]
        for path in files_at(self.recipe_roots, ".toml"):
            found.append(recipe_offer(path))
        found += [Offer("dataset", each.name, each.summary) for each in self.datasets.values()]
        found += [Offer("checkpoint", path.stem, path=str(path)) for path in files_at(self.checkpoint_roots, ".h5")]
        found += [Offer("plot", each.name, each.summary) for each in self.plots.values()]
        found += [Offer("view", each.name, each.summary) for each in self.views.values()]
        found += [Offer("command", name, each.get_short_help_str(60)) for name, each in self.commands.items()]
        found += [Offer(kind, name) for kind, components in self.components.items() for name in components]
        return found

    def _call(self, hook: str) -> list[Any]:
        """What the plugin's implementation of a hook gives, as one list."""
        given = []
        for answer in self._own(hook)():
            if isinstance(answer, (str, Path)) or not isinstance(answer, Iterable):
                raise PluginError(f"it gave {ascii(answer)[:80]}, expected a list")
            given += list(answer)
        return given

    def _own(self, hook: str) -> pluggy.HookCaller:
        """The hook with this plugin's implementation alone."""
        others = [plugin for plugin in self._manager.get_plugins() if plugin is not self._hooks]
        return self._manager.subset_hook_caller(hook, others)

    def _by_name(
        self, values: Iterable[Any], kind: str, name_of: Callable[[Any], Any] = attrgetter("name")
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for value in values:
            name = name_of(value)
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise PluginError(
                    f"{kind} name {ascii(name)[:80]}: expected small letters, digits, - and _, 63 at most"
                )
            if name in found:
                raise PluginError(f"it gives the {kind} name {name!r} twice")
            found[name] = value
        return found

    @contextlib.contextmanager
    def _guarded(self, where: str, *, quiet: bool = True) -> Any:
        """Turns what the plugin's code raises into a `PluginError` that names it, and `quiet` keeps its prints off
        standard output."""
        try:
            with PrintsToStderr() if quiet else contextlib.nullcontext():
                yield
        except BaseException as error:  # whatever a plugin raises harms nothing but itself
            if _ends_program(error):
                raise
            raise PluginError(f"{self.source.who}, {where}: {reason_of(error)}") from error


def _ends_program(error: BaseException) -> bool:
    """Whether what was raised is a signal's, and no plugin's."""
    if isinstance(error, Exception):
        return False
    return isinstance(error, (KeyboardInterrupt, GeneratorExit)) or type(error).__module__.startswith("zoo.")


def _imported(source: Source) -> Any:
    """The plugin's module: of an entry point, or of one file, under a name no other module has."""
    if not source.is_file:
        return importlib.metadata.EntryPoint(source.entry, source.module, GROUP).load()
    name = f"{FILE_MODULE}{source.entry}"
    spec = importlib.util.spec_from_file_location(name, source.module)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up there what their annotations mean
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _routines(module: Any, source: Source) -> Any:
    """The module's functions, as an object that is this source's alone: two entry points may name one module. Of a
    module only what it has loaded: its names that are imported when they are first used stay so."""
    if not isinstance(module, ModuleType):
        return module
    found = ModuleType(source.key)
    vars(found).update({name: value for name, value in vars(module).items() if inspect.isroutine(value)})
    return found


def reason_of(error: BaseException) -> str:
    """One line: what was raised, and the file and line it came from."""
    text = " ".join(str(error).split())[:300]
    if isinstance(error, ZooError):
        return text
    place = ""
    if isinstance(error, SyntaxError):  # its text names the line, and the file without its folder
        place = f" ({error.filename})" if error.filename else ""
    elif not isinstance(error, pluggy.PluginValidationError):
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
        place = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{place}"
