"""kerasish's layers, called as a notebook calls them and trained as torch modules are."""

from __future__ import annotations

from typing import Any

import torch

import kerasish
from benchmarks.cases import Case
from benchmarks.data import Data, make_data
from benchmarks.peers.keras_api import make_layer, make_prediction, read_weights, set_weights
from benchmarks.peers.peer import COMPARED_ROWS, Call, LocalPeer, Results, UnsupportedError
from benchmarks.peers.torch_training import make_training_step


class KerasishPeer(LocalPeer):
    """The layers of `kerasish.layers`.

    Args:
        device: Where they run.
    """

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device = device
        self._paths: dict[Case, str] = {}

    def versions(self) -> dict[str, str]:
        return {"kerasish": kerasish.__version__, "torch": torch.__version__}

    def synchronize(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()

    def path(self, case: Case) -> str:
        return self._paths.get(case, "")

    def make(self, case: Case) -> tuple[Call, Results]:
        data = make_data(case)
        layer = make_layer(kerasish, case)
        if case.action.startswith("predict"):
            call = self._make_prediction(layer, case, data)
            self._paths[case] = self._path_of(layer, case)
            return call, {"outputs": call()[:COMPARED_ROWS]}
        layer.build(data.inputs.shape)
        set_weights(layer, data)
        layer.to(self.device)
        self._paths[case] = self._path_of(layer, case)
        inputs = torch.from_numpy(data.inputs).to(self.device)
        options = {}
        if data.mask is not None:
            options["mask"] = torch.from_numpy(data.mask).to(self.device)

        @torch.no_grad()
        def forward() -> torch.Tensor:
            return layer(inputs, **options)

        if case.action == "forward":
            return forward, {"outputs": forward().cpu().numpy()}
        outputs = {"outputs": forward().cpu().numpy()} if case.work.random else None
        layer.train()
        step, results = make_training_step(
            lambda: layer(inputs, **options),
            layer.parameters(),
            data,
            self.device,
            lambda: read_weights(layer),
        )
        return step, outputs or results

    def _make_prediction(self, layer: Any, case: Case, data: Data) -> Call:
        model, predict = make_prediction(kerasish, layer, case, data)
        model.to(self.device)
        return predict

    def _path_of(self, layer: Any, case: Case) -> str:
        training = case.action == "train"
        layers = layer.layers if case.work.arrangement == "stacked" else [layer]
        paths = [
            one.execution_path(
                masked=case.mask is not None,
                training=training,
                gradients=training,
                device=self.device,
            )
            for one in layers
            if hasattr(one, "execution_path")
        ]
        return " + ".join(dict.fromkeys(paths)) or "loop"


class EnginePeer(KerasishPeer):
    """`predict` after `compile_inference()`: kerasish's models on ONNX Runtime."""

    def __init__(self, device: str) -> None:
        if device != "cpu":
            raise ValueError(f"compile_inference is for the CPU. Received: device {device!r}")
        super().__init__(device)

    def versions(self) -> dict[str, str]:
        import onnxruntime

        return {**super().versions(), "onnxruntime": onnxruntime.__version__}

    def make(self, case: Case) -> tuple[Call, Results]:
        if not case.action.startswith("predict"):
            raise UnsupportedError("the engine serves predict alone")
        return super().make(case)

    def _make_prediction(self, layer: Any, case: Case, data: Data) -> Call:
        model, predict = make_prediction(kerasish, layer, case, data)
        model.compile_inference()
        return predict
