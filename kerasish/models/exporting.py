"""`Model.export`: the part of a model that writes itself for other runtimes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kerasish.layers.base.layer import Layer

_OPTIONS = {"opset", "opset_version", "dtype"}


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
            format: `"onnx"`, see `kerasish.export.export_onnx`; may be left out if the name ends
                in `.onnx`.
            verbose: Whether to print where the file went.
            input_signature: Not supported; must be None. The inputs are the model's own.
            **kwargs: `opset` (or Keras's name for it, `opset_version`) and `dtype`.

        Raises:
            ValueError: For another format or argument, or a model with a part that has no exact
                counterpart in ONNX.
        """
        from kerasish.export import export_onnx

        if format is None and Path(filepath).suffix.lower() == ".onnx":
            format = "onnx"
        if format != "onnx":
            raise ValueError(
                f"Model '{self.name}' can be exported with format='onnx' (a file ending in .onnx). "
                "For other formats go on from there, or from torch.export.export(model, inputs). "
                f"Received: filepath={os.fspath(filepath)!r}, format={format!r}"
            )
        if input_signature is not None:
            raise ValueError(
                f"Model '{self.name}' is exported with the inputs that it was described with; set "
                f"their shapes there. Received: input_signature={input_signature!r}"
            )
        unknown = sorted(set(kwargs) - _OPTIONS)
        if unknown or {"opset", "opset_version"} <= set(kwargs):
            raise ValueError(
                "Exporting to ONNX takes the options `opset` (or its other name, `opset_version`) "
                f"and `dtype`. Received: {unknown or sorted(kwargs)}"
            )
        opset = kwargs.get("opset", kwargs.get("opset_version"))
        chosen = {} if opset is None else {"opset": opset}
        export_onnx(self, filepath, dtype=kwargs.get("dtype"), **chosen)
        if verbose:
            print(f"Model '{self.name}' is in {os.fspath(filepath)} as {format}.")
