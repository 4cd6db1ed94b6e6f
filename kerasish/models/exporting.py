"""`Model.export`: the part of a model that writes itself for other runtimes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kerasish.layers.base.layer import Layer

_ENDINGS = {".onnx": "onnx", ".pt2": "torch"}


class ModelExport(Layer):
    """The part of `Model` that exports."""

    def export(
        self,
        filepath: str | os.PathLike,
        format: str | None = None,
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Write the model, as it computes in inference, to a file for other runtimes.

        Args:
            filepath: Where to write.
            format: `"onnx"` (see `kerasish.export.export_onnx`) or `"torch"`, a program of
                `torch.export`; by default what the ending says, `.onnx` or `.pt2`.
            verbose: Whether to print where the file went.
            input_signature: Not supported; must be None. The inputs are the model's own.
            **kwargs: For `"onnx"`: `opset` (or Keras's name, `opset_version`) and `dtype`.

        Raises:
            ValueError: For another format or argument, or a model with a part that the format has
                no exact counterpart for.
        """
        from kerasish.export import export_onnx, export_torch

        if format is None:
            format = _ENDINGS.get(Path(filepath).suffix.lower())
        supported = f"the formats {sorted(_ENDINGS.values())} (endings {sorted(_ENDINGS)})"
        if format not in _ENDINGS.values():
            received = f"filepath={os.fspath(filepath)!r}, format={format!r}"
            raise ValueError(f"Models are exported in {supported}. Received: {received}")
        if input_signature is not None:
            raise ValueError(
                f"Model '{self.name}' is exported with the inputs that it was described with; set "
                f"their shapes there. Received: input_signature={input_signature!r}"
            )
        known = {"opset", "opset_version", "dtype"} if format == "onnx" else set()
        if set(kwargs) - known:
            raise ValueError(
                f"Exporting in the format {format!r} takes the options {sorted(known)}. "
                f"Received: {sorted(set(kwargs) - known)}"
            )
        if "opset_version" in kwargs:
            kwargs["opset"] = kwargs.pop("opset_version")
        if format == "onnx":
            export_onnx(self, filepath, **{k: v for k, v in kwargs.items() if v is not None})
        else:
            export_torch(self, filepath)
        if verbose:
            print(f"Model '{self.name}' is in {os.fspath(filepath)} as {format}.")
