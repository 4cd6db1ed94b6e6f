"""Losses that a layer adds by itself: penalties on weights and on outputs, and `add_loss`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish.graph.structure import flatten
from kerasish.layers.base.call_context import CALL_CONTEXT
from kerasish.layers.base.weights import WeightOwner


class LossOwner(WeightOwner):
    """The part of `Layer` that collects losses."""

    activity_regularizer: Callable | None = None

    def add_loss(self, loss: Any) -> None:
        """Add a loss, a scalar tensor or several, computed in the running call.

        It stands in `losses` until the next outermost call of a layer that contains this one.
        """
        CALL_CONTEXT.any_losses = True
        self.__dict__["_added_losses"] = True
        self.__dict__.setdefault("_call_losses", []).extend(
            value if isinstance(value, torch.Tensor) else torch.as_tensor(value)
            for value in flatten(loss)
        )

    @property
    def losses(self) -> list[torch.Tensor]:
        """Scalar losses of this layer and the layers in it.

        Those of the last call (`add_loss`, activity penalties) come first, then the penalties on
        the weights as they are now. Add them to your own loss in a training loop.
        """
        owners = self._loss_owners()
        added = [loss for owner in owners for loss in owner.__dict__.get("_call_losses", ())]
        # Listing all weights takes longer than most steps need; few layers have penalties.
        if any(s.regularizer is not None for o in owners for s in o._weight_specs.values()):
            added += self._regularization_losses()
        return added

    def _loss_owners(self) -> list[LossOwner]:
        """This layer and the layers inside it."""
        found: dict[int, LossOwner] = {}
        _collect(self, found)
        return list(found.values())

    def _adds_losses(self) -> bool:
        """Whether a layer inside penalizes its outputs, or has ever added a loss."""
        return any(
            owner.activity_regularizer is not None or "_added_losses" in owner.__dict__
            for owner in self._loss_owners()
        )

    def _clear_losses(self) -> None:
        for owner in self._loss_owners():
            owner.__dict__.pop("_call_losses", None)

    def _penalize_activity(self, outputs: Any) -> None:
        """Add the activity penalty, divided by the batch size as in Keras 3."""
        assert self.activity_regularizer is not None
        for output in flatten(outputs):
            if isinstance(output, torch.Tensor):
                penalty = self.activity_regularizer(output)
                if output.ndim > 0:
                    penalty = penalty / max(output.shape[0], 1)
                self.add_loss(penalty)


def _collect(module: Any, found: dict[int, LossOwner]) -> None:
    if isinstance(module, LossOwner):
        if id(module) in found:
            return
        found[id(module)] = module
    held = getattr(module, "held_module", None)
    for name, child in module._modules.items():
        # Held torch modules have no layers inside, and the compiler's tracer must not touch them.
        if name != held and child is not None:
            _collect(child, found)
