"""Public names of a package, each imported from its module when it is first used."""

from __future__ import annotations

import functools
import importlib
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

NAME = re.compile(r"^    from ([\w.]+) import (\w+) as \2$", re.MULTILINE)


def lazy_names(
    package: str, others: Callable[[], Mapping[str, Any]] = dict
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package whose public names stand in its source under `if TYPE_CHECKING:`.

    There each has a line `from MODULE import NAME as NAME`: a name of the module, or a module in it. So type checkers
    and this function read the same list. It is read when the first name is asked for; importing the package costs
    nothing. `others` gives names that have no line there; it is called for a name that is not found.
    """

    @functools.cache
    def modules() -> dict[str, str]:
        loader = sys.modules[package].__spec__.loader  # type: ignore[union-attr]
        source = loader.get_source(package)  # type: ignore[union-attr]  # every loader of source files has it
        return {name: module for module, name in NAME.findall(source)}

    def get(name: str) -> Any:
        if name == "__all__":
            return sorted(modules())
        if name not in modules():
            if not name.startswith("_") and name in (found := others()):
                return found[name]
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        home = importlib.import_module(modules()[name])
        value = vars(home)[name] if name in vars(home) else importlib.import_module(f"{home.__name__}.{name}")
        setattr(sys.modules[package], name, value)
        return value

    return get, lambda: sorted({*vars(sys.modules[package]), *modules()})
