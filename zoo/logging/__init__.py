"""Listeners that write what a run measures where other programs show it: `--log tensorboard:DIR`, `--log mlflow:URI`.

with zoo.logging.tensorboard("runs/first") as log:
    zoo.train("mlp", data="glyphs", listen=log)
"""

from __future__ import annotations

from collections.abc import Callable

from zoo.errors import UsageError, did_you_mean
from zoo.logging.run_log import RunLog

KINDS = ("tensorboard", "mlflow")


def tensorboard(folder: str) -> RunLog:
    """Scalars in a folder, for `tensorboard --logdir`: "train/loss" over the epochs. Needs the extra `tensorboard`."""
    from zoo.logging.to_tensorboard import TensorBoardLog  # an optional package

    return TensorBoardLog(folder)


def mlflow(uri: str, experiment: str = "zoo") -> RunLog:
    """A run in an MLflow store, "sqlite:///mlflow.db" or a server, with parameters and metrics. Needs the extra
    `mlflow`."""
    from zoo.logging.to_mlflow import MlflowLog  # an optional package

    return MlflowLog(uri, experiment)


def log_named(text: str) -> RunLog:
    """The log that --log names, KIND:PLACE."""
    kinds: dict[str, Callable[[str], RunLog]] = {"tensorboard": tensorboard, "mlflow": mlflow}
    kind, colon, place = text.partition(":")
    if kind not in kinds or not colon or not place:
        near = did_you_mean(kind, KINDS)
        raise UsageError(f"train: --log: got {text!a}{near}; expected tensorboard:DIR or mlflow:URI")
    return kinds[kind](place)
