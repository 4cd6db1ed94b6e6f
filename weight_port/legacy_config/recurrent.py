"""Recurrent layers and cells: defaults that changed, cuDNN's layers, other names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weight_port.legacy_config.era import Era
from weight_port.legacy_config.errors import Place

_GATED = ("LSTM", "GRU", "LSTMCell", "GRUCell", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
_WITH_STATES = ("RNN", "SimpleRNN", "LSTM", "GRU", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D")
# Layers of the same computation, which ran on other hardware or by other code.
_RENAMED = {"CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU", "UnifiedLSTM": "LSTM", "UnifiedGRU": "GRU"}
# cuDNN's layers had no choice, and so wrote none of it.
_CUDNN = {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True}


def takes_states(class_name: str) -> bool:
    """Whether old Keras listed the initial states of such a layer among its inputs."""
    return class_name in (*_WITH_STATES, "ConvLSTM3D", *_RENAMED)


def recurrent_layer(
    class_name: str, config: dict[str, Any], era: Era, place: Place
) -> tuple[str, dict[str, Any]]:
    """Return the class and the configuration of a layer, with every default that changed.

    Args:
        class_name: The class in the file; one that is not recurrent is returned as it is.
        config: The layer's configuration.
        era: Which Keras wrote it.
        place: The layer, for messages.

    Raises:
        LegacyConfigError: If a default is needed that the era does not tell.
    """
    if class_name in ("CuDNNLSTM", "CuDNNGRU"):
        config = {**config, **_CUDNN}
        if class_name == "CuDNNGRU":
            config["reset_after"] = True
    class_name = _RENAMED.get(class_name, class_name)
    if class_name == "RNN":
        _check_order_of_states(config, era, place)
    if class_name not in _GATED:
        return class_name, config
    config = dict(config)
    if "recurrent_activation" not in config:
        config["recurrent_activation"] = era.recurrent_activation(place)
    if class_name in ("GRU", "GRUCell") and "reset_after" not in config:
        config["reset_after"] = era.reset_after(place)
    return class_name, config


def _check_order_of_states(config: Mapping[str, Any], era: Era, place: Place) -> None:
    """Refuse to return the states of a stack of cells where the last cell's came first."""
    cell = config.get("cell")
    stacked = isinstance(cell, Mapping) and cell.get("class_name") == "StackedRNNCells"
    old = era.is_before_tensorflow2 and (era.in_tensorflow or (era.minor or 0) < 3)
    if stacked and old and config.get("return_state"):
        place.refuse(
            "returns the states of stacked cells, whose order was the reverse of today's; build "
            "the model again and load the weights alone",
            "return_state=True",
        )
