"""Write a run's parameters and metrics to an MLflow store."""

from __future__ import annotations

from collections.abc import Mapping

from zoo.errors import OutputError, UsageError
from zoo.logging.run_log import RunLog


class MlflowLog(RunLog):
    """A run in an experiment of a store."""

    def __init__(self, uri: str, experiment: str) -> None:
        try:
            from mlflow import MlflowClient  # an optional package
            from mlflow.exceptions import MlflowException
        except ImportError as error:
            raise UsageError("log: mlflow needs its package: pip install 'zoo-networks[mlflow]'") from error
        try:
            self._client = MlflowClient(tracking_uri=uri)
            found = self._client.get_experiment_by_name(experiment)
            number = found.experiment_id if found is not None else self._client.create_experiment(experiment)
            self.run_id = str(self._client.create_run(number).info.run_id)
        except (MlflowException, OSError) as error:
            raise OutputError(f"log: mlflow:{uri!a}: {' '.join(str(error).split())[:300]}") from error

    def begin(self, parameters: Mapping[str, str]) -> None:
        for name, value in parameters.items():
            self._client.log_param(self.run_id, name, value)

    def write(self, metrics: Mapping[str, float], step: int) -> None:
        for name, value in metrics.items():
            self._client.log_metric(self.run_id, name, value, step=step)

    def close(self) -> None:
        self._client.set_terminated(self.run_id)
