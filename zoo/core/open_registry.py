"""Registries that plugins can extend: optimizers, losses, activations, schedules and others.

A table lists zoo's own components first; names beyond those are looked up in the catalogue of plugins, so listing names
imports no plugin, and a plugin is imported when one of its components is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Generic, TypeVar

from zoo.errors import PluginError

T = TypeVar("T")
U = TypeVar("U", bound=Callable[..., Any])


class OpenRegistry(Mapping[str, T]):
    """Components by name: `OPTIMIZERS["adam"]`, and `OPTIMIZERS["zoo-lion:lion"]` for the one of a certain package.

    kind: what the catalogue calls one, "optimizer". name_of: the name of a component. check: raises `PluginError` for
    a plugin's component that is not what it should be.
    """

    def __init__(
        self,
        kind: str,
        name_of: Callable[[T], str],
        check: Callable[[T], None] = lambda component: None,
    ) -> None:
        self.kind = kind
        self._name_of = name_of
        self._check = check
        self._own: dict[str, T] = {}
        self._checked: dict[int, T] = {}

    @property
    def own(self) -> Mapping[str, T]:
        """The components that come with zoo."""
        return self._own

    def add(self, component: T) -> T:
        """Add one of zoo's own components; as a decorator, `@OPTIMIZERS.add`."""
        name = self._name_of(component)
        if name in self._own:
            raise ValueError(f"{self.kind} {name!r} is defined twice")
        self._own[name] = component
        return component

    def __getitem__(self, name: str) -> T:
        if name in self._own:
            return self._own[name]
        from zoo.registry import lookup  # start-up time: only for components of plugins

        found: T = lookup.find_component(self.kind, name)
        if id(found) not in self._checked:
            try:
                self._check(found)
            except PluginError as error:
                raise PluginError(f"{self.kind} {name!r}: {error}") from error
            self._checked[id(found)] = found
        return found

    def __contains__(self, name: object) -> bool:
        """Whether there is one of that name; plugins are asked only for names that zoo itself does not have."""
        if name in self._own:
            return True
        if not isinstance(name, str):
            return False
        from zoo.registry import lookup  # start-up time: only for names that zoo itself does not have

        return lookup.has_component(self.kind, name)

    def __iter__(self) -> Iterator[str]:
        from zoo.registry import lookup  # start-up time: only where all names are listed

        yield from self._own
        yield from (name for name in lookup.component_names(self.kind) if name not in self._own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def names(
        self,
        *first: str,
        where: Callable[[T], bool] = lambda component: True,
        without: Collection[str] = (),
        last: Collection[str] = (),
    ) -> Names[T]:
        """The names as choices of an option: of the components for which `where` holds, between `first` and `last`."""
        return Names(self, first, where, without, last)


class Names(Collection[str], Generic[T]):
    """The names in a registry that an option takes. Plugins are asked for names that zoo itself does not have."""

    def __init__(
        self,
        registry: OpenRegistry[T],
        first: Collection[str],
        where: Callable[[T], bool],
        without: Collection[str],
        last: Collection[str],
    ) -> None:
        self.registry = registry
        self._first = first
        self._where = where
        self._without = without
        self._last = last

    def __contains__(self, name: object) -> bool:
        if name in self._first or name in self._last:
            return True
        return (
            isinstance(name, str)
            and name not in self._without
            and name in self.registry
            and self._where(self.registry[name])
        )

    def __iter__(self) -> Iterator[str]:
        """Zoo's own for which `where` holds, then all those of plugins, which are not imported for it."""
        yield from self._first
        for name in self.registry:
            fits = self._where(self.registry.own[name]) if name in self.registry.own else True
            if fits and name not in self._without:
                yield name
        yield from self._last

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def own(self) -> tuple[str, ...]:
        """Those that come with zoo."""
        return (*self._first, *self.registry.own, *self._last)

    def is_from_plugin(self, name: str) -> bool:
        """Whether a name among these is that of a plugin's component."""
        return name not in self._first and name not in self._last and name not in self.registry.own
