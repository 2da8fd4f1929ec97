"""Normalize package names as packaging tools do: `Zoo_Hopfield` is `zoo-hopfield`."""

from __future__ import annotations


def canonical(name: str) -> str:
    """The name in its one spelling."""
    from packaging.utils import canonicalize_name  # 13 ms, and names seldom differ

    return canonicalize_name(name)


def same_package(a: str, b: str) -> bool:
    """Whether both are names of one package."""
    return a == b or canonical(a) == canonical(b)
