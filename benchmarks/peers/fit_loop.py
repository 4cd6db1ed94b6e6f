"""An epoch of training with a loop written by hand."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.fit_models import FitCase, make_data, make_model
from benchmarks.peers.peer import Call, LocalPeer, Results


class TorchLoop(LocalPeer):
    """The loop that PyTorch programs have, over bare modules with the same weights."""

    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__}

    def make(self, case: Any) -> tuple[Call, Results]:
        model = bare_model(case)
        x, y = (torch.from_numpy(array) for array in make_data(case))
        if x.dim() == 4:
            x = x.permute(0, 3, 1, 2).contiguous()  # the order of axes that torch has
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.Adam(trained, lr=1e-3, eps=1e-7)
        loss_of = nn.CrossEntropyLoss()

        def epoch(order: torch.Tensor | None = None) -> Results:
            model.train()
            order = torch.randperm(len(x)) if order is None else order
            total, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
            for chosen in order.split(case.batch):
                inputs, classes = x[chosen], y[chosen]
                optimizer.zero_grad()
                outputs = model(inputs)
                loss = loss_of(outputs, classes)
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(chosen)
                right += (outputs.argmax(-1) == classes).sum()
            return {
                "loss": np.array([total.item() / len(x)]),
                "accuracy": np.array([right.item() / len(x)]),
            }

        return epoch, epoch(torch.arange(len(x)))


class _LastStep(nn.Module):
    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rnn(x)[0][:, -1]


class _MeanOfPixels(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3))


def bare_model(case: FitCase) -> nn.Module:
    """Return a case's model as modules of torch alone."""
    import kerasish

    modules: list[nn.Module] = []
    for layer in make_model(kerasish, case).layers:
        if isinstance(layer, kerasish.layers.MaxPooling2D):
            modules.append(nn.MaxPool2d(2))
        elif isinstance(layer, kerasish.layers.GlobalAveragePooling2D):
            modules.append(_MeanOfPixels())
        else:
            held = copy.deepcopy(getattr(layer, layer.held_module))
            modules.append(_LastStep(held) if isinstance(held, nn.LSTM) else held)
            if getattr(layer, "activation", None) is kerasish.activations.relu:
                modules.append(nn.ReLU())
    return nn.Sequential(*modules)
