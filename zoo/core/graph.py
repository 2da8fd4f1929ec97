"""A computation as a graph of ONNX operators, written as NumPy expressions: `x @ W + b`.

A layer, a loss or a model gives its form by `to_onnx`; `zoo.interchange` writes the graph as a file. Nothing here needs
the package onnx. Operators are those of ONNX, version `OPSET`: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zoo.errors import UsageError
from zoo.types import Array

OPSET = 18
ML_OPSET = 3
ML = "ai.onnx.ml"  # the domain of operators on text
END = 2**31 - 1  # of a slice: up to the end
TEXT = np.dtype(object)  # the type of strings

Operand = "Value | Array | float"


@dataclass(frozen=True)
class Node:
    """One operator with the names of its inputs and outputs; an attribute may be a `Graph`, which runs inside."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    domain: str = ""


@dataclass(frozen=True)
class Port:
    """An input or an output of a graph: a dimension that varies has a name."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | str, ...] | None
    about: str = ""


@dataclass
class Graph:
    """Operators in the order they run, with the constants they use; one inside another uses that one's constants."""

    outer: Graph | None = None
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    inputs: list[Port] = field(default_factory=list)
    outputs: list[Port] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)  # what the file says of itself
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _known: dict[tuple[str, tuple[int, ...], bytes], str] = field(default_factory=dict)

    def input(self, name: str, dtype: Any, shape: tuple[int | str, ...] | None = None, about: str = "") -> Value:
        """An input of the graph."""
        self.inputs.append(Port(name, np.dtype(dtype), shape, about))
        return Value(self, name, np.dtype(dtype))

    def output(self, name: str, value: Value, shape: tuple[int | str, ...] | None = None, about: str = "") -> None:
        """Gives a value out under a name."""
        self.nodes.append(Node("Identity", f"output {name}", (value.name,), (name,), {}))
        self.outputs.append(Port(name, value.dtype, shape, about))

    def constant(self, array: Any, dtype: Any = None) -> Value:
        """An array, or a number, that is part of the graph; equal ones are kept once."""
        if self.outer is not None:
            return Value(self, self.outer.constant(array, dtype).name, self._dtype(array, dtype))
        array = np.asarray(array, self._dtype(array, dtype))
        key = (array.dtype.str, array.shape, repr(array.tolist()).encode() if array.dtype == TEXT else array.tobytes())
        if key not in self._known:
            self._known[key] = f"constant{next(self._numbers)}"
            self.constants[self._known[key]] = array
        return Value(self, self._known[key], array.dtype)

    @staticmethod
    def _dtype(array: Any, dtype: Any) -> np.dtype[Any]:
        found = np.dtype(dtype) if dtype is not None else np.asarray(array).dtype
        return TEXT if found.kind in "UO" else found

    def op(
        self,
        kind: str,
        *inputs: Any,
        dtype: Any = None,
        domain: str = "",
        name: str = "",
        **attributes: Any,
    ) -> Value:
        """The first output of an operator. Arrays among the inputs become constants, None an input left out."""
        return self.ops(kind, *inputs, dtypes=(dtype,), domain=domain, name=name, **attributes)[0]

    def ops(
        self,
        kind: str,
        *inputs: Any,
        dtypes: Sequence[Any] = (None,),
        domain: str = "",
        name: str = "",
        **attributes: Any,
    ) -> list[Value]:
        """As many outputs of an operator as there are `dtypes`; None: the type of the first input."""
        values = [each if isinstance(each, Value) or each is None else self.constant(each) for each in inputs]
        first = next((each.dtype for each in values if each is not None), np.dtype(np.float32))
        label = f"{kind}{next(self._counter)}"
        made = [
            Value(self, f"{label}_{place}" if len(dtypes) > 1 else label, first if each is None else np.dtype(each))
            for place, each in enumerate(dtypes)
        ]
        names = tuple("" if each is None else each.name for each in values)
        self.nodes.append(Node(kind, name or label, names, tuple(each.name for each in made), attributes, domain))
        return made

    @property
    def _counter(self) -> Iterator[int]:
        return self._numbers if self.outer is None else self.outer._counter

    # --- what several values make ---------------------------------------------------------------------------------

    def where(self, condition: Value, then: Any, otherwise: Any) -> Value:
        """`then` where the condition holds, else `otherwise`."""
        dtype = next(each.dtype for each in (then, otherwise) if isinstance(each, Value))
        then, otherwise = (
            each if isinstance(each, Value) else self.constant(each, dtype) for each in (then, otherwise)
        )
        return self.op("Where", condition, then, otherwise, dtype=dtype)

    def concat(self, values: Sequence[Value], axis: int = -1) -> Value:
        return values[0] if len(values) == 1 else self.op("Concat", *values, axis=axis)

    def zeros(self, rows_of: Value, width: int, dtype: Any) -> Value:
        """(rows of a value, width) of zeros."""
        rows = self.op("Shape", rows_of, dtype=np.int64, start=0, end=1)
        shape = self.concat([rows, self.constant(np.array([width]))], axis=0)
        return self.op("Expand", self.constant(np.zeros((1, width), dtype)), shape)

    def require(self, value: Value, condition: Value, reason: str) -> Value:
        """The value, where the condition (bool) holds throughout; else a run fails, and its error names the reason.

        ONNX has no errors of its own: what fails is a look-up beyond the end of an array, in a node of that name.
        """
        broken = self.op("Not", condition).cast(np.int64).op("ReduceSum", keepdims=0)
        place = (broken > 0).cast(np.int64)
        zero = self.op(
            "Gather",
            self.constant(np.zeros(1, value.dtype)),
            place,
            axis=0,
            name=f"refused: {reason} ({next(self._counter)})",
        )
        return value + zero

    def scan(
        self, step: Callable[..., Sequence[Value]], states: Sequence[Value], x: Value, reverse: bool = False
    ) -> tuple[list[Value], Value]:
        """(states after the last step, the first state after each step (rows, time, …)) of a rule step by step.

        `step(*states, x_t)` gives the states after the step, from x_t (rows, …) of x (rows, time, …); `reverse` begins
        with the last step.
        """
        inside = Graph(outer=self)
        formal = [inside.input(f"state{next(self._counter)}", each.dtype) for each in states]
        now = inside.input(f"step{next(self._counter)}", x.dtype)
        after = list(step(*formal, now))
        for each in (*after, after[0]):
            inside.output(f"after{next(self._counter)}", each)
        found = self.ops(
            "Scan",
            *states,
            x,
            dtypes=[each.dtype for each in (*after, after[0])],
            body=inside,
            num_scan_inputs=1,
            scan_input_axes=[1],
            scan_output_axes=[1],
            scan_input_directions=[int(reverse)],
            scan_output_directions=[int(reverse)],
        )
        return found[:-1], found[-1]


