"""`Model.compile_inference`: predictions by ONNX Runtime."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kerasish.graph.structure import flatten, pack_like
from kerasish.layers.base.layer import Layer
from kerasish.models.functional_inputs import arrange_inputs

ENGINES = ("onnxruntime", "torch")


class InferenceEngine(Layer):
    """The part of `Model` that chooses what `predict` runs on."""

    _engine: OnnxEngine | None = None

    def compile_inference(self, engine: str = "onnxruntime", threads: int | None = None) -> None:
        """Let `predict` run on another engine than torch, for speed on the CPU.

        ONNX Runtime's recurrent kernels are faster than torch's, and its overhead for small models
        is a tenth. The model is exported and compared with itself on random inputs, in this call;
        calls of the model, `fit` and `evaluate` stay with torch. When weights have changed, the
        next `predict` exports anew. Attributes of layers other than weights must not change.

        Args:
            engine: `"onnxruntime"`, which the extra `onnx` installs, or `"torch"` to go back.
            threads: Number of threads; by default those of torch.

        Raises:
            ExportError: If the model has a part without an exact counterpart in ONNX, or computes
                something else there; a `ValueError`.
            ImportError: If `onnx` or `onnxruntime` is not installed.
            ValueError: If the engine is unknown, or the model is not on the CPU.
        """
        if engine not in ENGINES:
            raise ValueError(
                f"Model '{self.name}': `engine` is one of {ENGINES}. Received: engine={engine!r}"
            )
        found = OnnxEngine(self, threads) if engine == "onnxruntime" else None
        object.__setattr__(self, "_engine", found)


class OnnxEngine:
    """A model in a session of ONNX Runtime.

    Args:
        model: A built `Functional` or `Sequential` model on the CPU.
        threads: Number of threads, or None for torch's.
    """

    def __init__(self, model: Any, threads: int | None) -> None:
        device = model._device()
        if device is not None and device.type != "cpu":
            raise ValueError(
                f"Model '{model.name}': compile_inference is for models on the CPU. "
                f"Received: a model on {device}"
            )
        self._model = model
        self._threads = threads
        self._make_session()

    def _make_session(self) -> None:
        from kerasish.export import check_onnx, export_onnx

        self._weights = _fingerprint(self._model)
        with tempfile.TemporaryDirectory(prefix="kerasish-") as folder:
            path = Path(folder) / "model.onnx"
            export_onnx(self._model, path)
            check_onnx(self._model, path)
            self._session = _open_session(path, self._threads)
        self._inputs = [
            (slot.name, _KINDS.get(slot.type, slot.type[7:-1]), len(slot.shape))
            for slot in self._session.get_inputs()
        ]

    def __call__(self, x: Any) -> Any:
        """Return the outputs for a batch of inputs, as `predict_on_batch` does."""
        if _fingerprint(self._model) != self._weights:
            self._make_session()
        structure = getattr(self._model, "_input_structure", None)
        arrays = flatten(x) if structure is None else arrange_inputs(x, structure, self._model.name)
        fed = {
            name: _array(value, kind, rank)
            for (name, kind, rank), value in zip(self._inputs, arrays, strict=True)
        }
        outputs = self._session.run(None, fed)
        structure = getattr(self._model, "_output_structure", None)
        if structure is None:
            return outputs[0] if len(outputs) == 1 else outputs
        packed = pack_like(structure, outputs)
        return list(packed) if type(packed) is tuple else packed

    def __reduce__(self) -> tuple:
        # A session is of its process and its model: copies of the model go back to torch.
        return type(None), ()


_KINDS = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(bool)": "bool"}


def _array(value: Any, kind: str, rank: int) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        value = value.numpy(force=True)
    array = np.asarray(value, kind)
    if array.ndim == rank - 1:  # as layers take data without its last axis of one
        array = array[..., None]
    return array


def _open_session(path: Path, threads: int | None) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or torch.get_num_threads()
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _fingerprint(model: Any) -> list[tuple[int, int]]:
    """Numbers that change when a weight is written to or exchanged."""
    return [
        (tensor._version, tensor.data_ptr()) for tensor in (*model.parameters(), *model.buffers())
    ]
