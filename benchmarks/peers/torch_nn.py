"""Bare `torch.nn` modules, called as a PyTorch program calls them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.cases import Case
from benchmarks.data import Data, make_data
from benchmarks.peers.peer import COMPARED_ROWS, Call, LocalPeer, Results, UnsupportedError
from benchmarks.peers.torch_training import make_training_step
from weight_port import layouts, transform

_SUFFIXES = {"single": ("_l0",), "bidirectional": ("_l0", "_l0_reverse"), "stacked": ("_l0", "_l1")}


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
        if case.work.torch is None or case.mask not in (None, "right"):
            raise UnsupportedError("torch.nn has no such module")
        data = make_data(case)
        module = _make_module(case, data).to(self.device)
        run = _make_run(module, case, data)

        @torch.no_grad()
        def forward() -> torch.Tensor:
            return run(inputs)

        @torch.no_grad()
        def predict() -> object:
            rows = torch.from_numpy(data.inputs).split(case.batch)
            parts = [run(x.to(self.device)).cpu() for x in rows]
            return (parts[0] if len(parts) == 1 else torch.cat(parts)).numpy()

        module.eval()
        if case.action.startswith("predict"):
            return predict, {"outputs": predict()[:COMPARED_ROWS]}  # type: ignore[index]
        inputs = torch.from_numpy(data.inputs).to(self.device)
        if case.action == "forward":
            return forward, {"outputs": forward().cpu().numpy()}
        outputs = {"outputs": forward().cpu().numpy()} if case.work.random else None
        module.train()
        step, results = make_training_step(
            lambda: run(inputs),
            module.parameters(),
            data,
            self.device,
            lambda: _read_weights(case, module),
        )
        return step, outputs or results


def _make_run(module: nn.Module, case: Case, data: Data) -> Callable[[torch.Tensor], torch.Tensor]:
    options = case.work.options
    if data.lengths is not None:
        lengths = torch.from_numpy(data.lengths)

        def run_packed(x: torch.Tensor) -> torch.Tensor:
            packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            outputs = module(packed)[0]
            return pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])[0]

        return run_packed
    if options.get("go_backwards"):
        return lambda x: module(x.flip(1))[0]
    if "dropout" in options:

        def run_dropped(x: torch.Tensor) -> torch.Tensor:
            if module.training:  # Keras drops the same features at every step
                kept = nn.functional.dropout(torch.ones_like(x[:, :1]), options["dropout"])
                x = x * kept
            return module(x)[0]

        return run_dropped
    return lambda x: module(x)[0]


def _make_module(case: Case, data: Data) -> nn.Module:
    work, size = case.work, case.size
    layout = layouts.get(work.cell)
    module: nn.Module = getattr(nn, str(work.torch))(
        size.features,
        size.units,
        num_layers=2 if work.arrangement == "stacked" else 1,
        batch_first=True,
        bidirectional=work.arrangement == "bidirectional",
    )
    state = {}
    for suffix, weights in zip(_SUFFIXES[work.arrangement], data.weights, strict=True):
        for name, array in transform.to_torch(layout, weights).items():
            full = name.removesuffix("_l0") + suffix
            state[full] = torch.as_tensor(array)
            if name in layout.frozen_torch_names:
                module.get_parameter(full).requires_grad_(False)
    module.load_state_dict(state)
    return module


def _read_weights(case: Case, module: nn.Module) -> list[dict]:
    layout = layouts.get(case.work.cell)
    state = {name: array.cpu().numpy().copy() for name, array in module.state_dict().items()}
    return [
        transform.to_keras(
            layout, {name: state[name.removesuffix("_l0") + suffix] for name in layout.torch_names}
        )
        for suffix in _SUFFIXES[case.work.arrangement]
    ]
