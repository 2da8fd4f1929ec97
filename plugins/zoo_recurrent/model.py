"""Recurrent models: predict sequences of any length, forecast series, generate text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo import Array, Batch, Carried, DataError, Metric, RandomStream, Sums, UsageError, Value
from zoo.data import EncodedSequences
from zoo.nn import GradientModel, Mode, quiet, softmax

if TYPE_CHECKING:
    from zoo.data import Samples

# Squared error over that of repeating the last value.
RELATIVE_ERROR = Metric("relative_error", higher_is_better=False)
PER_STEP = ("labelling", "language")  # tasks that ask for an output at every time step
STEPS = 4096  # time steps that one row goes through at once: what a layer keeps of them fits in cache and memory
SHOWN = 200  # symbols of a text that are shown at the end of training


class RecurrentModel(GradientModel):
    """Outputs after the last step of each sequence, or after every step; see `GradientModel`."""

    carries = (
        False  # whether evaluation carries the state from row to row where rows follow each other, as training does
    )

    def predict(self, inputs: Array, mask: Array | None = None) -> Array:
        """Inputs (rows, time, features), mask (rows, time) 1 where a step is real, to outputs (rows, *output_shape).

        Classification: probabilities after the last step. Labelling and language: probabilities after every step.
        """
        return self.decoded(self.last_values(inputs, mask))

    def answer(self, batch: Batch) -> Array:
        return self.answer_from(batch, {})[0]

    def answer_from(self, batch: Batch, carried: Carried) -> tuple[Array, Carried]:
        z, after = self.last_values_from(batch, carried)
        return self.decoded(z), after

    def run(self, inputs: Array, mask: Array | None, before: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
        """(z, the state after the last step) from the state before the first one; nothing in `before`: zeros."""
        mode = Mode(mask=mask, carried=before)
        with quiet():
            z, _ = self.network.forward(self.parameters.tree, self.encoded(inputs), mode)
        return z, mode.carries

    def last_values_from(self, batch: Batch, carried: Carried) -> tuple[Array, Carried]:
        """(z of these rows, the state after the last of them). Where the model carries, a row that follows another
        begins with the state which that one came to, the first one with `carried`; else every row begins with zeros."""
        if batch.follows is None or not self.carries:
            return self.last_values(batch.inputs, batch.mask), {}
        assert batch.mask is None
        found, state = [], carried
        for start, stop in self._stretches(batch):
            x = self.encoded(batch.inputs[start:stop])
            if not batch.follows[start]:
                state = {}
            z, state = self.run(x.reshape(1, -1, x.shape[-1]), None, state)
            state = {name: np.array(each) for name, each in state.items()}
            found.append(z.reshape(stop - start, -1, z.shape[-1]) if self.per_step else z)
        return np.concatenate(found), state

    @property
    def per_step(self) -> bool:
        """Whether there is an output for every time step, and not for a row as a whole."""
        return self.signature.task in PER_STEP

    def _stretches(self, batch: Batch) -> Iterator[tuple[int, int]]:
        """Rows that are one sequence, some at a time; one by one where each has but one output."""
        assert batch.follows is not None
        most = max(1, STEPS // batch.inputs.shape[1]) if self.per_step else 1
        start = 0
        for stop in range(1, len(batch) + 1):
            if stop == len(batch) or stop - start == most or not batch.follows[stop]:
                yield start, stop
                start = stop

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        return self.evaluate_from(batch, stream, {})[0]

    def evaluate_from(self, batch: Batch, stream: RandomStream, carried: Carried) -> tuple[Sums, Carried]:
        z, after = self.last_values_from(batch, carried)
        sums = self.measured(z, batch, self.added_in_training(batch, stream))
        if self.signature.task == "forecast":
            targets = self.targets(batch).astype(np.float64)
            last = batch.inputs[:, -1:, : targets.shape[-1]].astype(np.float64)
            sums["repeated"] = ((targets - last) ** 2).sum(axis=(0, 1))
        return sums, after

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        return (*super().declared_metrics, *((RELATIVE_ERROR,) if self.signature.task == "forecast" else ()))

    def metrics(self, sums: Sums) -> dict[str, float]:
        """As those of the task. forecast: relative_error, the squared error over that of repeating the last value."""
        metrics = super().metrics(sums)
        if "repeated" in sums:
            unit = 1.0 if self.preprocessing is None else getattr(self.preprocessing, "target_unit", 1.0)
            repeated = float((sums["repeated"] * np.square(unit)).mean() / float(sums["count"]))
            error = metrics["mean_squared_error"]
            metrics["relative_error"] = error / repeated if repeated > 0 else float(error > 0)
        return metrics

    # --- writing ----------------------------------------------------------------------------------------------------

    @property
    def symbols(self) -> tuple[str, ...]:
        """What it writes with; none where it is no language model."""
        return self.signature.labels if self.signature.task == "language" else ()

    def write(self, length: int, temperature: float, prompt: str, stream: RandomStream) -> Iterator[str]:
        """What follows the prompt, symbol by symbol, drawn with probability ∝ exp(z / temperature); 0: the likeliest.

        Of sequences that all begin and end alike: one sequence, from its first symbol to its end.

        `DataError` where the prompt holds a symbol unseen in training.
        """
        symbols = self.symbols
        if not symbols:
            raise UsageError(f"{self.architecture.name}: was trained for {self.signature.task}, expected a language")
        known = {symbol: number for number, symbol in enumerate(symbols)}
        separate = " " if any(len(symbol) > 1 for symbol in symbols) else ""
        given = prompt.split() if separate else list(prompt)
        for symbol in given:
            if symbol not in known:
                some = ", ".join(map(ascii, symbols[:20])) + (" …" if len(symbols) > 20 else "")
                raise DataError(f"prompt: the symbol {symbol!r} was not seen in training, expected some of {some}")
        random = stream("write")
        begin, end, times = getattr(self.preprocessing, "ends", None) or ("", "", 0)
        numbers = [known[symbol] for symbol in given] or [known[begin] if begin else self._first(known)]
        if begin and not given:
            yield begin + separate
            length -= 1
        last = known.get(end, -1)
        left = times - numbers.count(last)
        z, state = self._after(numbers, {})
        for _ in range(length):
            if end and left <= 0:
                return
            number = int(np.argmax(z))
            if temperature > 0:
                chances = softmax(z.astype(np.float64) / temperature)
                number = min(int(np.searchsorted(np.cumsum(chances), random.random())), len(symbols) - 1)
            yield symbols[number] + separate
            left -= number == last
            z, state = self._after([number], state)

    def _after(self, numbers: list[int], state: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
        x = np.zeros((1, len(numbers), len(self.symbols)), self.dtype)
        x[0, np.arange(len(numbers)), numbers] = 1
        z, after = self.run(x, None, state)
        return z[0, -1], {name: np.array(array) for name, array in after.items()}

    @staticmethod
    def _first(known: Mapping[str, int]) -> int:
        """What stands before the first symbol where nothing is given: the end of a line, else a blank, else any."""
        return known.get("\n", known.get(" ", 0))

    # --- what was learned -------------------------------------------------------------------------------------------

    def notes(self, data: Samples) -> Iterator[str]:
        """A sample of what it writes, labels, or forecasts, beside what is right."""
        if not isinstance(data, EncodedSequences) or not len(data):
            return
        task = self.signature.task
        if task == "language":
            yield from self._writings(data)
            return
        batch = data.rows(np.arange(len(data))[-3:])
        assert batch.targets is not None
        answers = data.preprocessing.decode(self.answer(batch), batch.mask)
        if task == "labelling":
            for row in range(len(batch)):
                length = len(answers[row])
                right = [self.signature.labels[n] for n in batch.targets[row][:length]]
                steps = symbols_in(data, batch.inputs[row][:length])
                yield " ".join(
                    f"{step}/{label}" + ("" if label == true else f" (is {true})")
                    for step, label, true in zip(steps, answers[row], right, strict=True)
                )
            return
        for row in range(len(batch)):
            if task == "classification":
                yield f"predicted {answers[row]}, target {self.signature.labels[batch.targets[row]]}"
                continue
            true = data.preprocessing.target_unit * batch.targets[row] + data.preprocessing.target_shift
            values = ", ".join(f"{value:.4g}" for value in np.ravel(answers[row])[:8])
            yield f"predicted {values}; target {', '.join(f'{value:.4g}' for value in np.ravel(true)[:8])}"

    def _writings(self, data: EncodedSequences) -> Iterator[str]:
        stream, several = RandomStream(0), data.lengths is not None
        for number in range(3 if several else 1):
            batch = data.rows(np.arange(len(data))[-1 - number :][:1])
            codes = batch.inputs[0].argmax(axis=-1)
            space = " " if any(len(symbol) > 1 for symbol in self.symbols) else ""
            start = [self.symbols[code] for code in codes]
            start = start[:1] if several else start[-40:]
            longest = len(codes) if several else SHOWN
            prompt = space.join(start)
            written = ""
            ends = data.ends
            for symbol in self.write(longest, 0.5 if not several else 1.0, prompt, stream.at(batch=number)):
                written += symbol
                if symbol.strip() in ends:
                    break
            yield f"after {prompt!r} it writes {written.rstrip()!r}"

    def to_onnx(self, x: Value) -> Value:
        """Every row begins with a state of zeros."""
        return super().to_onnx(x)


def symbols_in(data: EncodedSequences, steps: Array) -> list[str]:
    """Time steps in words: their symbol, else their numbers."""
    symbols = data.preprocessing.symbols
    if symbols:
        return [symbols[number] for number in steps.argmax(axis=-1)]
    return [",".join(f"{value:.2g}" for value in step) for step in steps]
