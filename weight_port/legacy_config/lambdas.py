"""`Lambda` layers of old configurations: code stays refused, names of functions stay names."""

from __future__ import annotations

from typing import Any

from weight_port.legacy_config.errors import Place

# Where old Keras looked a function up, which nobody does today.
_LOOKUP = ("module", "function_type", "output_shape_type", "output_shape_module", "mask_module")
_PARTS = ("function", "output_shape", "mask")


def lambda_config(config: dict[str, Any], place: Place) -> dict[str, Any]:
    """Return the configuration of a `Lambda` layer in Keras 3's form.

    A function that was stored as code becomes an object that says so, and in whose place one can
    pass a function under the layer's name; a named one becomes the name of a registered function.

    Raises:
        LegacyConfigError: If the function is neither.
    """
    kinds = {
        "function": config.get("function_type"),
        "output_shape": config.get("output_shape_type"),
        "mask": config.get("mask_type"),
    }
    modern = {key: value for key, value in config.items() if key not in (*_LOOKUP, "mask_type")}
    for part in _PARTS:
        value = modern.get(part)
        stored_as_code = kinds[part] == "lambda" or (
            part == "function" and isinstance(value, (list, tuple))
        )
        if value is not None and stored_as_code:
            # What the code is, is nobody's business here: it is never run.
            modern[part] = {"class_name": "__lambda__", "config": {}}
        elif isinstance(value, str):
            modern[part] = {"class_name": "function", "config": value}
        elif part == "function" and not isinstance(value, dict):
            place.refuse("takes the name of a function as `function`", value)
    return {key: value for key, value in modern.items() if value is not None}
