"""Dtype policies: how configs of Keras 3 write the `dtype` of a layer."""

from __future__ import annotations

from typing import Any

from kerasish.dtypes import standardize_dtype
from kerasish.saving.builtin_table import builtin

# The type of the computation by name; weights are float32.
_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


@builtin(
    "keras",
    "FloatDTypePolicy",
    "keras.dtype_policies.DTypePolicy",
    "keras.dtype_policies.FloatDTypePolicy",
    "keras.mixed_precision.DTypePolicy",
    "keras.mixed_precision.Policy",
)
class DTypePolicy:
    """The dtypes of a layer's computation and weights.

    Args:
        name: A dtype's name such as `"float32"`, or `"mixed_float16"`, `"mixed_bfloat16"`.

    Attributes:
        name: The name.
        compute_dtype: Type of the computation and the outputs.
        variable_dtype: Type of the weights.

    Raises:
        ValueError: For any other name.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise ValueError(f"A dtype policy is given by its name. Received: name={name!r}")
        self.name = name
        self.compute_dtype = _MIXED[name] if name in _MIXED else standardize_dtype(name)
        self.variable_dtype = "float32" if name in _MIXED else self.compute_dtype

    def __eq__(self, other: object) -> bool:
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
