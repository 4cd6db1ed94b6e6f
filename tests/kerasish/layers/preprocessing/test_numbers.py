"""Layers that take numbers and categories against real Keras."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import check_layer
from tests.kerasish.layers.preprocessing.test_text import plain, same


def test_rescaling() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (2, 3, 4, 3)).astype("uint8")
    for options in (
        {"scale": 1 / 255},
        {"scale": 1 / 127.5, "offset": -1},
        {"scale": [1.0, 0.1, 3.0], "offset": [0.5, 0.1, 2.0]},
    ):
        for dtype in ("float32", "float64"):
            ours, theirs = (n.layers.Rescaling(**options, dtype=dtype) for n in (kerasish, keras))
            same(ours(images), theirs(images))
            assert plain(ours.get_config()) == plain(theirs.get_config())
            kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
    check_layer(lambda n, **k: n.layers.Rescaling(0.3, 0.1, **k), rng.random((2, 5), np.float32))


def test_category_encoding() -> None:
    rng = np.random.default_rng(1)
    for mode in ("one_hot", "multi_hot", "count"):
        ours, theirs = (
            n.layers.CategoryEncoding(num_tokens=5, output_mode=mode) for n in (kerasish, keras)
        )
        assert plain(ours.get_config()) == plain(theirs.get_config())
        shapes = [(4,), (4, 1), (4, 3), (2, 3, 4), ()]
        for shape in shapes:
            given = rng.integers(0, 7 if mode != "one_hot" else 5, shape)
            same(ours(given), theirs(given), f"{mode} {shape}")
            if shape:
                symbol = ours(kerasish.Input(shape[1:], dtype="int64"))
                assert symbol.shape == theirs(keras.Input(shape[1:], dtype="int64")).shape
        same(ours([3, 2]), theirs([3, 2]))
    given, weights = rng.integers(0, 5, (4, 3)), rng.random((4, 3), np.float32)
    same(ours(given, count_weights=weights), theirs(given, count_weights=weights))


def test_discretization() -> None:
    rng = np.random.default_rng(2)
    data = rng.normal(size=(300, 2)).astype("float32")
    batches = [data[:100], data[100:110], data[110:]]
    given = rng.normal(size=(6, 3)).astype("float32")
    for mode in ("int", "one_hot", "multi_hot", "count"):
        edges = [-0.5, float(given[0, 0]), 1.5]
        for make in (
            lambda n, mode=mode, edges=edges: n.layers.Discretization(edges, output_mode=mode),
            lambda n, mode=mode: n.layers.Discretization(num_bins=4, output_mode=mode),
            lambda n, mode=mode: n.layers.Discretization(num_bins=7, epsilon=0.1, output_mode=mode),
        ):
            ours, theirs = make(kerasish), make(keras)
            if ours.num_bins == 4:
                ours.adapt(data)
                theirs.adapt(data)
            elif ours.num_bins:
                ours.adapt(iter(batches))
                theirs.adapt(iter(batches))
            np.testing.assert_allclose(ours.bin_boundaries, theirs.bin_boundaries, rtol=1e-6)
            for values in (given, given[:, :1], given[0], (given * 9).astype("int32")):
                same(ours(values), theirs(values), mode)
            config = theirs.get_config()
            assert set(config) == set(ours.get_config())
            again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
            same(again(given), theirs(given))
            symbols = [layer(n.Input((3,))) for layer, n in ((ours, kerasish), (theirs, keras))]
            assert symbols[0].shape == symbols[1].shape
            assert symbols[0].dtype == symbols[1].dtype


def test_normalization() -> None:
    rng = np.random.default_rng(3)
    data = (rng.normal(size=(20, 4, 3)) * 7 + 3).astype("float32")
    batches = [data[:6], data[6:7], data[7:]]
    for options in (
        {},
        {"axis": None},
        {"axis": (1, 2)},
        {"axis": 1, "invert": True},
        {"mean": 3.0, "variance": 2.0},
        {"mean": [1.0, 2.0, 3.0], "variance": [1.0, 2.0, 0.0]},
    ):
        for dtype in ("float32", "float64"):
            for how in (lambda: data, lambda: iter(batches)):
                ours, theirs = (
                    n.layers.Normalization(**options, dtype=dtype) for n in (kerasish, keras)
                )
                if "mean" not in options:
                    ours.adapt(how())
                    if dtype == "float64" and how() is not data:
                        continue  # TensorFlow refuses to add the two types that Keras has then
                    theirs.adapt(how())
                    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
                    assert not ours.trainable_weights
                    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
                        np.testing.assert_allclose(one, other, rtol=1e-5)
                exact = 1e-10 if dtype == "float64" else 2e-5
                found, expected = ours(data), np.array(theirs(data))
                np.testing.assert_allclose(found, expected, rtol=exact, atol=exact)
                np.testing.assert_allclose(ours.mean, theirs.mean, rtol=1e-5)
                assert plain(ours.get_config()) == plain(theirs.get_config())
                assert ours.get_build_config() == theirs.get_build_config()
                again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
                again.set_weights(theirs.get_weights())
                np.testing.assert_allclose(again(data), found, rtol=1e-4, atol=1e-5)
    layer = kerasish.layers.Normalization()
    loader = torch.utils.data.DataLoader(torch.tensor(data), batch_size=4)
    layer.adapt(loader)
    np.testing.assert_allclose(layer.mean.flatten(), data.mean((0, 1)), rtol=1e-5)
    torch.nn.Module.double(layer)
    assert layer(data.astype("float64")).dtype == torch.float64


HASHED = [f"{'word' * n}{n}" for n in range(40)] + ["", "é", "a b", "x" * 200]


def test_hashing() -> None:
    rng = np.random.default_rng(4)
    words, numbers = rng.choice(HASHED, (30, 3)), rng.integers(-(10**12), 10**12, (30, 3))
    for options in (
        {},
        {"salt": 11},
        {"salt": (133, -137)},
        {"mask_value": "x" * 200},
        {"mask_value": int(numbers[0, 0])},
        {"output_mode": "one_hot"},
        {"output_mode": "multi_hot", "salt": 3},
        {"output_mode": "count", "dtype": "float64"},
        {"dtype": "int32"},
    ):
        ours, theirs = (n.layers.Hashing(num_bins=9, **options) for n in (kerasish, keras))
        assert plain(ours.get_config()) == plain(theirs.get_config())
        given = [words, words[:, :1], words.tolist()]
        if isinstance(options.get("mask_value"), int):
            given = []
        if not isinstance(options.get("mask_value"), str):
            given += [numbers, numbers[:, 0], numbers.astype("float32") / 1e9]
        for values in given:
            same(ours(values), theirs(values), f"{options}")
        symbols = [
            layer(n.Input((3,), dtype="string")) for layer, n in ((ours, kerasish), (theirs, keras))
        ]
        assert (symbols[0].shape, symbols[0].dtype) == (symbols[1].shape, symbols[1].dtype)


def test_hashed_crossing() -> None:
    rng = np.random.default_rng(5)
    words, numbers = rng.choice(HASHED, (30, 1)), rng.integers(-999, 10**12, (30, 1))
    for options in ({}, {"output_mode": "one_hot"}):
        ours, theirs = (n.layers.HashedCrossing(num_bins=11, **options) for n in (kerasish, keras))
        assert plain(ours.get_config()) == plain(theirs.get_config())
        for features in (
            (words, numbers),
            (words[::-1], words),
            (numbers, numbers[::-1], words),
            (words[:, 0], numbers[:, 0]),
            (words[:, 0].tolist(), numbers[:, 0].tolist()),
        ):
            same(ours(features), theirs(features), str(options))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda n: n.CategoryEncoding(), "num_tokens"),
        (lambda n: n.CategoryEncoding(3, output_mode="int"), "output_mode"),
        (lambda n: n.CategoryEncoding(3)([-1, 2]), "negative"),
        (lambda n: n.CategoryEncoding(3)([1], count_weights=[1.0]), "count"),
        (lambda n: n.Discretization(), "either"),
        (lambda n: n.Discretization([1.0], 3), "either"),
        (lambda n: n.Discretization([1.0]).adapt(np.ones(3)), "num_bins"),
        (lambda n: n.Discretization(num_bins=3)(np.ones(3)), "adapt"),
        (lambda n: n.Normalization(mean=1.0), "together"),
        (lambda n: n.Normalization(axis=3)(np.ones((2, 3))), "axis"),
        (lambda n: n.Normalization().adapt(iter([])), "adapts"),
        (lambda n: n.Normalization().adapt(iter([np.ones((2, 3)), np.ones((2, 4))])), "shape"),
        (lambda n: n.Hashing(0), "num_bins"),
        (lambda n: n.Hashing(3, salt="a"), "salt"),
        (lambda n: n.HashedCrossing(3)([["a"]]), "two or more"),
        (lambda n: n.HashedCrossing(3)([["a"], ["b", "c"]]), "one shape"),
        (lambda n: n.HashedCrossing(3)([["a"], [1.5]]), "integers and strings"),
    ],
)
def test_wrong_uses(make, match) -> None:
    with pytest.raises(ValueError, match=match) as caught:
        make(kerasish.layers)
    assert "Received: " in str(caught.value)
