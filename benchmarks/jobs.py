"""Whole jobs: what a user types and waits for, from arrays to a trained model with its metrics, beside other libraries.

Every side gets the same arrays and does the same amount of work: as many epochs, rows, units and updates. "zoo, numba"
is zoo with `kernels="numba"`, of the extra `fast`: where zoo is less than 1 × as fast as it, the extra gains.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import threadpoolctl

import zoo
from benchmarks.feedforward import mnist
from benchmarks.harness import Bound, Contest, Measured, Peer, Race, Side, Terms
from zoo.data import open_dataset
from zoo.types import Array

Work = Callable[[], Mapping[str, float]]  # does the job once, and says what came of it


class Job(Side):
    """A call that trains and measures, on so many threads of whatever the library uses."""

    def __init__(self, name: str, threads: int, work: Work) -> None:
        self.name, self.threads, self.call = name, threads, work
        self.found: Mapping[str, float] = {}

    @contextmanager
    def around(self) -> Iterator[None]:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            with threadpoolctl.threadpool_limits(self.threads):
                yield

    def work(self, count: int) -> None:
        for _ in range(count):
            self.found = self.call()

    def metrics(self) -> Mapping[str, float]:
        return self.found


def contest(
    terms: Terms, ours: Callable[[str], Work], peers: Mapping[tuple[str, str], Callable[[], Work]], compiled: bool
) -> Contest:
    """zoo with the kernels of NumPy beside its compiled ones, where it has some here, and the peers, by (package,
    name)."""

    def side(name: str, make: Callable[[], Work]) -> Callable[[], list[Side]]:
        return lambda: [Job(name, terms.threads, make())]

    of_zoo = [Peer("numba", "zoo, numba", side("zoo, numba", lambda: ours("numba")))] if compiled else []
    others = [Peer(package, name, side(name, make)) for (package, name), make in peers.items()]
    return Contest(
        Job("zoo", terms.threads, ours("auto")),
        [*of_zoo, *others],
        unit="job",
        count=1,
        rounds=terms.few(7, 1),
        warm_up=terms.few(1, 0),
    )


def held_out(x: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    """Training inputs and targets, and every fifth row held out."""
    test = np.arange(len(x)) % 5 == 4
    return x[~test], y[~test], x[test], y[test]


def digits(terms: Terms, count: int) -> tuple[Array, Array]:
    """Images of MNIST in [0, 1], (images, 784) in float32, and their digits; glyphs where it is only to be seen that
    it works."""
    dataset = open_dataset("glyphs" if terms.quick else str(mnist()))
    numbers = np.arange(terms.few(count, 60))
    x = np.asarray(dataset.inputs.take(numbers).reshape(len(numbers), -1) / 255, np.float32)
    assert dataset.targets is not None
    return x, np.asarray(dataset.targets.take(numbers))


def table() -> tuple[Array, Array]:
    """150 rows of 4 columns and 3 classes, of the size and the difficulty of Fisher's irises."""
    random = np.random.default_rng(0)
    y = np.arange(150) % 3
    middles = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
    return middles[y] + random.normal(scale=[0.4, 0.3, 0.4, 0.2], size=(150, 4)), y


def torch_here(threads: int) -> Any:
    torch: Any = importlib.import_module("torch")
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    return torch


# --- classes ----------------------------------------------------------------------------------------------------------