class Value:
    """A tensor in a graph: what an operator gives. Operators are those of NumPy; plain numbers take its type."""

    __array_ufunc__ = None  # of `array @ value` NumPy leaves the answer to us

    def __init__(self, graph: Graph, name: str, dtype: np.dtype[Any]) -> None:
        self.graph, self.name, self.dtype = graph, name, dtype

    def op(self, kind: str, *others: Any, dtype: Any = None, **attributes: Any) -> Value:
        """An operator whose first input this is."""
        return self.graph.op(kind, self, *others, dtype=dtype, **attributes)

    def _with(self, kind: str, other: Any, swapped: bool = False, dtype: Any = None) -> Value:
        if not isinstance(other, Value):
            other = self.graph.constant(other, self.dtype)
        graph = other.graph if other.graph.outer is not None else self.graph
        pair = (other, self) if swapped else (self, other)
        return graph.op(kind, *pair, dtype=dtype)

    def __add__(self, other: Any) -> Value:
        return self._with("Add", other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Value:
        return self._with("Sub", other)

    def __rsub__(self, other: Any) -> Value:
        return self._with("Sub", other, swapped=True)

    def __mul__(self, other: Any) -> Value:
        return self._with("Mul", other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Value:
        return self._with("Div", other)

    def __rtruediv__(self, other: Any) -> Value:
        return self._with("Div", other, swapped=True)

    def __matmul__(self, other: Any) -> Value:
        return self._with("MatMul", other)

    def __pow__(self, other: Any) -> Value:
        return self._with("Pow", other)

    def __neg__(self) -> Value:
        return self.op("Neg")

    def __gt__(self, other: Any) -> Value:
        return self._with("Greater", other, dtype=bool)

    def __ge__(self, other: Any) -> Value:
        return self._with("GreaterOrEqual", other, dtype=bool)

    def __lt__(self, other: Any) -> Value:
        return self._with("Less", other, dtype=bool)

    def __le__(self, other: Any) -> Value:
        return self._with("LessOrEqual", other, dtype=bool)

    def equals(self, other: Any) -> Value:
        return self._with("Equal", other, dtype=bool)

    def __and__(self, other: Any) -> Value:
        return self._with("And", other)

    def __or__(self, other: Any) -> Value:
        return self._with("Or", other)

    def __invert__(self) -> Value:
        return self.op("Not")

    def minimum(self, other: Any) -> Value:
        return self._with("Min", other)

    def maximum(self, other: Any) -> Value:
        return self._with("Max", other)

    def cast(self, dtype: Any) -> Value:
        """The value in another type; itself where it has that."""
        dtype = np.dtype(dtype)
        return self if dtype == self.dtype else self.op("Cast", dtype=dtype, to=dtype)

    def exp(self) -> Value:
        return self.op("Exp")

    def log(self) -> Value:
        return self.op("Log")

    def sqrt(self) -> Value:
        return self.op("Sqrt")

    def tanh(self) -> Value:
        return self.op("Tanh")

    def sigmoid(self) -> Value:
        return self.op("Sigmoid")

    def softmax(self) -> Value:
        return self.op("Softmax", axis=-1)

    def is_nan(self) -> Value:
        return self.op("IsNaN", dtype=bool)

    def sum(self, axis: int | tuple[int, ...] = -1, keepdims: bool = True) -> Value:
        return self._reduced("ReduceSum", axis, keepdims)

    def mean(self, axis: int | tuple[int, ...] = -1, keepdims: bool = True) -> Value:
        return self._reduced("ReduceMean", axis, keepdims)

    def max(self, axis: int | tuple[int, ...] = -1, keepdims: bool = True) -> Value:
        return self._reduced("ReduceMax", axis, keepdims)

    def min(self, axis: int | tuple[int, ...] = -1, keepdims: bool = True) -> Value:
        return self._reduced("ReduceMin", axis, keepdims)

    def _reduced(self, kind: str, axis: int | tuple[int, ...], keepdims: bool) -> Value:
        axes = np.array([axis] if isinstance(axis, int) else axis, np.int64)
        return self.op(kind, axes, keepdims=int(keepdims))

    def argmax(self, axis: int = -1, keepdims: bool = False) -> Value:
        """The place of the largest value, of equals the first."""
        return self.op("ArgMax", dtype=np.int64, axis=axis, keepdims=int(keepdims))

    def reshape(self, *shape: int) -> Value:
        """0: the dimension as it is; −1: what is left."""
        return self.op("Reshape", np.array(shape, np.int64))

    def flattened(self) -> Value:
        """(rows, values)."""
        return self.op("Flatten", axis=1)

    def transpose(self, *axes: int) -> Value:
        return self.op("Transpose", perm=list(axes))

    def expand_dims(self, axis: int) -> Value:
        return self.op("Unsqueeze", np.array([axis], np.int64))

    def squeeze(self, axis: int) -> Value:
        return self.op("Squeeze", np.array([axis], np.int64))

    def slice(self, start: int, stop: int, axis: int, step: int = 1) -> Value:
        """x[…, start:stop:step, …] along an axis; `END`: up to the end."""
        bounds = (np.array([each], np.int64) for each in (start, stop, axis, step))
        return self.op("Slice", *bounds)

    def take(self, indices: Value) -> Value:
        """The rows of this with these numbers."""
        return self.op("Gather", indices, axis=0)


def no_form(who: str, what: str) -> UsageError:
    """The error of what has no ONNX form."""
    return UsageError(
        f"export: {who} has no ONNX form, since {what}; export the weights alone, to a file that ends in .safetensors"
    )


def drop_outdated_form(kind: type, base: type, *computes: str) -> None:
    """Takes an inherited `to_onnx` from a class that computes something else than the class which it describes.

    Called when a class is made: where it defines one of the methods `computes` and no `to_onnx`, `to_onnx` is that of
    the `base`, which refuses.
    """
    if "to_onnx" not in vars(kind) and any(name in vars(kind) for name in computes):
        kind.to_onnx = base.to_onnx  # type: ignore[attr-defined]
