"""The recurrent work that is measured: a table, one entry for each kind of layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CUSTOM_ACTIVATION = "custom"
"""Stands for a function of the notebook's own, `x * sigmoid(x)` spelled with `ops`."""

DROPPED = 0.2
"""The share that `dropout` and `recurrent_dropout` drop."""


@dataclass(frozen=True)
class Work:
    """A layer with `return_sequences=True`, or an arrangement of two.

    Attributes:
        cell: The recurrent layer: `LSTM`, `GRU`, `SimpleRNN`, `ConvLSTM2D`, or `RNN` with a cell of
            the notebook's own.
        gates: Number of gates, each with a product of the inputs and one of the states.
        arrangement: `single`; `bidirectional`, both outputs concatenated; `stacked`, one on top of
            another.
        options: Arguments of the layer.
        torch: The class in `torch.nn` that computes the same, or None.
        biases: Shape of the bias in units of `gates * units`: 1, or 2 for GRU with `reset_after`.
    """

    cell: str
    gates: int
    arrangement: str = "single"
    options: dict[str, Any] = field(default_factory=dict)
    torch: str | None = None
    biases: int = 1

    @property
    def parts(self) -> int:
        """How many recurrent layers there are."""
        return 1 if self.arrangement == "single" else 2

    @property
    def random(self) -> bool:
        """Whether training drops something, so that no two frameworks compute the same."""
        return "dropout" in self.options or "recurrent_dropout" in self.options

    @property
    def image(self) -> bool:
        """Whether a step is an image."""
        return self.cell == "ConvLSTM2D"


def _lstm(arrangement: str = "single", torch: str | None = "LSTM", **options: Any) -> Work:
    return Work("LSTM", 4, arrangement, options, torch)


def _gru(arrangement: str = "single", torch: str | None = "GRU", **options: Any) -> Work:
    return Work("GRU", 3, arrangement, options, torch, 1 if "reset_after" in options else 2)


WORKS = {
    "LSTM": _lstm(),
    "GRU": _gru(),
    "SimpleRNN": Work("SimpleRNN", 1, torch="RNN"),
    "Bidirectional": _lstm("bidirectional"),
    "Bidirectional-GRU": _gru("bidirectional"),
    "LSTM-stacked": _lstm("stacked"),
    "GRU-stacked": _gru("stacked"),
    "GRU-reset_before": _gru(torch=None, reset_after=False),
    "LSTM-go_backwards": _lstm(go_backwards=True),
    "GRU-go_backwards": _gru(go_backwards=True),
    "LSTM-dropout": _lstm(dropout=DROPPED),
    "LSTM-recurrent_dropout": _lstm(torch=None, recurrent_dropout=DROPPED),
    "GRU-recurrent_dropout": _gru(torch=None, recurrent_dropout=DROPPED),
    "LSTM-hard_sigmoid": _lstm(torch=None, recurrent_activation="hard_sigmoid"),
    "LSTM-relu": _lstm(torch=None, activation="relu"),
    "GRU-relu": _gru(torch=None, activation="relu"),
    "LSTM-custom": _lstm(torch=None, activation=CUSTOM_ACTIVATION),
    "RNN-cell": Work("RNN", 1),
    "ConvLSTM2D": Work("ConvLSTM2D", 4, options={"kernel_size": 3, "padding": "same"}),
}
