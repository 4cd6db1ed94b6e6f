import pytest

from kerasish import activations
from kerasish.saving.builtin_table import (
    builtin,
    did_you_mean,
    find_class,
    find_function,
    names_in,
    near_matches,
    public_modules,
    public_name,
)

pytestmark = pytest.mark.usefixtures("own_table")


class Dense:
    pass


class Functional:
    pass


def test_names_and_aliases():
    assert builtin("keras.layers", "Full", "keras.legacy.Old")(Dense) is Dense
    assert public_name(Dense) == ("keras.layers", "Dense")
    assert names_in("keras.layers") == {"Dense": Dense, "Full": Dense}
    assert names_in("keras.legacy") == {"Old": Dense}
    assert find_class("keras.layers", "Full") is find_class("keras.legacy", "Old") is Dense


def test_a_name_that_differs():
    builtin("keras.layers", name="Affine")(Dense)
    assert public_name(Dense) == ("keras.layers", "Affine")
    assert find_class("keras.layers", "Dense") is None


@pytest.mark.parametrize(
    "names",
    [("keras.layers", "Dense"), ("keras.other", "keras.layers.Dense"), ("keras.o", "a", "a")],
)
def test_a_taken_name_is_refused_and_nothing_is_entered(names):
    builtin("keras.layers")(Dense)
    with pytest.raises(ValueError, match=r"The name 'keras\.\w+\.\w+' is taken.*Received: "):
        builtin(*names)(type("Dense", (), {}))
    assert names_in("keras.other") == names_in("keras.o") == {}


def test_an_object_has_one_public_name():
    builtin("keras.layers")(Dense)
    with pytest.raises(ValueError, match=r"registered already as 'keras\.layers\.Dense'"):
        builtin("keras.more")(Dense)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("keras", ["keras"]),
        ("keras.layers", ["keras.layers"]),
        (
            "keras.src.layers.rnn.lstm",
            ["keras.layers.rnn.lstm", "keras.layers.rnn", "keras.layers"],
        ),
        ("tf_keras.src.layers", ["keras.layers"]),
        ("tensorflow.python.keras.layers", ["keras.layers"]),
        (
            "tensorflow.keras.optimizers.schedules",
            ["keras.optimizers.schedules", "keras.optimizers"],
        ),
        ("kerasish.layers", []),
        ("os", []),
        ("", []),
    ],
)
def test_private_paths_of_keras_and_its_relatives(module, expected):
    assert public_modules(module) == expected


def test_private_path_finds_the_public_class():
    builtin("keras.layers")(Dense)
    assert find_class("keras.src.layers.core.dense", "Dense") is Dense
    assert find_class("tf_keras.src.layers.core.dense", "Dense") is Dense
    assert find_class("keras.src.losses.dense", "Dense") is None
    assert find_class("evil.layers", "Dense") is None


def test_without_a_module_a_name_has_to_be_the_only_one():
    builtin("keras.layers")(Dense)
    assert find_class(None, "Dense") is Dense
    operation = builtin("keras.src.ops.core", name="Dense")(type("Operation", (), {}))
    assert find_class(None, "Dense") is Dense
    metric = builtin("keras.metrics", name="Dense")(type("Metric", (), {}))
    assert find_class(None, "Dense") is None
    assert find_class(None, "Dense", "keras.metrics") is metric
    assert find_class("keras.src.ops.core", "Dense") is operation


def test_functions_are_found_by_name_alone_and_classes_are_not():
    assert find_function("builtins", "relu") is activations.relu
    assert find_function(None, "relu") is activations.relu
    assert find_function("keras.activations", "swish") is activations.silu
    assert find_function("builtins", "l2") is None
    assert find_function("keras.regularizers", "l2") is None
    assert find_function("builtins", "eval") is None
    assert find_function("keras.losses", "relu") is None


def test_near_matches():
    builtin("keras.layers", "Flatten")(Dense)
    assert near_matches("dence", "keras.layers") == ["Dense"]
    assert near_matches("dense", "keras.src.layers.core")[0] == "Dense"
    assert near_matches("rellu")[0] == "relu"
    assert near_matches("scaled_tan", more=["my>scaled_tanh", "scaled_tanh"])[0] == "scaled_tanh"
    assert did_you_mean(["a", "b"]) == " Did you mean 'a' or 'b'?"
    assert did_you_mean([]) == ""
