"""Dtype policies: how configs of Keras 3 write the `dtype` of a layer."""

from __future__ import annotations

from typing import Any

from kerasish import config
from kerasish.dtypes import standardize_dtype
from kerasish.saving.builtin_table import builtin

# The type of the computation by name; weights are float32.
_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


@builtin(
    "keras",
    "keras.dtype_policies.DTypePolicy",
    "keras.mixed_precision.DTypePolicy",
    "keras.mixed_precision.Policy",
)
class DTypePolicy:
    """The dtypes of a layer's computation and weights.

    Args:
        name: A dtype's name such as `"float32"`, or `"mixed_float16"`, `"mixed_bfloat16"`; that of
            `config.dtype_policy()` by default.

    Attributes:
        name: The name.
        compute_dtype: Type of the computation and the outputs.
        variable_dtype: Type of the weights.
        quantization_mode: None: there are no quantized weights.

    Raises:
        TypeError: If the name is no string.
        ValueError: For any other name.

    Source: https://keras.io/api/mixed_precision/policy/
    """

    name: str
    quantization_mode: str | None = None

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = str(config.dtype_policy().name)
        if not isinstance(name, str):
            raise TypeError(f"A dtype policy is given by its name. Received: name={name!r}")
        self.name = name
        self.compute_dtype = _MIXED[name] if name in _MIXED else standardize_dtype(name)
        self.variable_dtype = "float32" if name in _MIXED else self.compute_dtype

    def __eq__(self, other: object) -> bool:
        # FloatDTypePolicy is the same under another name.
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash((DTypePolicy, self.name))

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'

    def get_config(self) -> dict[str, Any]:
        """Return the name."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a policy from what `get_config` gave; `loss_scale` of Keras 2 is left out."""
        return cls(**{key: value for key, value in config.items() if key != "loss_scale"})


@builtin("keras", "keras.dtype_policies.FloatDTypePolicy")
class FloatDTypePolicy(DTypePolicy):
    """Another name of `DTypePolicy`."""
