"""Configurations that name code, modules, files, or more than fits in memory."""

import base64
import marshal
import pickle
import time

import pytest

from kerasish.models import load_model
from tests.weight_port.hostile.building import LOW, keras_file, legacy_file, sequential, with_layer
from weight_port.errors import WeightPortError

ERRORS = (WeightPortError, TypeError, ValueError)


class Touch:
    """What a pickle would run: making a file beside the canary."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def marshalled(canary):
    code = compile(f"open({str(canary.parent / 'made')!r}, 'w')", "x", "exec")
    return base64.b64encode(marshal.dumps(code)).decode()


def entry(class_name, config, module="keras.layers", **more):
    return {"module": module, "class_name": class_name, "config": config, **more}


ATTACKS = {
    "lambda_bytecode": lambda c: entry(
        "Lambda",
        {
            "name": "attack",
            "function": {
                "class_name": "__lambda__",
                "config": {"code": marshalled(c), "defaults": None, "closure": None},
            },
        },
    ),
    "lambda_of_keras_2": lambda c: entry(
        "Lambda",
        {
            "name": "attack",
            "function_type": "lambda",
            "function": [marshalled(c), None, None],
            "module": "__main__",
        },
        module=None,
    ),
    "lambda_raw": lambda c: entry(
        "Lambda", {"name": "attack", "function_type": "raw", "function": marshalled(c)}
    ),
    "module_injection": lambda c: {
        "module": "os",
        "class_name": "function",
        "config": "mkdir",
        "registered_name": "mkdir",
    },
    "module_injection_with_name": lambda c: entry(
        "system", {"name": "attack"}, module="os", registered_name="system"
    ),
    "builtins": lambda c: entry("eval", {"name": "attack"}, module="builtins"),
    "submodule": lambda c: entry("Popen", {"name": "attack"}, module="subprocess"),
    "dotted_name": lambda c: entry("utils.get_file", {"name": "attack"}, module="keras"),
    "gadget_get_file": lambda c: entry(
        "Lambda",
        {
            "name": "attack",
            "function": {
                "module": "keras.utils",
                "class_name": "function",
                "config": "get_file",
                "registered_name": "get_file",
            },
            "arguments": {"fname": "made", "origin": f"file://{c}", "cache_dir": str(c.parent)},
        },
    ),
    "gadget_load_model": lambda c: entry(
        "Lambda",
        {
            "name": "attack",
            "function": {
                "module": "keras.models",
                "class_name": "function",
                "config": "load_model",
                "registered_name": None,
            },
        },
    ),
    "unsafe_switch": lambda c: entry(
        "function", "enable_unsafe_deserialization", module="keras.config"
    ),
    "torch_module_wrapper": lambda c: entry(
        "TorchModuleWrapper",
        {
            "name": "attack",
            "module": base64.b64encode(pickle.dumps(Touch(c.parent / "made"))).decode(),
        },
    ),
    "vocabulary_file": lambda c: entry(
        "StringLookup", {"name": "attack", "vocabulary": str(c), "idf_weights": str(c)}
    ),
    "vocabulary_url": lambda c: entry(
        "TextVectorization", {"name": "attack", "vocabulary": f"file://{c}"}
    ),
    "saved_model_by_path": lambda c: entry(
        "TFSMLayer", {"name": "attack", "filepath": str(c.parent), "call_endpoint": "serve"}
    ),
    "initializer_by_path": lambda c: entry(
        "Dense",
        {
            "name": "attack",
            "units": 2,
            "kernel_initializer": {
                "module": "os",
                "class_name": "remove",
                "config": {"path": str(c)},
            },
        },
    ),
    "activation_by_path": lambda c: entry(
        "Dense", {"name": "attack", "units": 2, "activation": "os.system"}
    ),
    "registered_name": lambda c: entry(
        "Dense", {"name": "attack", "units": 2}, registered_name="os>system"
    ),
    "unknown_layer": lambda c: entry("Nonesuch", {"name": "attack"}),
    "no_class": lambda c: {"config": {"name": "attack"}},
    "wrong_types": lambda c: entry("Dense", {"name": "attack", "units": {"a": 1}}),
    "units_10_to_12": lambda c: entry("Dense", {"name": "attack", "units": 10**12}),
    "negative_units": lambda c: entry("Dense", {"name": "attack", "units": -3}),
    "wide_dense": lambda c: entry("Dense", {"name": "attack", "units": 10**7}),
    "huge_weight_in_config": lambda c: entry(
        "Dense",
        {
            "name": "attack",
            "units": 2,
            "bias_initializer": {
                "module": "builtins",
                "class_name": "__numpy__",
                "config": {"value": [[1] * 9] * 9, "dtype": "object"},
            },
        },
    ),
    "embedding_of_10_to_15": lambda c: entry(
        "Embedding", {"name": "attack", "input_dim": 10**15, "output_dim": 10**3}
    ),
    "lstm_cells": lambda c: entry(
        "RNN", {"name": "attack", "cell": entry("LSTMCell", {"name": "cell", "units": 10**12})}
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("ending", "version"), [(".keras", "3.15.1"), (".h5", "3.15.1"), (".h5", "2.2.4")]
)
@pytest.mark.parametrize("attack", ATTACKS)
def test_attack(attack, ending, version, canary, tmp_path):
    config = with_layer(ATTACKS[attack](canary))
    if version.startswith("2"):
        config = {"class_name": "Sequential", "config": config["config"]}
    if ending == ".keras":
        path = keras_file(tmp_path / "model.keras", config)
    else:
        path = legacy_file(tmp_path / "model.h5", config, version)
    before = canary.stat().st_atime_ns, time.monotonic()
    with pytest.raises(ERRORS) as caught:
        load_model(path)
    assert time.monotonic() - before[1] < 20
    assert canary.stat().st_atime_ns == before[0]
    message = str(caught.value)
    assert "eceived" in message
    assert "MemoryError" not in message
    with pytest.raises(ERRORS):
        load_model(path, safe_mode=False)  # no switch runs code


def test_messages_name_the_layer_and_the_safe_way(canary, tmp_path):
    path = keras_file(tmp_path / "m.keras", with_layer(ATTACKS["lambda_bytecode"](canary)))
    with pytest.raises(ValueError, match=r"'attack'.*custom_objects"):
        load_model(path)
    path = keras_file(tmp_path / "n.keras", with_layer(ATTACKS["unknown_layer"](canary)))
    with pytest.raises(TypeError, match=r"Nonesuch.*custom_objects"):
        load_model(path)


def test_the_safe_way_works(canary, tmp_path):
    path = keras_file(tmp_path / "m.keras", with_layer(ATTACKS["lambda_bytecode"](canary)))
    model = load_model(path, custom_objects={"attack": lambda x: x * 2})
    assert model.layers[-2].name == "attack"


@pytest.mark.parametrize("layer", ["LSTM", "GRU", "SimpleRNN", "Bidirectional", "ConvLSTM1D"])
def test_recurrent_layers_of_any_size(layer, tmp_path):
    """The layer is named, and nothing is allocated for it."""
    config = {"name": "attack", "units": 10**9}
    if layer == "Bidirectional":
        config = {"name": "attack", "layer": entry("LSTM", {"name": "in", "units": 10**9})}
    if layer == "ConvLSTM1D":
        config = {"name": "attack", "filters": 10**9, "kernel_size": 3}
    model = sequential(
        [
            entry("InputLayer", {"batch_shape": [None, 4, 3], "name": "input"}),
            *([entry("Reshape", {"target_shape": [4, 3, 1]})] if "Conv" in layer else []),
            entry(layer, config),
        ]
    )
    with pytest.raises(ERRORS, match=r"larger than what the file has weights for") as caught:
        load_model(keras_file(tmp_path / "m.keras", model))
    assert "attack" in str(caught.value) or "forward_in" in str(caught.value)


def test_deep_configurations(tmp_path):
    nested = {"class_name": "Dense", "config": {"units": 1, "name": "leaf"}}
    for level in range(200):
        nested = (
            sequential([nested])
            if level % 2
            else {"class_name": "TimeDistributed", "config": {"name": f"t{level}", "layer": nested}}
        )
    for make in (keras_file, legacy_file):
        path = make(tmp_path / f"deep{'.keras' if make is keras_file else '.h5'}", nested)
        with pytest.raises(ERRORS, match="nested"):
            load_model(path)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 100_000, "{", "[]", "null", '{"class_name": 1e999}', "\x00", "",
     '{"class_name": "Sequential", "class_name": "Model", "config": {}}',
     '{"class_name": "Sequential", "config": ' + "9" * 10_000 + "}"],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_texts_that_are_no_configuration(text, tmp_path):
    for make, ending in ((keras_file, ".keras"), (legacy_file, ".h5")):
        if "\x00" in text and make is legacy_file:
            continue  # HDF5's texts end at a NUL
        with pytest.raises(ERRORS, match="Received"):
            load_model(make(tmp_path / f"m{ending}", text or " "))


def test_long_configurations(tmp_path):
    padded = dict(sequential([]), padding="x" * (1 << 17))
    for make, ending in ((keras_file, ".keras"), (legacy_file, ".h5")):
        with pytest.raises(
            WeightPortError, match=r"json_bytes|larger than it may be|attribute_bytes"
        ):
            load_model(make(tmp_path / f"m{ending}", padded), limits=LOW)
