"""The manifest as bytes: canonical JSON out, strict JSON in.

Out: UTF-8, keys sorted, no spaces, nothing that is not finite, so the same content gives the same bytes. In: refused
are duplicate keys, NaN and infinities (also 1e999), integers beyond 64 bits, nesting deeper than 32, lone surrogates,
bytes that are not UTF-8, more values than fit into little memory, and whatever else JSON does not know; then keys that
the format does not know.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any

from zoo.checkpoint.format.errors import quoted
from zoo.checkpoint.format.index import ITEM_SIZES, MOST_MANIFEST, MOST_OBJECTS, MOST_RANK
from zoo.checkpoint.format.json_schema import Anything, Items, Mapping, Null, OneOf, Table, Text, Whole
from zoo.errors import CheckpointError

FORMAT = 1
MOST_NESTING = 32
# What the values may cost in memory, whatever they are: an empty list takes 3 bytes of a file and 80 in Python.
MOST_COST = 2**21
_COST = {b"{": 6, b"[": 2, b",": 1}
# Also one that does not end: else each of its quotes would be tried as the beginning of another.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_PAIR = re.compile(rb"\[\]|\{\}")
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))

ARRAY = Table(
    {
        "dtype": Text(choices=tuple(ITEM_SIZES)),
        "shape": Items(Whole(0, 2**64 - 1), most=MOST_RANK),
        "sha256": Text(pattern="[0-9a-f]{64}"),
    }
)

# A loss, an optimizer or the like that a plugin offers, by the name the options have.
COMPONENT = Table({"kind": Text(255), "name": Text(5_000), "package": Text(255), "version": Text(255)})

# The container's own part in full. Of the rest it holds the keys and the outermost form; what stands in them is
# checked by those who know what it means.
CONTAINER = Table(
    required={
        "format": Whole(FORMAT, FORMAT),
        "arrays": Mapping(ARRAY, key=Text(most=5_000), most=MOST_OBJECTS),
    },
    optional=dict.fromkeys(
        ("signature", "preprocessing", "labels", "recipe", "training", "position", "parent"), Anything()
    )
    | {
        "architecture": Table(
            {"name": Text(255), "package": Text(255), "interface": Whole(0, 10**6), "options": Mapping()}
        ),
        "versions": Table(
            optional={
                name: OneOf(Null(), Text(255)) for name in ("zoo", "plugin", "numpy", "blas", "processor", "python")
            }
        ),
        "dataset": OneOf(Null(), Mapping()),
        "components": Mapping(Items(COMPONENT, most=64)),
        "initial_weights": OneOf(Null(), Mapping()),
        "metrics": Mapping(),
    },
)


def encode(manifest: dict[str, Any]) -> bytes:
    """Canonical bytes of a manifest, which `decode` is sure to accept."""
    _check_keys(manifest)
    try:
        text = json.dumps(manifest, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        data = text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(f"manifest: {error}; it must be JSON, with null for what is not finite") from error
    if len(data) > MOST_MANIFEST:
        raise CheckpointError(f"manifest: got {len(data)} bytes, expected at most {MOST_MANIFEST}")
    decode(data)
    return data


def decode(data: bytes) -> dict[str, Any]:
    """The manifest that bytes of unknown origin hold, or CheckpointError."""
    manifest = parse(data)
    CONTAINER.check(manifest, "manifest")
    return dict(manifest)


def parse(data: bytes) -> Any:
    """Strict JSON, as described above; no schema."""
    _check_form(data)
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_table,
            parse_constant=_constant,
            parse_float=_real,
            parse_int=_whole,
        )
        # Only an escape can make half a character ("\ud800"); it cannot be written as UTF-8 again.
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"manifest: not JSON as expected: {quoted(str(error), 300)}") from error
    return value


def _check_form(data: bytes) -> None:
    """Before the parser, which recurses once per bracket and makes an object of each value: depth and cost."""
    outside = _STRING.sub(b"", data)
    brackets = outside.translate(None, _OTHERS)
    for _ in range(MOST_NESTING):  # each round takes the innermost pairs away
        left = _PAIR.sub(b"", brackets)
        if len(left) == len(brackets):
            break
        brackets = left
    if brackets:
        raise CheckpointError(f"manifest: nested deeper than {MOST_NESTING}, or brackets that do not match")
    if sum(outside.count(token) * cost for token, cost in _COST.items()) > MOST_COST:
        raise CheckpointError("manifest: holds more values than any checkpoint of zoo's")


def _check_keys(value: object) -> None:
    """Keys are text: JSON would turn 1 and "1" into the same key."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    raise CheckpointError(f"manifest: got the key {quoted(repr(key))}, expected text")
            pending.extend(value.values())
        elif isinstance(value, list | tuple):
            pending.extend(value)


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        double = next(key for key, count in counts.items() if count > 1)
        raise CheckpointError(f"manifest: the key {quoted(double)} stands twice in one table")
    return table


def _constant(text: str) -> float:
    raise CheckpointError(f"manifest: got {text}, expected a finite number or null")


def _real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise CheckpointError(f"manifest: got {quoted(text)}, expected a finite number")
    return value


def _whole(text: str) -> int:
    # The length first: the time to read an integer grows with the square of its length.
    if len(text) > 20 or not -(2**63) <= int(text) < 2**64:
        raise CheckpointError(f"manifest: got the integer {quoted(text)}, expected one of 64 bits")
    return int(text)
