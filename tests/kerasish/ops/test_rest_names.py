"""Names and signatures of `keras.ops` besides `keras.ops.numpy`."""

import inspect

import keras
import numpy as np
import pytest
import torch

from kerasish import ops
from kerasish.graph.structure import flatten, map_structure
from tests.kerasish.ops import (
    control_cases,
    image_cases,
    linalg_cases,
    nn_cases,
    test_operations,
)
from tests.kerasish.ops.differential import find
from tests.kerasish.ops.rest_names import CALLED, MODULES, REST_NAMES, names_of

# Names that are not here, and why. There is none.
MISSING: dict[str, str] = {}
OTHER_SIGNATURES = {"leaky_relu": "takes alpha, the name of Keras 2, too"}
# What is tested without a table: names of layers' activations, conversions.
ELSEWHERE = {"convert_to_numpy", "is_tensor"}


def test_every_name_is_there_and_tested():
    assert len(REST_NAMES) > 110
    assert {name for name in REST_NAMES if not hasattr(ops, name)} == set(MISSING)
    tables = (control_cases, linalg_cases, nn_cases, test_operations)
    tested = {name for table in tables for name, *_ in table.CASES} | CALLED | ELSEWHERE
    assert REST_NAMES - tested - set(MISSING) == set()


@pytest.mark.parametrize("module", MODULES)
def test_namespaces_are_keras_namespaces(module):
    wanted = names_of(getattr(keras.ops, module))
    here = getattr(ops, module)
    assert {name for name in wanted if not hasattr(here, name)} == set()
    assert wanted <= set(dir(here))


def test_signatures_are_keras_signatures():
    def signature(function):
        return [
            (one.name, one.kind, one.default)
            for one in inspect.signature(function).parameters.values()
        ]

    sides = [(getattr(ops, name), getattr(keras.ops, name), name) for name in REST_NAMES]
    sides += [
        (getattr(ops.image, name), getattr(keras.ops.image, name), f"image.{name}")
        for name in names_of(keras.ops.image)
    ]
    different = {
        f"{name}{inspect.signature(own)} is {inspect.signature(other)}"
        for own, other, name in sides
        if signature(own) != signature(other) and name not in OTHER_SIGNATURES
    }
    assert different == set()


# What needs values, or draws on the CPU and moves the numbers.
NEED_VALUES = {
    "ctc_decode", "ctc_loss", "eig", "logdet", "segment_max", "segment_min", "segment_prod",
    "image.elastic_transform",
}  # fmt: skip


def test_results_are_where_the_operands_are():
    """Any device will do; that of tensors without values needs no GPU."""

    def on_meta(value):
        array = isinstance(value, np.ndarray) and value.ndim
        return torch.as_tensor(value, device="meta") if array else value

    elsewhere, seen = [], set()
    for table in (linalg_cases, nn_cases, control_cases, image_cases):
        for name, args, kwargs, *_ in table.CASES:
            if name in NEED_VALUES | seen:
                continue
            seen.add(name)
            found = find(ops, name)(*map_structure(on_meta, list(args)), **kwargs)
            if {one.device.type for one in flatten(found)} != {"meta"}:
                elsewhere.append(name)
    assert elsewhere == []
    assert len(seen) > 80
