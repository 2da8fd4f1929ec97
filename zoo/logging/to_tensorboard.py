"""Write a run's metrics as TensorBoard's event files, by tensorboardX: no TensorFlow, no TensorBoard is needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zoo.errors import OutputError, UsageError
from zoo.logging.run_log import RunLog


class TensorBoardLog(RunLog):
    """An event file in a folder, which may hold those of other runs."""

    def __init__(self, folder: str) -> None:
        try:
            from tensorboardX import SummaryWriter  # an optional package
        except ImportError as error:
            raise UsageError(
                "log: tensorboard needs the package tensorboardX: pip install 'zoo-networks[tensorboard]'"
            ) from error
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self._writer = SummaryWriter(folder)
        except OSError as error:
            raise OutputError(f"log: tensorboard:{folder!a}: {error.strerror or error}") from error

    def begin(self, parameters: Mapping[str, str]) -> None:
        rows = "".join(f"| {name} | {value} |\n" for name, value in parameters.items())
        self._writer.add_text("run", f"| | |\n|---|---|\n{rows}", 0)

    def write(self, metrics: Mapping[str, float], step: int) -> None:
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()
