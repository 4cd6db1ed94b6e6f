"""A model of this package in a `LightningModule`: `python examples/training/with_lightning.py`.

The model forecasts the next value of a series.
"""

from __future__ import annotations

import lightning
import torch
from torch.utils.data import DataLoader, TensorDataset

import kerasish
from kerasish.layers import LSTM, Dense, Input


class Forecaster(lightning.LightningModule):
    """An LSTM under Lightning's trainer."""

    def __init__(self) -> None:
        super().__init__()
        self.model = kerasish.Sequential([Input((20, 1)), LSTM(8), Dense(1)])
        self.model.train()  # layers are new in eval mode, and Lightning keeps the mode
        self.losses: list[float] = []

    def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
        """Return the loss of a batch `(x, y)`."""
        x, y = batch
        loss = torch.nn.functional.mse_loss(self.model(x), y)
        self.losses.append(loss.item())
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Train with Keras's Adam."""
        return kerasish.optimizers.Adam(self.model.parameters(), 0.01)


def windows(length: int) -> TensorDataset:
    """Return windows `(length - 20, 20, 1)` of a wave, and the value after each."""
    wave = torch.sin(torch.arange(length) * 0.2)[:, None]
    parts = wave.unfold(0, 21, 1).transpose(1, 2)
    return TensorDataset(parts[:, :20], parts[:, 20])


def main() -> list[float]:
    """Train, and return the loss of each step."""
    kerasish.utils.set_random_seed(1)
    loader = DataLoader(windows(532), batch_size=32, shuffle=True)
    forecaster = Forecaster()
    trainer = lightning.Trainer(
        max_epochs=6,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(forecaster, loader)
    print(f"loss of the first step {forecaster.losses[0]:.4f}, last {forecaster.losses[-1]:.4f}")
    return forecaster.losses


if __name__ == "__main__":
    main()
