"""ONNX files of whole models."""

from kerasish.export.onnx import converters as converters  # enters them into the table
from kerasish.export.onnx import models as models
from kerasish.export.onnx.check import check_onnx
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.export import export_onnx
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.layer_call import activate, call_layer
from kerasish.export.onnx.registry import (
    activation_converter,
    cell_converter,
    function_converter,
    layer_converter,
    mask_converter,
)
from kerasish.export.onnx.value import Value

__all__ = [
    "ExportError",
    "GraphBuilder",
    "Value",
    "activate",
    "activation_converter",
    "call_layer",
    "cell_converter",
    "check_onnx",
    "export_onnx",
    "function_converter",
    "layer_converter",
    "mask_converter",
]
