"""Write a graph as an ONNX file, checked by onnx.checker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import zoo
from zoo.core.graph import ML, ML_OPSET, OPSET, TEXT, Graph, Node, Port
from zoo.errors import UsageError

if TYPE_CHECKING:
    import onnx

IR = 9  # the oldest version of the format that has these operators: older runtimes read it
MOST = 2**31 - 2**20  # bytes of a file: a limit of protobuf


def onnx_bytes(graph: Graph, name: str) -> bytes:
    """The file. `UsageError` where the package onnx is not installed, or where the file would be too large."""
    try:
        import onnx  # an optional package
        from onnx import helper
    except ImportError as error:
        raise UsageError("export: ONNX needs the package onnx: pip install 'zoo-networks[onnx]'") from error
    size = sum(array.nbytes for array in graph.constants.values())
    if size > MOST:
        raise UsageError(
            f"export: got {size:,} bytes of weights, expected less than {MOST:,}, which is what an ONNX file holds;"
            " export the weights to a .safetensors file"
        )
    made = helper.make_model(
        _graph(graph, name),
        producer_name="zoo",
        producer_version=zoo.__version__,
        ir_version=IR,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)],
    )
    helper.set_model_props(made, graph.about)
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString())


def _graph(graph: Graph, name: str) -> onnx.GraphProto:
    from onnx import helper

    return helper.make_graph(
        [_node(node) for node in graph.nodes],
        name,
        [_port(port) for port in graph.inputs],
        [_port(port) for port in graph.outputs],
        [_tensor(name, array) for name, array in graph.constants.items()],
    )


def _port(port: Port) -> onnx.ValueInfoProto:
    from onnx import helper

    return helper.make_tensor_value_info(port.name, _type(port.dtype), port.shape, doc_string=port.about)


def _tensor(name: str, array: Any) -> onnx.TensorProto:
    from onnx import TensorProto, numpy_helper

    if array.dtype == TEXT:
        cells = [str(each).encode() for each in array.ravel()]
        return TensorProto(name=name, data_type=TensorProto.STRING, dims=array.shape, string_data=cells)
    return numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)


def _type(dtype: np.dtype[Any]) -> int:
    from onnx import TensorProto, helper

    return TensorProto.STRING if dtype == TEXT else helper.np_dtype_to_tensor_dtype(dtype)


def _node(node: Node) -> onnx.NodeProto:
    from onnx import helper

    attributes = {name: _attribute(value) for name, value in node.attributes.items() if value is not None}
    return helper.make_node(
        node.kind, node.inputs, node.outputs, name=node.name, domain=node.domain or None, **attributes
    )


def _attribute(value: Any) -> Any:
    if isinstance(value, Graph):
        return _graph(value, "body")
    return _type(value) if isinstance(value, np.dtype) else value
