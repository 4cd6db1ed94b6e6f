"""kerasish's layers, called as a notebook calls them and trained as torch modules are."""

from __future__ import annotations

from typing import Any

import torch

import kerasish
from benchmarks.cases import Case
from benchmarks.data import Data, make_data
from benchmarks.peers.keras_api import make_layer, read_weights, set_weights
from benchmarks.peers.peer import Call, LocalPeer, Results
from benchmarks.peers.torch_training import make_training_step


class KerasishPeer(LocalPeer):
    """The layers of `kerasish.layers`.

    Args:
        device: Where they run.
    """

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device = device

    def versions(self) -> dict[str, str]:
        return {"kerasish": kerasish.__version__, "torch": torch.__version__}

    def synchronize(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()

    def make(self, case: Case) -> tuple[Call, Results]:
        data = make_data(case)
        layer = make_layer(kerasish.layers, case)
        if case.action == "predict":
            return self._make_prediction(layer, case, data)
        layer.build(data.inputs.shape)
        set_weights(layer, data)
        layer.to(self.device)
        inputs = torch.from_numpy(data.inputs).to(self.device)
        options = {}
        if data.mask is not None:
            options["mask"] = torch.from_numpy(data.mask).to(self.device)

        if case.action == "train":
            layer.train()
            return make_training_step(
                lambda: layer(inputs, **options),
                layer.parameters(),
                data,
                self.device,
                lambda: read_weights(layer),
            )

        @torch.no_grad()
        def forward() -> torch.Tensor:
            return layer(inputs, **options)

        return forward, {"outputs": forward().cpu().numpy()}

    def _make_prediction(self, layer: Any, case: Case, data: Data) -> tuple[Call, Results]:
        model = kerasish.Sequential([kerasish.Input(data.inputs.shape[1:]), layer])
        set_weights(layer, data)
        model.to(self.device)

        def predict() -> Any:
            return model.predict(data.inputs, batch_size=case.size.batch, verbose=0)

        return predict, {"outputs": predict()}