def classes(terms: Terms, x: Array, y: Array, hidden: int, epochs: int, batch: int, optimizer: str = "adam") -> Contest:
    """A multilayer perceptron with Adam, its accuracy on what is held out."""
    x_train, y_train, x_test, y_test = held_out(x, y)
    rate, outputs = 0.005, len(np.unique(y))

    def own(kernels: str) -> Work:
        def job() -> Mapping[str, float]:
            settings: dict[str, Any] = {"epochs": epochs, "batch_size": batch, "learning_rate": rate}
            model = zoo.train(
                "mlp",
                (x_train, y_train),
                hidden=(hidden,),
                optimizer=optimizer,
                threads=terms.threads,
                kernels=kernels,
                schedule="constant",
                test=0.0,
                validation=0.0,
                patience=0,
                **settings,
            )
            return {"accuracy": zoo.evaluate(model, (x_test, y_test), threads=terms.threads).metrics["accuracy"]}

        return job

    def sklearn() -> Work:
        kind = importlib.import_module("sklearn.neural_network").MLPClassifier
        scaler = importlib.import_module("sklearn.preprocessing").StandardScaler
        pipeline = importlib.import_module("sklearn.pipeline").make_pipeline

        def job() -> Mapping[str, float]:
            net = kind(
                (hidden,),
                solver=optimizer,
                batch_size=batch,
                max_iter=epochs,
                learning_rate_init=rate,
                alpha=0.0,
                tol=0.0,
                n_iter_no_change=10**6,
                random_state=0,
            )
            model = pipeline(scaler(), net).fit(x_train, y_train)
            return {"accuracy": float(model.score(x_test, y_test))}

        return job

    def pytorch() -> Work:
        torch = torch_here(terms.threads)

        def job() -> Mapping[str, float]:
            mean, spread = x_train.mean(axis=0), x_train.std(axis=0) + 1e-6
            a, b = (torch.tensor((each - mean) / spread, dtype=torch.float32) for each in (x_train, x_test))
            targets = torch.tensor(y_train)
            net = torch.nn.Sequential(
                torch.nn.Linear(x.shape[1], hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, outputs)
            )
            adam = torch.optim.Adam(net.parameters(), lr=rate)
            for _ in range(epochs):
                for part in torch.randperm(len(a)).split(batch):
                    adam.zero_grad()
                    torch.nn.functional.cross_entropy(net(a[part]), targets[part]).backward()
                    adam.step()
            with torch.no_grad():
                right = net(b).argmax(1).numpy() == y_test
            return {"accuracy": float(right.mean())}

        return job

    return contest(terms, own, {("scikit-learn", "scikit-learn"): sklearn, ("torch", "PyTorch"): pytorch}, True)


# --- a series ---------------------------------------------------------------------------------------------------------


def series(terms: Terms) -> Contest:
    """An LSTM that forecasts the next of 24 values of a noisy sum of waves."""
    window, hidden, batch, epochs = 24, 32, 32, terms.few(10, 1)
    steps = np.arange(terms.few(1500, 200))
    noise = np.random.default_rng(0).normal(scale=0.1, size=len(steps))
    values = np.sin(steps / 5) + 0.5 * np.sin(steps / 17) + noise
    windows = np.lib.stride_tricks.sliding_window_view(values, window + 1)
    x, y = windows[:, :-1, None].astype(np.float32), windows[:, -1].astype(np.float32)
    cut = 4 * len(x) // 5

    def own(kernels: str) -> Work:
        def job() -> Mapping[str, float]:
            model = zoo.train(
                "lstm",
                (x[:cut], y[:cut]),
                hidden=hidden,
                epochs=epochs,
                batch_size=batch,
                threads=terms.threads,
                kernels=kernels,
                schedule="constant",
                test=0.0,
                validation=0.0,
            )
            found = zoo.evaluate(model, (x[cut:], y[cut:]), threads=terms.threads).metrics
            return {"RMSE": found["root_mean_squared_error"]}

        return job

    def pytorch() -> Work:
        torch = torch_here(terms.threads)

        class Net(torch.nn.Module):  # type: ignore[misc, name-defined]
            def __init__(self) -> None:
                super().__init__()
                self.lstm, self.out = torch.nn.LSTM(1, hidden, batch_first=True), torch.nn.Linear(hidden, 1)

            def forward(self, inputs: Any) -> Any:
                return self.out(self.lstm(inputs)[0][:, -1])[:, 0]

        def job() -> Mapping[str, float]:
            a, targets = torch.tensor(x[:cut]), torch.tensor(y[:cut])
            net = Net()
            adam = torch.optim.Adam(net.parameters(), lr=0.005)
            for _ in range(epochs):
                for part in torch.randperm(len(a)).split(batch):
                    adam.zero_grad()
                    torch.nn.functional.mse_loss(net(a[part]), targets[part]).backward()
                    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                    adam.step()
            with torch.no_grad():
                errors = net(torch.tensor(x[cut:])).numpy() - y[cut:]
            return {"RMSE": float(np.sqrt(np.square(errors).mean()))}

        return job

    return contest(terms, own, {("torch", "PyTorch"): pytorch}, True)


# --- maps -------------------------------------------------------------------------------------------------------------


def nearest_distance(W: Array, x: Array) -> Mapping[str, float]:
    """The quantization error of weights (units, values), computed outside what is timed in no library's favour."""
    scores = np.square(x).sum(axis=1)[:, None] - 2 * x @ W.T + np.square(W).sum(axis=1)
    return {"quantization error": float(np.sqrt(np.maximum(0, scores.min(axis=1))).mean())}


