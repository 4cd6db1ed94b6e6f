"""`TimeDistributed`: a layer on every step, with time folded into the batch where it must be."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.eject.calls import call_layer, vars_in
from kerasish.eject.layers.activations import is_elementwise
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var

# They look at the last axis alone, or at nothing but entries.
_ANY_RANK = (
    layers.Dense,
    layers.Dropout,
    layers.Identity,
    layers.ReLU,
    layers.LeakyReLU,
    layers.ELU,
)


@layer_writer(layers.TimeDistributed)
def write_time_distributed(scope: Scope, layer: Any, inputs: Var, mask: Any = None) -> Any:
    """The layer on all steps at once."""
    inner = layer.layer
    if type(inner) in _ANY_RANK and getattr(inner, "noise_shape", None) is None:
        return call_layer(scope, inner, inputs.alias(mask=None))
    if type(inner) is layers.Activation and is_elementwise(inner.activation):
        return call_layer(scope, inner, inputs.alias(mask=None))
    x = scope.last(inputs)
    shape = ("batch * time", *x.shape[2:])
    folded = scope.assign(f"{x}.flatten(0, 1)", shape, x.dtype)
    kwargs = {}
    if mask is not None and "mask" in inner._signature.accepted:
        kwargs["mask"] = scope.assign(f"{mask}.flatten(0, 1)", shape[:1], "bool", "mask")
    (made,) = vars_in(call_layer(scope, inner, folded, **kwargs))
    made = scope.last(made)
    code = f"{made}.unflatten(0, {x}.shape[:2])"
    return scope.assign(code, (*x.shape[:2], *made.shape[1:]), made.dtype)
