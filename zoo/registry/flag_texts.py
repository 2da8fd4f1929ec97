"""The flags of an architecture as texts, so that a shell completes them from the catalogue and imports no plugin.

"--hidden", "--loss auto squared_error @loss" with the choices, "@loss" standing for those that plugins add, and
"--from-last/--no-from-last" for a switch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zoo.core.open_registry import Names
from zoo.options import Option, options_of

if TYPE_CHECKING:
    from zoo.core.architecture import Architecture


def flag_texts(kind: type[Architecture]) -> tuple[str, ...]:
    """One text for every option of an architecture and of its training."""
    known = {**options_of(kind), **options_of(type(kind.settings))}
    return tuple(_text(option) for option in known.values())


def _text(option: Option) -> str:
    if option.type is bool and not option.many:
        return f"{option.flag}/--no-{option.flag[2:]}"
    return " ".join((option.flag, *_choices(option)))


def _choices(option: Option) -> Iterator[str]:
    choices = option.choices
    if isinstance(choices, Names):
        yield from (name for name in choices.own if name in choices)
        yield f"@{choices.registry.kind}"
    elif choices is not None:
        yield from (text for text in map(str, choices) if text and not any(map(str.isspace, text)))
