"""The states of a layer's seed generators in its `state_dict`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from kerasish.random import SeedGenerator
from weight_port.records.state_dict import SEED_STATE


class SeedStates(nn.Module):
    """The part of `Layer` that saves and restores the state of `SeedGenerator` attributes.

    The states are no buffers: they stay on the CPU, are not sent from process to process, and a
    `state_dict` without them leaves the generators as they are.
    """

    def _seed_generators(self) -> Iterator[tuple[str, SeedGenerator]]:
        """The generators among the attributes that are drawn from, by name."""
        for name, value in self.__dict__.items():
            if isinstance(value, SeedGenerator):
                yield name, value

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        for name, generator in self._seed_generators():
            destination[f"{prefix}{name}{SEED_STATE}"] = generator.state

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )
        for name, generator in self._seed_generators():
            key = f"{prefix}{name}{SEED_STATE}"
            if key not in state_dict:
                continue
            if key in unexpected_keys:
                unexpected_keys.remove(key)
            value = state_dict[key]
            if not isinstance(value, torch.Tensor) or value.shape != generator.state.shape:
                error_msgs.append(
                    f"{key} is the state of a seed generator, a tensor of two integers. "
                    f"Received: {value!r}"
                )
                continue
            with torch.no_grad():
                generator.state.copy_(value)


def without_seed_states(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a `state_dict` but for those of seed generators."""
    return {key: value for key, value in state.items() if not key.endswith(SEED_STATE)}
