"""A model of this package in a training loop of Hugging Face Accelerate.

    python examples/training/with_accelerate.py
    torchrun --nproc-per-node 2 examples/training/with_accelerate.py

The model says which of two tones is in a noisy series.
"""

from __future__ import annotations

import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader, TensorDataset

import kerasish
from kerasish.layers import GRU, Dense, Input


def tones(count: int, generator: torch.Generator) -> TensorDataset:
    """Return series `(count, 40, 1)` and which of two tones each one is, `(count, 1)`."""
    kind = torch.randint(0, 2, (count, 1), generator=generator).float()
    time = torch.arange(40) * (0.3 + 0.15 * kind)
    noise = 0.3 * torch.randn(count, 40, generator=generator)
    return TensorDataset((torch.sin(time) + noise)[..., None], kind)


def main() -> float:
    """Train, and return the share of new series that are told right."""
    kerasish.utils.set_random_seed(1)
    generator = torch.Generator().manual_seed(1)
    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    model = kerasish.Sequential([Input((40, 1)), GRU(12), Dense(1)])
    optimizer = kerasish.optimizers.Adam(model.parameters(), 0.01)
    train = DataLoader(tones(512, generator), batch_size=32, shuffle=True)
    test = DataLoader(tones(256, generator), batch_size=64)
    model, optimizer, train, test = accelerator.prepare(model, optimizer, train, test)

    for epoch in range(4):
        model.train()
        for x, y in train:
            optimizer.zero_grad()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
        accelerator.print(f"epoch {epoch + 1}: loss of the last batch {loss.item():.4f}")

    model.eval()
    right = []
    with torch.no_grad():
        for x, y in test:
            right.append(accelerator.gather_for_metrics((model(x) > 0) == (y > 0.5)))
    accuracy = torch.cat(right).float().mean().item()
    accelerator.print(f"accuracy: {accuracy:.3f}")
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return accuracy


if __name__ == "__main__":
    main()
