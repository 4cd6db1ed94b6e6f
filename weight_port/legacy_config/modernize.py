"""The configuration of a model of any Keras, in the form of Keras 3."""

from __future__ import annotations

from typing import Any

from weight_port.legacy_config.era import Era
from weight_port.legacy_config.errors import LegacyConfigError, copied, shown
from weight_port.legacy_config.layers import layer_entry
from weight_port.legacy_config.masks import warn_of_masked_outputs


def modernize(config: dict[str, Any], keras_version: str | None = None) -> dict[str, Any]:
    """Return the configuration that describes the same computation in Keras 3's form.

    What old Keras left out is written out, with the value that it had then; what only has another
    name is renamed; what is gone is dropped if it changes nothing. One of Keras 3 is returned as
    it is. The architecture alone is translated, not the training.

    Args:
        config: The model's configuration, as the attribute `model_config` of an `.h5` file or the
            `config.json` of a `.keras` file holds it: `class_name` and `config`. Data from
            outside: nothing in it is run or imported. It is not changed. Limit its depth before.
        keras_version: The version that the file gives, such as `"2.2.4"`. None where it gives
            none; then `config["keras_version"]` counts, and then the form of the configuration.

    Returns:
        The new configuration.

    Raises:
        LegacyConfigError: If the configuration is not what old Keras writes, or has a layer,
            argument or operation without an equivalent. The message names the layer.

    Warns:
        UserWarning: For a `Bidirectional` layer whose output at masked steps was another one.

    Example:
        >>> old = {"class_name": "Sequential", "config": [...]}
        >>> kerasish.saving.deserialize_keras_object(modernize(old, "2.2.4"))
    """
    if not isinstance(config, dict) or "class_name" not in config or "config" not in config:
        raise LegacyConfigError(
            "The configuration of a model is an object with a class_name and a config. "
            f"Received: {shown(config)}"
        )
    era = Era.of(config, keras_version)
    if era.major >= 3:
        return copied(config)
    warn_of_masked_outputs(config, era)
    return layer_entry(config, era)
