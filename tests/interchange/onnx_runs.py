"""Run exported models in onnxruntime on raw rows, and compare what they answer with zoo's own answers."""

from dataclasses import replace

import numpy as np
import onnxruntime

from zoo.data.dispatch import encoded
from zoo.data.windows import Ragged
from zoo.inference.batched import predict as answers_of
from zoo.inference.probabilities import predict_probabilities
from zoo.interchange.onnx.model import onnx_file
from zoo.parallel.threads import Workers

onnxruntime.set_default_logger_severity(3)


def session_of(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(onnx_file(model), options, providers=["CPUExecutionProvider"])


def fed(session, raw, columns):
    """Raw rows (rows, …, columns), text as numbers of categories, as the inputs of a session."""
    names = [each.name for each in session.get_inputs()]
    if names == ["inputs"]:
        pixels = session.get_inputs()[0].type == "tensor(uint8)"
        return {"inputs": raw if pixels else np.asarray(raw, np.float64)}
    feeds = {}
    for place, (name, column) in enumerate(zip(names, columns, strict=True)):
        cells = np.asarray(raw[..., place], np.float64)
        if column.categories is not None:
            known = np.array([*column.categories, ""], object)
            cells = known[np.where(np.isnan(cells), -1, cells).astype(int)]
        feeds[name] = cells
    return feeds


def compared(model, dataset, tolerance=1e-5):
    """Asserts that a session answers every row of a dataset as zoo does; gives the largest difference."""
    session, rows = session_of(model), replace(dataset, task="unsupervised", targets=None, labels=())
    samples = encoded(rows, None, model.preprocessing, model.architecture.dtype)
    task, classes = (
        model.signature.task,
        model.signature.task in ("classification", "multi-label", "labelling", "language"),
    )
    with Workers(1) as workers:
        right = answers_of(model, samples, workers)
        scores = predict_probabilities(model, samples, workers) if classes else None
    numbers = np.arange(len(rows))
    if isinstance(rows.inputs, Ragged):
        lengths = rows.inputs.lengths(numbers)
        groups = [numbers[lengths == length] for length in np.unique(lengths)]  # a batch for each length
    else:
        groups = [numbers, numbers[:1]]
    largest = 0.0
    for some in groups:
        raw = rows.inputs.take(some)
        if isinstance(rows.inputs, Ragged):
            raw = raw.reshape(len(some), -1, raw.shape[-1])
        outputs = dict(
            zip(
                [each.name for each in session.get_outputs()],
                session.run(None, fed(session, raw, rows.columns)),
                strict=True,
            )
        )
        if classes:
            answer, given = outputs.pop("labels" if task == "multi-label" else "label"), outputs.popitem()[1]
            for place, row in enumerate(some):
                scale = np.maximum(1, np.abs(scores[row]))
                largest = max(largest, float((np.abs(given[place] - scores[row]) / scale).max()))
                assert np.array_equal(np.asarray(answer[place]), np.asarray(right[row])), (answer[place], right[row])
        else:
            (given,) = outputs.values()
            expected = np.asarray(right[some], np.float64)
            assert given.shape == expected.shape
            scale = np.maximum(1, np.abs(expected))
            largest = max(largest, float((np.abs(given - expected) / scale).max()))
    assert largest <= tolerance
    return largest