def batch_map(terms: Terms, x: Array, side: int, epochs: int) -> Contest:
    """A square map by the batch rule, its radius falling from half a side to 1."""
    first = side / 2

    def own(kernels: str) -> Work:
        def job() -> Mapping[str, float]:
            model = zoo.train(
                "som",
                x,
                rows=side,
                columns=side,
                grid="rectangular",
                scaling="raw",
                epochs=epochs,
                radius=first,
                last_radius=1.0,
                threads=terms.threads,
                test=0.0,
            )
            return nearest_distance(model.weights["W"], x)

        return job

    def fastersom() -> Work:
        kind = importlib.import_module("fastersom").SOM
        torch_here(terms.threads)

        def job() -> Mapping[str, float]:
            found = kind(side, side, epochs, sigma_initial=first, sigma_final=1.0, random_state=0, device="cpu").fit(x)
            return nearest_distance(np.asarray(found.weights_).reshape(side * side, -1), x)

        return job

    def torchsom() -> Work:
        torch = torch_here(terms.threads)
        kind = importlib.import_module("torchsom").SOM

        def job() -> Mapping[str, float]:
            net = kind(side, side, x.shape[1], epochs=epochs, batch_size=256, sigma=first, device="cpu")
            net.initialize_weights(torch.tensor(x), mode="random")
            net.fit(torch.tensor(x), verbose=False)
            return nearest_distance(net.weights.detach().numpy().reshape(side * side, -1), x)

        return job

    def python_som() -> Work:
        kind = importlib.import_module("python_som").SOM

        def job() -> Mapping[str, float]:
            net = kind(side, side, x.shape[1], neighborhood_radius=first, random_seed=0)
            net.weight_initialization("sample", data=x)
            net.train(x, n_iteration=epochs, mode="batch")
            return nearest_distance(np.asarray(net.get_weights()).reshape(side * side, -1), x)

        return job

    peers = {
        ("fastersom", "fastersom"): fastersom,
        ("torchsom", "TorchSOM"): torchsom,
        ("python-som", "python-som"): python_som,
    }
    return contest(terms, own, peers, False)


# --- machines and categories ------------------------------------------------------------------------------------------


def machine(terms: Terms) -> Contest:
    """A restricted Boltzmann machine, contrastive divergence in batches of 100."""
    x, _ = digits(terms, 5000)
    bits = (x > 0.5).astype(np.float32)
    hidden, batch, epochs, rate = terms.few(128, 8), 100, terms.few(5, 1), 0.05

    def own(kernels: str) -> Work:
        def job() -> Mapping[str, float]:
            zoo.train(
                "rbm",
                bits,
                hidden=hidden,
                epochs=epochs,
                batch_size=batch,
                learning_rate=rate,
                chains="data",
                steps=1,
                threads=terms.threads,
                test=0.0,
            )
            return {}

        return job

    def sklearn() -> Work:
        kind = importlib.import_module("sklearn.neural_network").BernoulliRBM

        def job() -> Mapping[str, float]:
            kind(hidden, learning_rate=rate, batch_size=batch, n_iter=epochs, random_state=0).fit(bits)
            return {}

        return job

    def rbms() -> Work:
        torch = torch_here(terms.threads)
        kind = importlib.import_module("rbms.bernoulli_bernoulli.classes").BBRBM
        data = importlib.import_module("rbms.dataset.dataset_class").RBMDataset
        learn = importlib.import_module("rbms.training.pcd").fit_batch_pcd

        def job() -> Mapping[str, float]:
            device, single = torch.device("cpu"), torch.float32
            rows, weights = torch.tensor(bits), torch.ones(len(bits), 1)
            set_ = data(
                data=bits, variable_type="bernoulli", labels=None, weights=weights.numpy(), names=None,
                dataset_name="digits", device=device, dtype=single,
            )  # fmt: skip
            net = kind.init_parameters(num_hiddens=hidden, dataset=set_, device=device, dtype=single)
            sgd = torch.optim.SGD(net.parameters(), lr=rate, maximize=True)
            with torch.no_grad():
                for _ in range(epochs):
                    for part in torch.randperm(len(rows)).split(batch):
                        chains = net.init_chains(len(part), weights=weights[part], start_v=rows[part])
                        sgd.zero_grad(set_to_none=False)
                        learn((rows[part], weights[part]), chains, net, 1, 1.0)
                        sgd.step()
            return {}

        return job

    return contest(terms, own, {("scikit-learn", "scikit-learn"): sklearn, ("rbms", "rbms"): rbms}, False)


