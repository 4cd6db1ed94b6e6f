"""Bare `torch.nn` modules, called as a PyTorch program calls them."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.cases import Case
from benchmarks.data import Data, make_data
from benchmarks.peers.peer import Call, LocalPeer, Results
from benchmarks.peers.torch_training import make_training_step
from weight_port import layouts, transform

_MODULES = {"LSTM": nn.LSTM, "GRU": nn.GRU, "SimpleRNN": nn.RNN, "Bidirectional": nn.LSTM}
_SUFFIXES = ("", "_reverse")


class TorchPeer(LocalPeer):
    """`nn.LSTM`, `nn.GRU` and `nn.RNN`; a right-padded mask as a packed sequence.

    The second bias of LSTM and RNN, which Keras does not have, is zero and not trained, so that all
    peers train the same weights.

    Args:
        device: Where it runs.
    """

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device = device

    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__}

    def synchronize(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()

    def make(self, case: Case) -> tuple[Call, Results]:
        data = make_data(case)
        module = _make_module(case, data).to(self.device)
        inputs = torch.from_numpy(data.inputs).to(self.device)

        def run(x: torch.Tensor = inputs) -> torch.Tensor:
            return module(x)[0]

        if data.lengths is not None:
            lengths = torch.from_numpy(data.lengths)

            def run(x: torch.Tensor = inputs) -> torch.Tensor:
                packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
                return pad_packed_sequence(
                    module(packed)[0], batch_first=True, total_length=case.size.time
                )[0]

        if case.action == "train":
            module.train()
            return make_training_step(
                run, module.parameters(), data, self.device, lambda: _read_weights(case, module)
            )
        module.eval()

        @torch.no_grad()
        def forward() -> torch.Tensor:
            return run()

        @torch.no_grad()
        def predict() -> object:
            return run(torch.from_numpy(data.inputs).to(self.device)).cpu().numpy()

        call: Call = forward if case.action == "forward" else predict
        return call, {"outputs": forward().cpu().numpy()}


def _layout(case: Case) -> layouts.Layout:
    return layouts.get("LSTM" if case.layer == "Bidirectional" else case.layer)


def _make_module(case: Case, data: Data) -> nn.Module:
    layout, size = _layout(case), case.size
    module: nn.Module = _MODULES[case.layer](
        size.features, size.units, batch_first=True, bidirectional=case.directions == 2
    )
    state = {}
    for suffix, weights in zip(_SUFFIXES, data.weights, strict=False):
        for name, array in transform.to_torch(layout, weights).items():
            state[name + suffix] = torch.as_tensor(array)
            if name in layout.frozen_torch_names:
                module.get_parameter(name + suffix).requires_grad_(False)
    module.load_state_dict(state)
    return module


def _read_weights(case: Case, module: nn.Module) -> list[dict]:
    layout = _layout(case)
    state = {name: array.cpu().numpy().copy() for name, array in module.state_dict().items()}
    return [
        transform.to_keras(layout, {name: state[name + suffix] for name in layout.torch_names})
        for suffix in _SUFFIXES[: case.directions]
    ]
