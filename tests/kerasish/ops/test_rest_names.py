"""Names and signatures of `keras.ops` besides `keras.ops.numpy`."""

import inspect

import keras
import pytest

from kerasish import ops
from tests.kerasish.ops import control_cases, linalg_cases, nn_cases, test_operations
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
