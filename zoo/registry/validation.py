"""Validate what a plugin offers; each check raises a `PluginError` that says what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.core.signature import TASKS
from zoo.errors import PluginError, ZooError
from zoo.options import options_of
from zoo.platform.paths import NAME
from zoo.registry.cache import Offer
from zoo.registry.recipes import read_recipe

if TYPE_CHECKING:
    from zoo.core.architecture import Architecture

# Flags of the run itself: no option of an architecture may have their names, for one flag never means two things.
RUN_FLAGS = (
    *("data", "out", "threads", "save_every", "keep_every", "resume", "quiet", "json", "help", "trusted"),
    *("provenance", "init_from", "weights", "schedule_from", "cluster", "cluster_wait", "mixed"),
    *("traceback", "plugin"),  # of the program, anywhere
)


def checked_architecture(value: Any) -> type[Architecture]:
    """The class, if everything that a list, a help page and a run need of it is there."""
    from zoo.core.architecture import Architecture
    from zoo.core.settings import TrainingSettings
    from zoo.data.options import DataOptions

    if not (isinstance(value, type) and issubclass(value, Architecture)):
        raise PluginError(f"it gave {ascii(value)[:80]}, expected subclasses of zoo.Architecture")
    for name, kind in (
        ("name", str),
        ("family", str),
        ("summary", str),
        ("tasks", tuple),
        ("data", str),
        ("settings", TrainingSettings),
    ):
        if not isinstance(getattr(value, name, None), kind):
            raise PluginError(
                f"{value.__name__}.{name} is {ascii(getattr(value, name, None))[:80]}, expected {kind.__name__}"
            )
    missing = sorted(getattr(value, "__abstractmethods__", ()))
    if missing:
        raise PluginError(f"{value.__name__} lacks {', '.join(missing)}")
    value()  # its defaults pass their own checks
    strangers = set(value.tasks) - set(TASKS)
    if strangers:
        raise PluginError(f"{value.__name__}.tasks has {min(strangers)!a}, expected some of {', '.join(TASKS)}")
    taken: dict[str, str] = {}
    for meaning, names, cls in (
        ("a flag of zoo train", RUN_FLAGS, None),
        ("an option of the data", options_of(DataOptions), None),
        ("a training setting", options_of(type(value.settings)), type(value.settings)),
        ("an option", options_of(value), value),
    ):
        for name in names:
            if name in taken:
                raise PluginError(
                    f"{(cls or value).__name__} has the option {name!r}, which is {taken[name]} already; one flag"
                    " never means two things: give it another name"
                )
            taken[name] = meaning if cls is None else f"{meaning} of {cls.__name__}"
    return value


NEEDED = {
    "zoo_datasets": ("name", "summary", "open", "options"),
    "zoo_plots": ("name", "summary", "applies", "draw"),
    "zoo_views": ("name", "summary", "applies", "draw", "first", "uses"),
    "zoo_commands": ("name", "get_short_help_str", "make_context"),
}


def checked(value: Any, hook: str) -> Any:
    """A dataset, a plot, a view or a command that has what it is for."""
    missing = [name for name in NEEDED[hook] if not hasattr(value, name)]
    if missing:
        raise PluginError(f"it gave {ascii(value)[:80]}, which has no {' and no '.join(missing)}")
    if "summary" in NEEDED[hook] and not isinstance(value.summary, str):
        raise PluginError(f"{value.name!a}: summary is {ascii(value.summary)[:80]}, expected text")
    return value


# By hook, what a component must have, its name first; zoo.nn checks the class when a component is used.
COMPONENT: dict[str, tuple[str, ...]] = {
    "zoo_losses": ("name", "forward", "outputs"),
    "zoo_optimizers": ("name", "apply", "state_names"),
    "zoo_activations": ("kind", "forward", "shapes"),
    "zoo_schedules": ("__name__", "__call__"),
    "zoo_initializers": ("name", "draw"),
    "zoo_readers": ("name", "kind", "says", "takes", "recognizes", "open"),
    "zoo_engines": ("name", "summary", "example", "takes", "open"),
}


def component_name(hook: str, value: Any) -> Any:
    """The name of a loss, an optimizer or another component, which has what it is for."""
    missing = [name for name in COMPONENT[hook] if not hasattr(value, name)]
    if missing:
        raise PluginError(f"it gave {ascii(value)[:80]}, which has no {' and no '.join(missing)}")
    if isinstance(value, type) != (hook == "zoo_optimizers"):
        expected = "classes" if hook == "zoo_optimizers" else "instances, such as [Name()] instead of [Name]"
        raise PluginError(f"it gave {ascii(value)[:80]}, expected {expected}")
    return getattr(value, COMPONENT[hook][0])


def files_at(roots: Iterable[Path], ending: str) -> list[Path]:
    """The files with this ending at or under the roots, in order of name. A root that is not there has none."""
    found: list[Path] = []
    for root in roots:
        found += sorted(root.rglob("*" + ending)) if root.is_dir() else [root] * root.is_file()
    return found


def recipe_offer(path: Path) -> Offer:
    try:
        if not NAME.fullmatch(path.stem):
            raise PluginError(f"recipe {str(path)!a}: expected a name of small letters, digits, - and _, 63 at most")
        recipe = read_recipe(path)
    except ZooError as error:
        return Offer("recipe", path.stem, path=str(path), reason=str(error))
    return Offer("recipe", recipe.name, recipe.summary, architecture=recipe.architecture, path=recipe.path)
