"""Models as files that other runtimes execute: ONNX, and torch's own exported programs."""

from kerasish.export.onnx import ExportError, check_onnx, export_onnx
from kerasish.export.torch_program import export_torch

__all__ = ["ExportError", "check_onnx", "export_onnx", "export_torch"]
