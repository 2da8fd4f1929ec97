"""The multilayer perceptron of a prepared run in PyTorch: the same starting weights and settings, as fast as it goes.

What PyTorch is given: the data encoded beforehand, as one float32 tensor; batches gathered with `index_select`; no
DataLoader; each way its optimizers can be run (a loop over tensors, foreach, fused). `torch.compile` is not among them:
it gains nothing on a few large products (one thread, Adam, 2.13.0: 4.5 ms of processor time a step, 4.3 without it).
And PyTorch only learns, where zoo's step also takes loss, accuracy and the size of the gradient in every layer.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.harness import Side, Unavailable
from zoo.core.architecture import Architecture
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.nn import GradientSettings
from zoo.parallel.threads import Workers
from zoo.training.prepare import Run

VARIANTS: dict[str, dict[str, bool]] = {
    "loop": {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
}


class Twin:
    """Network, optimizer and data of a run in PyTorch. `Unavailable`, saying what, where PyTorch has no like of it."""

    def __init__(self, run: Run, variant: str, threads: int) -> None:
        self.torch: Any = importlib.import_module("torch")
        self.torch.set_num_threads(threads)
        self.torch.manual_seed(0)
        self.variant, self.threads = variant, threads
        settings = run.training.phases[0].settings
        assert isinstance(settings, GradientSettings)
        self.settings = settings
        refuse_unlike(run.model.architecture, settings)
        self.net = self._network(run)
        self.optimizer, self.shrink = self._optimizer()
        self.updates = 0
        self._rate = run.training.phases[0].step(run.model).rate  # type: ignore[attr-defined]
        self._fixed = settings.schedule == "constant" and not settings.warmup
        self._workers = Workers(1)
        samples = {part: run.samples(part) for part in ("train", "validation", "test")}
        self.parts = {part: self._tensors(each) for part, each in samples.items() if each is not None}

    def _network(self, run: Run) -> Any:
        nn, options = self.torch.nn, run.model.architecture
        kinds = {
            "linear": nn.Identity,
            "relu": nn.ReLU,
            "tanh": nn.Tanh,
            "sigmoid": nn.Sigmoid,
            "leaky_relu": nn.LeakyReLU,
        }
        layers: list[Any] = [nn.Dropout(options.input_dropout)] if options.input_dropout else []  # type: ignore[attr-defined]
        for name in [*(f"hidden{number}" for number, _ in enumerate(options.hidden, 1)), "output"]:  # type: ignore[attr-defined]
            W, b = run.model.weights[f"{name}/W"], run.model.weights[f"{name}/b"]
            linear = nn.Linear(*W.shape)
            with self.torch.no_grad():
                linear.weight.copy_(self.torch.from_numpy(W.T.copy()))
                linear.bias.copy_(self.torch.from_numpy(b.copy()))
            layers.append(linear)
            if name != "output":
                layers.append(kinds[options.activation]())  # type: ignore[attr-defined]
                if options.dropout:  # type: ignore[attr-defined]
                    layers.append(nn.Dropout(options.dropout))  # type: ignore[attr-defined]
        return nn.Sequential(*layers)

    def _optimizer(self) -> tuple[Any, bool]:
        """The optimizer, and whether weights are shrunk beside it: what AdamW does, PyTorch's others do not."""
        s, optim = self.settings, self.torch.optim
        decay = s.decay
        own = s.make_optimizer().as_dict()
        betas = (own.get("beta1"), own.get("beta2"))
        kinds: dict[str, tuple[Any, dict[str, Any]]] = {
            "sgd": (optim.SGD, {}),
            "momentum": (optim.SGD, {"momentum": own.get("momentum")}),
            "nesterov": (optim.SGD, {"momentum": own.get("momentum"), "nesterov": True}),
            "adagrad": (optim.Adagrad, {"eps": 1e-10}),
            "rmsprop": (optim.RMSprop, {"alpha": betas[1], "eps": 1e-8}),
            "adam": (optim.AdamW if decay else optim.Adam, {"betas": betas, "eps": 1e-8}),
            "adamw": (optim.AdamW, {"betas": betas, "eps": 1e-8}),
            "rprop": (optim.Rprop, {"etas": (0.5, 1.2), "step_sizes": (1e-6, 50.0)}),
        }
        kind, given = kinds[s.optimizer]
        given |= VARIANTS[self.variant]
        if not set(given) <= set(inspect.signature(kind).parameters):
            raise Unavailable(f"{kind.__name__} has no variant {self.variant}")
        inside = decay if kind is optim.AdamW else s.l2
        self.weights = [parameter for parameter in self.net.parameters() if parameter.ndim > 1]
        biases = [parameter for parameter in self.net.parameters() if parameter.ndim == 1]
        groups = [{"params": self.weights, "weight_decay": inside}, {"params": biases, "weight_decay": 0.0}]
        if s.optimizer == "rprop":
            groups = [{"params": [*self.weights, *biases]}]
        return kind(groups, lr=s.learning_rate, **given), bool(decay) and kind is not optim.AdamW

    def _tensors(self, samples: Any) -> tuple[Any, Any]:
        batch = samples.rows(np.arange(len(samples)))
        inputs = np.ascontiguousarray(batch.inputs.reshape(len(batch), -1))
        return self.torch.from_numpy(inputs), self.torch.from_numpy(batch.targets.astype(np.int64))

    def learn(self, x: Any, y: Any, progress: float) -> None:
        """One training step."""
        torch, s = self.torch, self.settings
        loss = torch.nn.functional.cross_entropy(self.net(x), y)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        rate = s.learning_rate
        if not self._fixed:
            rate = self._rate(StepContext(RandomStream(0), self._workers, progress, self.updates))
            for group in self.optimizer.param_groups:
                group["lr"] = rate
        if s.clip_norm:
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), s.clip_norm)
        if s.clip_value:
            torch.nn.utils.clip_grad_value_(self.net.parameters(), s.clip_value)
        if self.shrink or s.max_norm:
            with torch.no_grad():
                if self.shrink:
                    torch._foreach_mul_(self.weights, 1 - rate * s.decay)
                self.optimizer.step()
                if s.max_norm:
                    for weight in self.weights:
                        weight.copy_(torch.renorm(weight, 2, 0, s.max_norm))
        else:
            self.optimizer.step()
        self.updates += 1

    def batches(self) -> Iterator[tuple[Any, Any]]:
        """One epoch: every row once, in random order."""
        x, y = self.parts["train"]
        order = self.torch.randperm(len(x))
        for start in range(0, len(x), self.settings.batch_size):
            chosen = order[start : start + self.settings.batch_size]
            yield x.index_select(0, chosen), y.index_select(0, chosen)

    def measured(self, part: str) -> tuple[float, float]:
        """(loss, accuracy) on a part of the data."""
        x, y = self.parts[part]
        self.net.eval()
        with self.torch.inference_mode():
            z = self.net(x)
            loss = float(self.torch.nn.functional.cross_entropy(z, y))
            accuracy = float((z.argmax(1) == y).float().mean())
        self.net.train()
        return loss, accuracy


