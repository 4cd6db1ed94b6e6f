"""Keras -> torch -> Keras, bit for bit, for every layer of the table and every format."""

import warnings

import keras
import numpy as np
import pytest

from tests.weight_port.convert.keras_models import MAKERS, model_of, nested_model
from weight_port import formats, layouts
from weight_port.convert import convert_file

KERAS_ENDINGS = (".keras", ".h5", ".weights.h5")
ARRAY_ENDINGS = (".safetensors", ".pt", ".npz", ".safetensors.index.json")


def test_every_layer_of_the_table_is_here():
    made = {name.split()[0] for name in MAKERS}
    # Of Keras 2; shown by the golden files. The third has no weights of a usual kind.
    elsewhere = {"CuDNNLSTM", "CuDNNGRU", "Normalization", "ReversibleEmbedding"}
    elsewhere |= {"STFTSpectrogram"}  # Its weights are computed, and not trained.
    aliases = {"GroupedQueryAttention"}
    assert made >= set(layouts.known_classes()) - elsewhere - aliases


def saved(model, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras calls .h5 a legacy format
        if path.name.endswith(".weights.h5"):
            model.save_weights(path)
        else:
            model.save(path)
    return path


def assert_loads(path, model):
    """Real Keras reads the file, and has the same weights to the last bit."""
    weights = model.get_weights()
    if path.name.endswith(".weights.h5"):
        model.set_weights([np.zeros_like(weight) for weight in weights])
        model.load_weights(path)
        loaded = model
    else:
        keras.utils.clear_session()
        loaded = keras.models.load_model(path, compile=False)
    for one, two in zip(loaded.get_weights(), weights, strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)
    model.set_weights(weights)


@pytest.mark.parametrize("name", MAKERS)
def test_layer(name, tmp_path):
    model = model_of(name)
    whole = saved(model, tmp_path / "model.keras")
    for ending in KERAS_ENDINGS:
        source = saved(model, tmp_path / f"source{ending}")
        for middle in ARRAY_ENDINGS if ending == ".keras" else ARRAY_ENDINGS[:1]:
            arrays = tmp_path / f"arrays{middle}"
            convert_file(source, arrays, like=whole if ending == ".weights.h5" else None)
            back = tmp_path / f"back{ending}"
            report = convert_file(arrays, back, like=whole)
            assert report.arrays == len(model.weights)
            if middle == ".safetensors":
                assert_loads(back, model)
            else:
                assert_same_arrays(back, source)


def assert_same_arrays(one, two):
    with formats.open_file(one) as first, formats.open_file(two) as second:
        assert set(first) == set(second)
        for key in first:
            np.testing.assert_array_equal(first.read(key), second.read(key))


@pytest.mark.parametrize("source", KERAS_ENDINGS)
@pytest.mark.parametrize("target", KERAS_ENDINGS)
def test_nested_models(source, target, tmp_path):
    model = nested_model()
    whole = saved(model, tmp_path / "model.keras")
    first = saved(model, tmp_path / f"source{source}")
    convert_file(first, tmp_path / f"between{target}", like=whole)
    assert_loads(tmp_path / f"between{target}", model)
    convert_file(tmp_path / f"between{target}", tmp_path / "arrays.safetensors", like=whole)
    convert_file(tmp_path / "arrays.safetensors", tmp_path / f"back{source}", like=whole)
    assert_loads(tmp_path / f"back{source}", model)


def test_the_architecture_goes_along(tmp_path):
    model = nested_model()
    convert_file(saved(model, tmp_path / "m.keras"), tmp_path / "m.safetensors")
    convert_file(tmp_path / "m.safetensors", tmp_path / "again.keras")
    assert_loads(tmp_path / "again.keras", model)


def test_an_architecture_in_json(tmp_path):
    model = nested_model()
    (tmp_path / "m.json").write_text(model.to_json())
    saved(model, tmp_path / "m.weights.h5")
    convert_file(tmp_path / "m.weights.h5", tmp_path / "m.keras", like=tmp_path / "m.json")
    assert_loads(tmp_path / "m.keras", model)


def test_shards_of_keras(tmp_path):
    model = nested_model()
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=1e-6)
    assert len(list(tmp_path.glob("*.h5"))) >= 2
    whole = saved(model, tmp_path / "m.keras")
    convert_file(tmp_path / "m.weights.json", tmp_path / "back.keras", like=whole)
    assert_loads(tmp_path / "back.keras", model)


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_types(dtype, tmp_path):
    keras.utils.clear_session()
    inputs = keras.Input((3,), dtype=dtype)
    model = keras.Model(inputs, keras.layers.Dense(2, dtype=dtype)(inputs))
    for ending in KERAS_ENDINGS[:2]:
        convert_file(saved(model, tmp_path / f"m{ending}"), tmp_path / "m.safetensors")
        convert_file(tmp_path / "m.safetensors", tmp_path / f"back{ending}")
        assert_loads(tmp_path / f"back{ending}", model)
