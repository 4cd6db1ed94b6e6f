"""Models as files that other runtimes execute."""

from kerasish.export.onnx import ExportError, check_onnx, export_onnx

__all__ = ["ExportError", "check_onnx", "export_onnx"]
