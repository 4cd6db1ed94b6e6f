"""A case's layer as an ONNX file in a session of ONNX Runtime."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import onnxruntime

import kerasish
from benchmarks.cases import Case
from benchmarks.data import Data, make_data
from benchmarks.peers.keras_api import make_layer, set_weights
from benchmarks.peers.peer import COMPARED_ROWS, Call, LocalPeer, Results, UnsupportedError
from kerasish.export import ExportError


class OnnxRuntimePeer(LocalPeer):
    """ONNX Runtime, asked through its own interface: arrays in, arrays out.

    Args:
        device: `"cpu"`.
        threads: Number of threads of a session.
    """

    def __init__(self, device: str, threads: int) -> None:
        super().__init__()
        if device != "cpu":
            raise ValueError(f"The peer onnxruntime is for the CPU. Received: device {device!r}")
        self._threads = threads

    def versions(self) -> dict[str, str]:
        return {"onnxruntime": onnxruntime.__version__}

    def make(self, case: Case) -> tuple[Call, Results]:
        if case.action == "train":
            raise UnsupportedError("inference alone")
        data = make_data(case)
        session = self._open(case, data)
        names = [one.name for one in session.get_inputs()]
        arrays = [data.inputs] if data.mask is None else [data.inputs, data.mask]
        fed = dict(zip(names, arrays, strict=True))
        batches = range(0, case.samples, case.batch)

        def run() -> Any:
            return session.run(None, fed)[0]

        def run_batches() -> Any:
            import numpy as np

            rows = (data.inputs[start : start + case.batch] for start in batches)
            return np.concatenate([session.run(None, {names[0]: one})[0] for one in rows])

        call = run if len(batches) == 1 else run_batches
        return call, {"outputs": call()[:COMPARED_ROWS]}

    def _open(self, case: Case, data: Data) -> Any:
        layer = make_layer(kerasish, case)
        inputs = [kerasish.Input(data.inputs.shape[1:])]
        if data.mask is None:
            model = kerasish.Model(inputs, layer(inputs[0]))
        else:
            inputs.append(kerasish.Input(data.mask.shape[1:], dtype="bool"))
            model = kerasish.Model(inputs, layer(inputs[0], mask=inputs[1]))
        set_weights(layer, data)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            try:
                model.export(path, verbose=False)
            except ExportError as error:
                raise UnsupportedError(str(error)) from error
            return onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
