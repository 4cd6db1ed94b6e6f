"""The seeds of the random draws in layers."""

from __future__ import annotations

from typing import Any

from kerasish import config


def layer_seed(layer: Any) -> Any:
    """Return what a layer draws with: its `SeedGenerator`, or None for torch's generator.

    With a `seed` of its own a layer draws Keras's numbers. Without one it does so too, unless
    torch's generator is chosen with `kerasish.config.set_random_generator`.

    Args:
        layer: A layer with `seed` and `seed_generator`.
    """
    chosen = config.random_generator() == "torch" and layer.seed is None
    return None if chosen else layer.seed_generator


def draws_from_keras(layer: Any) -> bool:
    """Return whether a layer draws Keras's numbers, whatever its generators are called."""
    chosen = config.random_generator() == "torch" and getattr(layer, "seed", None) is None
    return not chosen and any(True for _ in layer._seed_generators())