def categories(terms: Terms) -> Contest:
    """Fuzzy ART, one pass at ρ = 0.6, and which category each row is in."""
    x, _ = digits(terms, 1000)
    double = x.astype(np.float64)

    def own(kernels: str) -> Work:
        def job() -> Mapping[str, float]:
            options: dict[str, Any] = {
                "vigilance": 0.6,
                "rescale": False,
                "uncommitted": "last",
                "precision": "float64",
            }
            model = zoo.train(
                "fuzzy-art",
                double,
                epochs=1,
                uncommitted="last",
                threads=terms.threads,
                kernels=kernels,
                test=0.0,
                **options,
            )
            zoo.predict(model, double, threads=terms.threads)
            return {"categories": float(len(model.weights["W"]))}

        return job

    def artlib() -> Work:
        kind = importlib.import_module("artlib").FuzzyART

        def job() -> Mapping[str, float]:
            coded = np.concatenate([double, 1 - double], axis=1)
            net = kind(0.6, 0.001, 1.0).fit(coded)
            net.predict(coded)
            return {"categories": float(len(net.W))}

        return job

    return contest(terms, own, {("artlib", "artlib"): artlib}, True)


# --- growth -----------------------------------------------------------------------------------------------------------

FEW, MANY = 1_000, 16_000


def epochs_exponent(terms: Terms) -> Measured:
    """e of time ~ epochs^e between 1,000 and 16,000 epochs of XOR, with a validation part that is recorded."""
    x = np.tile([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], (5, 1))
    y = (x[:, 0] != x[:, 1]).astype(int)

    def seconds(epochs: int) -> float:
        settings: dict[str, Any] = {"epochs": epochs, "validation": 0.2, "batch_size": 20, "patience": 0}
        began = time.process_time()
        zoo.train("mlp", (x, y), hidden=(4,), test=0.0, threads=1, **settings)
        return time.process_time() - began

    few, many = (terms.few(count, count // 500) for count in (FEW, MANY))
    seconds(few)
    slope = float(np.log(seconds(many) / seconds(few)) / np.log(many / few))
    return Measured(slope, "×", 1.05, note="1: in proportion")


def one_row(terms: Terms) -> Measured:
    """What zoo.predict of one row takes more than model.predict."""
    x, y = table()
    model = zoo.train("mlp", (x, y), hidden=(16,), epochs=2)
    encoded = np.zeros((1, 4), np.float32)
    count = terms.few(300, 3)

    def each(work: Callable[[], object]) -> float:
        rounds = []
        for _ in range(terms.few(9, 1)):
            began = terms.clock()
            for _ in range(count):
                work()
            rounds.append((terms.clock() - began) / count)
        return float(np.median(rounds))

    alone = each(lambda: model.predict(encoded))
    whole = each(lambda: zoo.predict(model, x[:1]))
    return Measured(whole - alone, "s", 3e-4, metrics={"model.predict, µs": 1e6 * alone})


ABOUT = "from arrays to a trained model with its metrics: "
ROWS = [
    Race("small table", f"{ABOUT}150 × 4, mlp with 32 units, 100 epochs of batches of 32",
         lambda terms: classes(terms, *table(), 32, terms.few(100, 2), 32)),
    Race("digits", f"{ABOUT}5,000 × 784, mlp with 128 units, 5 epochs of batches of 64",
         lambda terms: classes(terms, *digits(terms, 5000), 128, terms.few(5, 1), 64)),
    Race("series", f"{ABOUT}1,500 values, lstm with 32 units over windows of 24, 10 epochs", series),
    Race("map of digits", f"{ABOUT}5,000 × 784, map of 30 × 30, 10 epochs of the batch rule",
         lambda terms: batch_map(terms, digits(terms, 5000)[0], terms.few(30, 4), terms.few(10, 2))),
    Race("map of a table", f"{ABOUT}3,000 × 200, map of 20 × 20, 10 epochs of the batch rule",
         lambda terms: batch_map(terms, np.random.default_rng(0).random((terms.few(3000, 60), 200), np.float32),
                                 terms.few(20, 4), terms.few(10, 2))),
    Race("boltzmann machine", f"{ABOUT}5,000 × 784 bits, 128 hidden units, 5 epochs of CD-1", machine),
    Bound("growth with epochs", "exponent of time in epochs, from 1,000 to 16,000, with validation", epochs_exponent),
    Bound("one row", "a prediction of one row by zoo.predict, beside model.predict", one_row),
    Race("categories", f"{ABOUT}1,000 × 784, Fuzzy ART at vigilance 0.6, one pass", categories),
]  # fmt: skip
