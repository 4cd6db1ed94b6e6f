"""Configs from outside can name only what is registered, and run nothing."""

import base64
import marshal
import os
import sys

import pytest

from kerasish.saving import (
    custom_object_scope,
    deserialize_keras_object,
    register_keras_serializable,
)
from kerasish.saving.deserialize import MAX_NESTED_OBJECTS, MAX_NESTED_VALUES


@register_keras_serializable("test_hostile")
class Wrapper:
    def __init__(self, inner=None, name=None):
        self.inner = inner
        self.name = name

    def get_config(self):
        return {"inner": self.inner, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(deserialize_keras_object(config.get("inner")), config.get("name"))


def _wrapper(inner, **more):
    return {
        "module": __name__,
        "class_name": "Wrapper",
        "config": {"inner": inner, **more},
        "registered_name": "test_hostile>Wrapper",
    }


@pytest.fixture
def canary(tmp_path, monkeypatch):
    """A file that hostile code would make, and a module whose import would make it."""
    path = tmp_path / "canary"
    (tmp_path / "hostile_module.py").write_text(f"open({str(path)!r}, 'w')\nclass Layer: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield path
    assert not path.exists()
    assert "hostile_module" not in sys.modules


COMMAND = "touch {canary}"
OPEN = {"file": "{canary}", "mode": "w"}
NAMES = [
    ("os", "system", {"command": COMMAND}),
    ("posix", "system", {"command": COMMAND}),
    ("subprocess", "Popen", {"args": ["touch", "{canary}"]}),
    ("subprocess", "run", {"args": ["touch", "{canary}"]}),
    ("builtins", "open", OPEN),
    ("io", "open", OPEN),
    ("builtins", "exec", {"source": "open('{canary}', 'w')"}),
    ("builtins", "eval", {"source": "open('{canary}', 'w')"}),
    ("builtins", "type", {}),
    ("builtins", "object", {}),
    ("keras.utils", "get_file", {"fname": "canary", "origin": "file:///etc/hostname"}),
    ("keras.src.utils.file_utils", "get_file", {"origin": "file:///etc/hostname"}),
    ("keras.saving", "load_model", {"filepath": "{canary}"}),
    ("keras.models", "load_model", {"filepath": "{canary}"}),
    ("keras.config", "enable_unsafe_deserialization", {}),
    ("keras.activations", "get", {"identifier": "relu"}),
    ("keras.activations", "__builtins__", {}),
    ("keras.regularizers", "__class__", {}),
    ("keras.layers.__init__", "__globals__", {}),
    ("torch", "load", {"f": "{canary}"}),
    ("torch.hub", "load", {"repo_or_dir": "{canary}"}),
    ("torch.nn", "Linear", {"in_features": 1, "out_features": 1}),
    ("kerasish.saving.registry", "builtin", {"module": "x"}),
    ("kerasish.activations.lookup", "get", {"identifier": "relu"}),
    ("hostile_module", "Layer", {}),
    ("keras.hostile_module", "Layer", {}),
    ("keras_hub.layers", "Layer", {}),
    ("../hostile_module", "Layer", {}),
    ("", "system", {"command": COMMAND}),
    (None, "system", {"command": COMMAND}),
    (None, "__import__", {"name": "hostile_module"}),
]


def _fill(value, path):
    if isinstance(value, str):
        return value.replace("{canary}", str(path))
    if isinstance(value, dict):
        return {key: _fill(item, path) for key, item in value.items()}
    return [_fill(item, path) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("safe_mode", [True, False])
@pytest.mark.parametrize(("module", "name", "arguments"), NAMES)
def test_names_of_what_is_not_registered(module, name, arguments, safe_mode, canary):
    arguments = _fill(arguments, canary)
    as_class = {"module": module, "class_name": name, "config": arguments}
    as_function = {"module": module, "class_name": "function", "config": name}
    for config in (as_class, as_function):
        for registered_name in ("absent", None, name, f"{module}>{name}"):
            if registered_name != "absent":
                config = {**config, "registered_name": registered_name}
            for hostile in (config, [config], {"a": config}, _wrapper(config)):
                with pytest.raises(TypeError, match=r"There is no (class|function)"):
                    deserialize_keras_object(hostile, safe_mode=safe_mode)
    with pytest.raises(TypeError, match=f"There is no object {name!r}"):
        deserialize_keras_object(name, default_module=module or "keras.layers")


def _code(canary):
    source = compile(f"open({str(canary)!r}, 'w')", "hostile", "exec")
    return base64.b64encode(marshal.dumps(source)).decode()


@pytest.mark.parametrize("safe_mode", [True, False])
def test_code_is_refused_and_the_layer_is_named(safe_mode, canary):
    code = {"code": _code(canary), "defaults": None, "closure": None}
    lambda_config = {"class_name": "__lambda__", "config": {"value": code}}
    with pytest.raises(ValueError, match=r"code from a file is not run.*custom_objects"):
        deserialize_keras_object(lambda_config, safe_mode=safe_mode)
    with pytest.raises(ValueError, match=r"layer 'scale' \(Wrapper\).*custom_objects=\{'scale'"):
        deserialize_keras_object(_wrapper(lambda_config, name="scale"), safe_mode=safe_mode)


def test_a_function_under_the_name_of_the_layer_stands_in_for_its_code(canary):
    lambda_config = {"class_name": "__lambda__", "config": {"code": _code(canary)}}
    config = _wrapper(lambda_config, name="scale")
    assert deserialize_keras_object(config, {"scale": abs}).inner is abs
    with custom_object_scope({"scale": abs}):
        assert deserialize_keras_object(config).inner is abs
    outer = _wrapper(config, name="model")
    with pytest.raises(ValueError, match="layer 'scale'"):
        deserialize_keras_object(outer, {"model": abs})


def test_the_scope_of_one_call_ends_with_it():
    config = {"module": "x", "class_name": "Mine", "config": {}, "registered_name": "Mine"}
    mine = type("Mine", (Wrapper,), {})
    assert type(deserialize_keras_object(config, {"Mine": mine})) is mine
    with pytest.raises(TypeError, match="no class 'Mine'"):
        deserialize_keras_object(config)


@pytest.mark.parametrize("make", [lambda inner: [inner], lambda inner: {"a": inner}, _wrapper])
def test_deep_nesting(make):
    config = 1
    for _ in range(100_000):
        config = make(config)
    with pytest.raises(ValueError, match=f"{MAX_NESTED_VALUES} levels"):
        deserialize_keras_object(config)


def test_nested_objects():
    config = None
    for _ in range(MAX_NESTED_OBJECTS):
        config = _wrapper(config)
    layer = deserialize_keras_object(config)
    depth = 0
    while layer is not None:
        layer, depth = layer.inner, depth + 1
    assert depth == MAX_NESTED_OBJECTS
    with pytest.raises(ValueError, match=f"more than {MAX_NESTED_OBJECTS} levels"):
        deserialize_keras_object(_wrapper(config))
    # The count starts anew after the error.
    assert deserialize_keras_object(_wrapper(None)).inner is None


def test_a_config_that_contains_itself():
    config = {}
    config["a"] = [config]
    with pytest.raises(ValueError, match="levels deep"):
        deserialize_keras_object(config)


MALFORMED = [
    {"class_name": 3, "config": {}},
    {"class_name": ["os", "system"], "config": {}},
    {"class_name": None, "config": {}},
    {"class_name": "L2", "config": "rm"},
    {"class_name": "L2", "config": [1]},
    {"class_name": "L2", "config": {"l2": "x"}},
    {"class_name": "L2", "config": {"unknown": 1}},
    {"class_name": "L2", "config": {}, "module": 3},
    {"class_name": "L2", "config": {}, "module": ["keras.regularizers"]},
    {"class_name": "L2", "config": {}, "registered_name": {}},
    {"class_name": "L2", "config": {}, "registered_name": "os>system"},
    {"class_name": "L2", "config": {}, "module": "keras.regularizers", "registered_name": "a>b"},
    {"class_name": "L2", "config": {}, "shared_object_id": []},
    {"class_name": "function", "config": {"a": 1}},
    {"class_name": "function", "config": None},
    {"class_name": "function", "config": "relu", "module": {}},
    {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}},
    {"class_name": "__numpy__", "config": {"value": [[1], [1, 2]], "dtype": "float32"}},
    {"class_name": "__numpy__", "config": {}},
    {"class_name": "__tensor__", "config": {"value": "x", "dtype": "float32"}},
    {"class_name": "__tensor__", "config": {"value": [1], "dtype": "load"}},
    {"class_name": "__tensor__", "config": None},
    {"class_name": "__bytes__", "config": {"value": 3}},
    {"class_name": "__slice__", "config": []},
    {"class_name": "__keras_tensor__", "config": {"shape": "x"}},
    {"class_name": "__typespec__", "config": [1], "module": "os", "spec_name": "system"},
    object(),
    os.system,
    {1, 2},
]


@pytest.mark.parametrize("config", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_configs_are_errors_that_say_what_was_received(config):
    with pytest.raises((TypeError, ValueError), match="Received: "):
        deserialize_keras_object(config)


def test_a_custom_object_has_to_be_a_function_where_one_is_named():
    config = {"module": "builtins", "class_name": "function", "config": "f"}
    with pytest.raises(TypeError, match=r"no function\. Received: 3"):
        deserialize_keras_object(config, {"f": 3})


def test_messages_stay_short():
    config = {"class_name": "Gone", "config": {"values": ["x" * 1000] * 1000}}
    with pytest.raises(TypeError) as error:
        deserialize_keras_object(config)
    assert len(str(error.value)) < 3000
