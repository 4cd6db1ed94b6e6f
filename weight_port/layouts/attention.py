"""Entries of the attention layers.

Keras keeps a head and its features as two axes, torch as one.
"""

from __future__ import annotations

from weight_port.layouts.entry import Layout, TorchArray, Weight
from weight_port.layouts.registry import register

_ROLES = ("query", "key", "value")


def _packed(index: int, role: str) -> tuple[Weight, Weight]:
    """Return a projection that lies with the others in `in_proj_weight` and `in_proj_bias`."""
    return (
        Weight(
            f"{role}/kernel",
            "in head dim",
            (TorchArray("in_proj_weight", "(role head dim) in", part=("role", index)),),
        ),
        _packed_bias(index, role),
    )


def _packed_bias(index: int, role: str) -> Weight:
    """Return a projection's bias, which lies with the others in `in_proj_bias`."""
    return Weight(
        f"{role}/bias",
        "head dim",
        (TorchArray("in_proj_bias", "(role head dim)", part=("role", index)),),
        optional=True,
    )


def _separate(index: int, role: str) -> tuple[Weight, Weight]:
    """Return a projection as `nn.MultiheadAttention` stores it if `kdim` or `vdim` is given."""
    return (
        Weight(
            f"{role}/kernel",
            f"{role}_in head dim",
            (TorchArray(f"{role[0]}_proj_weight", f"(head dim) {role}_in"),),
        ),
        _packed_bias(index, role),
    )


def _linear(
    role: str, dim: str, heads: str = "head", source: str = "", optional: bool = False
) -> tuple[Weight, Weight]:
    """Return a projection that an `nn.Linear` named after its role makes."""
    features = source or f"{role}_in"
    return (
        Weight(
            f"{role}/kernel",
            f"{features} {heads} {dim}",
            (TorchArray(f"{role}.weight", f"({heads} {dim}) {features}"),),
            optional=optional,
        ),
        Weight(
            f"{role}/bias",
            f"{heads} {dim}",
            (TorchArray(f"{role}.bias", f"({heads} {dim})"),),
            optional=True,
        ),
    )


def _output(dim: str, name: str, torch_name: str) -> tuple[Weight, Weight]:
    """Return the projection of all heads together."""
    return (
        Weight(
            f"{name}/kernel",
            f"head {dim} out",
            (TorchArray(f"{torch_name}.weight", f"out (head {dim})"),),
        ),
        Weight(f"{name}/bias", "out", (TorchArray(f"{torch_name}.bias", "out"),), optional=True),
    )


_ATTENTION_OUTPUT = "attention_output"

MULTI_HEAD_ATTENTION = register(
    Layout(
        "MultiHeadAttention",
        (
            *(weight for index, role in enumerate(_ROLES) for weight in _packed(index, role)),
            *_output("dim", _ATTENTION_OUTPUT, "out_proj"),
        ),
        torch_module="MultiheadAttention",
        variant={"projection": "packed"},
        parameters={"num_heads": "head"},
    )
)

MULTI_HEAD_ATTENTION_SEPARATE = register(
    Layout(
        "MultiHeadAttention",
        (
            *(weight for index, role in enumerate(_ROLES) for weight in _separate(index, role)),
            *_output("dim", _ATTENTION_OUTPUT, "out_proj"),
        ),
        torch_module="MultiheadAttention",
        variant={"projection": "separate"},
        parameters={"num_heads": "head"},
    )
)

# Four linear modules; the values may have other features than the keys, as in Keras.
MULTI_HEAD_ATTENTION_LINEAR = register(
    Layout(
        "MultiHeadAttention",
        (
            *_linear("query", "key_dim"),
            *_linear("key", "key_dim"),
            *_linear("gate", "value_dim", source="query_in", optional=True),
            *_linear("value", "value_dim"),
            *_output("value_dim", _ATTENTION_OUTPUT, _ATTENTION_OUTPUT),
        ),
        variant={"projection": "linear"},
        parameters={"num_heads": "head"},
    )
)

# Keras exports the class under the second name, and writes the first into a config.
GROUPED_QUERY_ATTENTION = tuple(
    register(
        Layout(
            layer_class,
            (
                *_linear("query", "dim"),
                *_linear("key", "dim", "group"),
                *_linear("gate", "dim", source="query_in", optional=True),
                *_linear("value", "dim", "group"),
                *_output("dim", _ATTENTION_OUTPUT, _ATTENTION_OUTPUT),
            ),
            parameters={"num_query_heads": "head", "num_key_value_heads": "group"},
        )
    )
    for layer_class in ("GroupedQueryAttention", "GroupQueryAttention")
)

# `score_mode="concat"` and `use_scale=True` give one number each; torch has no such module.
ATTENTION = register(
    Layout(
        "Attention",
        tuple(
            Weight(name, "...", (TorchArray(name, "..."),), optional=True)
            for name in ("scale", "concat_score_weight")
        ),
    )
)

ADDITIVE_ATTENTION = register(
    Layout(
        "AdditiveAttention",
        (Weight("scale", "dim", (TorchArray("scale", "dim"),), optional=True),),
    )
)