def refuse_unlike(architecture: Architecture, settings: GradientSettings) -> None:
    """`Unavailable` for what would not be the same work in PyTorch."""
    options = architecture.as_dict()
    unlike = {
        "another architecture than mlp": architecture.name != "mlp",
        f"activation {options.get('activation')}": options.get("activation") in ("maxout", "softmax"),
        "precision float64": options.get("precision") != "float32",
        'update = "epoch"': settings.update == "epoch",
        "an L1 penalty": settings.l1 > 0,
        "schedule plateau": settings.schedule == "plateau",
        f"monitor {settings.monitor}": settings.monitor not in ("", "validation/loss"),
        "an L2 penalty beside weight decay": settings.l2 > 0 and settings.decay > 0,
    }
    for what, found in unlike.items():
        if found:
            raise Unavailable(f"the PyTorch side has no {what}")


def variants(side: Callable[[str], Side]) -> Sequence[Side]:
    """A side for each variant that the optimizer has."""
    found = []
    for variant in VARIANTS:
        try:
            found.append(side(variant))
        except Unavailable as reason:
            if "has no variant" not in str(reason):
                raise
    return found


class TorchSteps(Side):
    """Training steps, each with its batch gathered; or, with `hand`, all on the same batch that lies ready."""

    def __init__(self, run: Run, variant: str, threads: int, *, hand: bool = False) -> None:
        self.name = f"PyTorch, {variant}"
        self.twin = Twin(run, variant, threads)
        self.batches = self._full_batches()
        self.ready = next(self.batches) if hand else None

    def work(self, count: int) -> None:
        for _ in range(count):
            x, y = self.ready or next(self.batches)
            self.twin.learn(x, y, 0.0)

    def _full_batches(self) -> Iterator[tuple[Any, Any]]:
        while True:
            for x, y in self.twin.batches():
                if len(x) == self.twin.settings.batch_size:
                    yield x, y


class TorchEpochs(Side):
    """A whole training: what is held out is measured after each epoch, and the best weights are kept, as zoo does."""

    def __init__(self, run: Run, variant: str, threads: int) -> None:
        self.name = f"PyTorch, {variant}"
        self.twin = Twin(run, variant, threads)
        self.epoch = 0
        self.best: tuple[float, Any] | None = None

    def work(self, count: int) -> None:
        twin = self.twin
        x, _ = twin.parts["train"]
        steps = -(-len(x) // twin.settings.batch_size)
        for number, batch in enumerate(twin.batches()):
            twin.learn(*batch, (self.epoch + number / steps) / twin.settings.epochs)
        self.epoch += 1
        if "validation" in twin.parts:
            loss, _ = twin.measured("validation")
            if self.best is None or loss < self.best[0]:
                state = {name: value.clone() for name, value in twin.net.state_dict().items()}
                self.best = (loss, state)

    def metrics(self) -> Mapping[str, float]:
        if self.best is not None:
            self.twin.net.load_state_dict(self.best[1])
        return {"accuracy": self.twin.measured("test")[1]}
