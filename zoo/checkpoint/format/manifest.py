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
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.checkpoint.format.errors import quoted
from zoo.checkpoint.format.index import ITEM_SIZES, MOST_MANIFEST, MOST_OBJECTS, MOST_RANK, Entry
from zoo.checkpoint.format.json_schema import Anything, Items, Mapping, Null, OneOf, Table, Text, Whole
from zoo.errors import CheckpointError

FORMAT = 2
MOST_NESTING = 32
# What the values may cost in memory, whatever they are: an empty list takes 3 bytes of a file and 80 in Python.
MOST_COST = 2**20
_COST = {b"{": 6, b"[": 2, b",": 1, b":": 1}
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONG = re.compile(rb"[0-9]{19}")  # perhaps an integer beyond 64 bits
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))

ARRAY = Table(
    {
        "dtype": Text(choices=tuple(ITEM_SIZES)),
        "shape": Items(Whole(0, 2**63 - 1), most=MOST_RANK),
        "offset": Whole(0, 2**63 - 1),
        "sha256": Text(pattern="[0-9a-f]{64}"),
    }
)

_KEYS = ARRAY.required.keys()
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Arrays:
    """The table of arrays: as Mapping(ARRAY), in a tenth of the time for each that is in order."""

    def check(self, value: object, where: str) -> None:
        fits = isinstance(value, dict) and all(map(self._is_form, value.values()))
        if not fits or len(value) > MOST_OBJECTS:  # type: ignore[arg-type]
            Mapping(ARRAY, key=Text(most=5_000), most=MOST_OBJECTS).check(value, where)

    @staticmethod
    def _is_form(form: Any) -> bool:
        if type(form) is not dict or form.keys() != _KEYS:
            return False
        dtype, shape, offset, sha256 = form["dtype"], form["shape"], form["offset"], form["sha256"]
        return (
            type(dtype) is type(sha256) is str
            and dtype in ITEM_SIZES
            and _SHA256.fullmatch(sha256) is not None
            and type(offset) is int
            and 0 <= offset < 2**63
            and type(shape) is list
            and len(shape) <= MOST_RANK
            and all(type(extent) is int and 0 <= extent < 2**63 for extent in shape)
        )


# A loss, an optimizer or the like that a plugin offers, by the name the options have.
COMPONENT = Table({"kind": Text(255), "name": Text(5_000), "package": Text(255), "version": Text(255)})

# The container's own part in full. Of the rest it holds the keys and the outermost form; what stands in them is
# checked by those who know what it means.
CONTAINER = Table(
    required={
        "format": Whole(FORMAT, FORMAT),
        "arrays": Arrays(),
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
                name: OneOf(Null(), Text(255))
                for name in ("zoo", "plugin", "numpy", "numba", "blas", "processor", "python", "mixed")
            }
        ),
        "dataset": OneOf(Null(), Mapping()),
        "components": Mapping(Items(COMPONENT, most=64)),
        "initial_weights": OneOf(Null(), Mapping()),
        "after_update": Text(64),
        "trained": Table({"recipe": Text(5_000), "part": Text(5_000), "settings": Mapping()}),
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


def entries_of(manifest: dict[str, Any]) -> list[Entry]:
    """The arrays of a manifest, in the order of their names."""
    return [
        Entry(name, form["dtype"], tuple(form["shape"]), form["offset"])
        for name, form in sorted(manifest["arrays"].items())
    ]


def parse(data: bytes) -> Any:
    """Strict JSON, as described above; no schema."""
    _check_form(data)
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_table,
            parse_constant=_constant,
            parse_float=_real,
            parse_int=_whole if _LONG.search(data) else None,
        )
        # Only an escape can make half a character ("\ud800"); it cannot be written as UTF-8 again.
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"manifest: not JSON as expected: {quoted(str(error), 300)}") from error
    return value


def _check_form(data: bytes) -> None:
    """Before the parser, which recurses once per bracket and makes an object of each value: depth and cost."""
    text = np.frombuffer(data.replace(b"\\\\", b"").replace(b'\\"', b""), np.uint8)  # without quotes inside strings
    inside = np.add.accumulate(text == ord('"'), dtype=np.uint8) & 1
    outside = text[inside == 0].tobytes()
    brackets = np.frombuffer(outside.translate(None, _OTHERS), np.uint8)
    depth = np.add.accumulate(
        np.where((brackets == ord("[")) | (brackets == ord("{")), np.int8(1), np.int8(-1)), dtype=np.int32
    )
    if depth.size and (depth.max() > MOST_NESTING or depth.min() < 0 or depth[-1]):
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
        seen: set[str] = set()
        double = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
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
