"""What --log writes is read back: TensorBoard's records by their format, an MLflow store by its client."""

import struct

import pytest

import zoo
from zoo.cli import main


def scalars(folder):
    """(name, step) to value, out of all event files: records of length, checksum, data, checksum."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2", reason="needs tensorboardX")
    found = {}
    for path in folder.glob("events*"):
        data, place = path.read_bytes(), 0
        while place < len(data):
            (length,) = struct.unpack_from("<Q", data, place)
            event = event_pb2.Event.FromString(data[place + 12 : place + 12 + length])
            place += length + 16
            found |= {(each.tag, event.step): each.simple_value for each in event.summary.value}
    return found


def test_tensorboard_has_every_epoch_and_the_end(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pytest.importorskip("tensorboardX")
    call = ["train", "logistic", "--data", "moons", "--epochs", "3", "--out", "m.h5", "--log", "tensorboard:log"]
    assert main([*call, "--quiet"]) == 0
    found, model = scalars(tmp_path / "log"), zoo.load("m.h5")
    curves = model.history["train"]
    assert len(curves["loss"]) == 3
    for name, curve in curves.items():
        assert [found[f"train/{name}", epoch] for epoch in (1, 2, 3)] == pytest.approx(curve)
    assert found["final/accuracy", 0] == pytest.approx(zoo.evaluate("m.h5").metrics["accuracy"])


def test_a_log_in_python_is_a_listener(tmp_path):
    pytest.importorskip("tensorboardX")
    with zoo.logging.tensorboard(str(tmp_path / "log")) as log:
        model = zoo.train("logistic", "moons", epochs=2, listen=log)
    assert scalars(tmp_path / "log")["train/loss", 2] == pytest.approx(model.history["train"]["loss"][1])


def test_mlflow_has_parameters_and_metrics(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    uri = (tmp_path / "store").as_uri()
    with zoo.logging.mlflow(uri) as log:
        model = zoo.train("logistic", "moons", epochs=2, listen=log)
    client = mlflow.MlflowClient(tracking_uri=uri)
    run = client.get_run(log.run_id)
    assert run.data.params["architecture"] == "logistic"
    assert run.info.status == "FINISHED"
    history = client.get_metric_history(log.run_id, "train/loss")
    assert {each.step: each.value for each in history} == dict(enumerate(model.history["train"]["loss"], 1))


@pytest.mark.parametrize("text", ["tensorboad:log", "tensorboard", "tensorboard:", "log"])
def test_another_log_is_refused_before_training(text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "logistic", "--data", "moons", "--log", text]) == 2
    assert "expected tensorboard:DIR or mlflow:URI" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.h5"))
