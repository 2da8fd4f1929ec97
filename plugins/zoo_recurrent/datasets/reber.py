"""The embedded Reber grammar: strings whose second-last symbol repeats the second one, a whole string earlier.

Sources: A. S. Reber (1967), Implicit learning of artificial grammars; embedded: S. Fahlman (1991), The recurrent
cascade-correlation architecture; S. Hochreiter and J. Schmidhuber (1997), Long short-term memory, section 5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import Metric, RandomStream, in_batches, option
from zoo.data import Column, DataOptions, Dataset, DatasetSource, Ragged

if TYPE_CHECKING:
    from zoo import Model
    from zoo.data import Samples

METRICS = tuple(
    Metric(name, higher_is_better=True, unit="%") for name in ("legal_accuracy", "memory_accuracy", "strict_accuracy")
)
SYMBOLS = ("B", "E", "P", "S", "T", "V", "X")
# The inner grammar as a graph: from each node, symbol → node; None is its end.
INNER: dict[int, dict[str, int | None]] = {
    0: {"B": 1},
    1: {"T": 2, "P": 3},
    2: {"S": 2, "X": 4},
    3: {"T": 3, "V": 5},
    4: {"X": 3, "S": 6},
    5: {"P": 4, "V": 6},
    6: {"E": None},
}


@dataclass(frozen=True)
class ReberOptions(DataOptions):
    """How many strings of the grammar, and which."""

    strings: int = option(256, "strings to train on, and as many to test with; all different", low=2, high=20_000)
    draw: int = option(0, "which strings: the seed they are drawn from", low=0, high=1_000_000)


def embedded(random: np.random.Generator) -> str:
    """One string: B, T or P, a string of the inner grammar, the same T or P again, E. Both ways are equally likely."""
    outer = "TP"[int(random.integers(2))]
    inner, node = "", 0
    while True:
        ways = list(INNER[node].items())
        symbol, following = ways[int(random.integers(len(ways)))]
        inner += symbol
        if following is None:
            return f"B{outer}{inner}{outer}E"
        node = following


def legal_next(string: str) -> list[frozenset[str]]:
    """For each symbol of an embedded string but the last, the symbols that may follow it."""
    outer, node = string[1], 0
    legal = [frozenset("TP"), frozenset("B")]
    for symbol in string[2:-2]:
        following = INNER[node][symbol]
        legal.append(frozenset(outer) if following is None else frozenset(INNER[following]))
        node = 0 if following is None else following
    return [*legal, frozenset("E")]


def reber(options: ReberOptions) -> Dataset:
    """Strings drawn until there are enough different ones: the first half to train on, the other to test with."""
    random = RandomStream(options.draw)("reber")
    strings: dict[str, None] = {}
    while len(strings) < 2 * options.strings:
        strings[embedded(random)] = None
    known = {symbol: number for number, symbol in enumerate(SYMBOLS)}
    return Dataset(
        name="reber",
        task="language",
        inputs=Ragged.of([np.array([known[symbol] for symbol in string], np.uint8) for string in strings], "reber"),
        kind="sequences",
        columns=(Column("symbol", SYMBOLS),),
        own_test=options.strings,
        judge=judge,
        declared_metrics=METRICS,
    )


def judge(model: Model, samples: Samples) -> Mapping[str, float]:
    """legal_accuracy: strings at whose every step the strongest output may follow; memory_accuracy: strings whose
    second-last symbol it says rightly; strict_accuracy: strings at whose every step all symbols that may follow are
    above all others.
    """
    legal = memory = strict = total = 0
    for batch in in_batches(samples):
        outputs = model.answer(batch)
        codes, targets = batch.inputs.argmax(axis=-1), batch.targets
        assert targets is not None
        lengths = np.full(len(batch), codes.shape[1]) if batch.mask is None else batch.mask.sum(axis=1).astype(int)
        for row, length in enumerate(lengths):
            string = "".join(SYMBOLS[n] for n in codes[row, :length]) + SYMBOLS[targets[row, length - 1]]
            may = np.array([[symbol in each for symbol in SYMBOLS] for each in legal_next(string)])
            predicted = outputs[row, :length]
            legal += bool(may[np.arange(length), predicted.argmax(axis=1)].all())
            memory += int(predicted[length - 2].argmax() == targets[row, length - 2])
            least = np.where(may, predicted, np.inf).min(axis=1)
            strict += bool((least > np.where(may, -np.inf, predicted).max(axis=1)).all())
        total += len(batch)
    names: dict[str, Any] = {"legal_accuracy": legal, "memory_accuracy": memory, "strict_accuracy": strict}
    return {name: value / total for name, value in names.items()}


SOURCE = DatasetSource(
    "reber",
    "strings of the embedded Reber grammar: 256 to train on, 256 others to test",
    reber,
    "language",
    ReberOptions,
)
