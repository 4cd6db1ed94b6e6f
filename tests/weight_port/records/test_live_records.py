"""Models in memory as records: Keras's, kerasish's and tf-keras's give the same."""

import keras
import numpy as np
import pytest
import tf_keras
from torch import nn

import kerasish
from weight_port import layouts
from weight_port.errors import WeightMismatchError, WeightPortError
from weight_port.records.files import records_of
from weight_port.records.live import LiveModel, is_live, records_of_model

FRAMEWORKS = {"keras": keras, "kerasish": kerasish, "tf_keras": tf_keras}


def everything(framework):
    """A model with every way to hold a layer in another."""
    layers = framework.layers
    inputs = framework.Input((6, 4))
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both")(inputs)
    x = layers.TimeDistributed(layers.Dense(4), name="each")(x)
    cells = [layers.LSTMCell(3, name="low"), layers.GRUCell(5, name="high")]
    x = layers.RNN(cells, return_sequences=True, name="stack")(x)
    x = layers.RNN(layers.SimpleRNNCell(5), return_sequences=True, name="single")(x)
    inner_input = framework.Input((6, 5))
    deep = framework.Sequential([layers.Dense(5, name="deep")], name="deeper")
    inner = framework.Model(
        inner_input, deep(layers.Dense(5, name="first")(inner_input)), name="inner"
    )
    x = inner(inner(x))
    return framework.Model(inputs, layers.GRU(2, name="last")(x), name="model")


EXPECTED = {
    "both/forward_layer": ("LSTM", {"kernel": (4, 12), "recurrent_kernel": (3, 12), "bias": (12,)}),
    "both/backward_layer": (
        "LSTM",
        {"kernel": (4, 12), "recurrent_kernel": (3, 12), "bias": (12,)},
    ),
    "each/layer": ("Dense", {"kernel": (6, 4), "bias": (4,)}),
    "stack/cell/low": (
        "LSTMCell",
        {"kernel": (4, 12), "recurrent_kernel": (3, 12), "bias": (12,)},
    ),
    "stack/cell/high": (
        "GRUCell",
        {"kernel": (3, 15), "recurrent_kernel": (5, 15), "bias": (2, 15)},
    ),
    "single/cell": ("SimpleRNNCell", {"kernel": (5, 5), "recurrent_kernel": (5, 5), "bias": (5,)}),
    "inner/first": ("Dense", {"kernel": (5, 5), "bias": (5,)}),
    "inner/deeper/deep": ("Dense", {"kernel": (5, 5), "bias": (5,)}),
    "last": ("GRU", {"kernel": (5, 6), "recurrent_kernel": (2, 6), "bias": (2, 6)}),
}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_layer_once_under_its_path(name):
    model = everything(FRAMEWORKS[name])
    records = records_of_model(model)
    assert {r.path: (r.layer_class, r.shapes) for r in records} == EXPECTED
    assert [r.path for r in records] == list(EXPECTED)
    assert all(r.layout is not None for r in records)
    arrays = [array for record in records for array in record.weights.read_all().values()]
    for got, expected in zip(arrays, model.get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_records_of_a_file_have_the_same_paths(tmp_path):
    from weight_port.formats import open_file

    model = everything(keras)
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"model.{ending}")
        with open_file(tmp_path / f"model.{ending}") as file:
            found = {r.path: (r.layer_class, r.shapes) for r in records_of(file)}
        assert found == EXPECTED, ending


def attention(framework):
    layers = framework.layers
    inputs = framework.Input((6, 4))
    x = layers.MultiHeadAttention(2, 3, name="att")(inputs, inputs)
    x = layers.BatchNormalization(name="norm")(layers.Conv1D(3, 2, name="conv")(x))
    return framework.Model(inputs, x)


@pytest.mark.parametrize("name", ["keras", "tf_keras"])
def test_weights_that_lie_in_parts_of_a_layer(name):
    records = {r.path: r for r in records_of_model(attention(FRAMEWORKS[name]))}
    assert records["att"].layout is not None
    assert list(records["att"].weights) == list(records["att"].layout.names)
    assert records["att"].layout.known_sizes["head"] == 2
    assert records["norm"].shapes["moving_mean"] == (3,)


@pytest.mark.parametrize("name", ["keras", "tf_keras"])
@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("Conv2D", (8, 8, 3)),
        ("Conv2DTranspose", (8, 8, 3)),
        ("DepthwiseConv2D", (8, 8, 3)),
        ("SeparableConv1D", (8, 3)),
        ("SeparableConv2D", (8, 8, 3)),
        ("ConvLSTM2D", (2, 8, 8, 3)),
    ],
)
def test_convolutions(name, kind, shape):
    arguments = (
        {"kernel_size": 2} if kind == "DepthwiseConv2D" else {"filters": 2, "kernel_size": 2}
    )
    layer = getattr(FRAMEWORKS[name].layers, kind)(**arguments)
    layer.build((None, *shape))
    (record,) = records_of_model(layer)
    assert (record.layer_class, record.path) == (kind, layer.name)
    assert list(record.weights) == list(record.layout.names)
    for got, expected in zip(record.weights.read_all().values(), layer.get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_wrapper_with_a_weight_of_its_own():
    layer = keras.layers.SpectralNormalization(keras.layers.Dense(2), name="wrap")
    layer.build((None, 3))
    records = {r.path: (r.layer_class, set(r.weights)) for r in records_of_model(layer)}
    assert records == {
        "": ("SpectralNormalization", {"vector_u"}),
        "layer": ("Dense", {"kernel", "bias"}),
    }


def custom(framework):
    class Block(framework.layers.Layer):
        def __init__(self):
            super().__init__(name="block")
            self.proj = framework.layers.Dense(3, name="named")
            self.many = [framework.layers.Dense(3), framework.layers.Dense(3)]

        def build(self, shape):
            self.scale = self.add_weight(shape=(3,), name="scale")
            self.built = True

        def call(self, x):
            return self.many[1](self.many[0](self.proj(x))) * self.scale

    class Outer(framework.Model):
        def __init__(self):
            super().__init__(name="outer")
            self.block = Block()
            self.head = framework.layers.Dense(2)

        def call(self, x):
            return self.head(self.block(x))

    model = Outer()
    model(np.zeros((2, 4), "float32"))
    return model


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_layers_of_ones_own_are_named_by_attributes(name):
    records = {r.path: r for r in records_of_model(custom(FRAMEWORKS[name]))}
    paths = {"block", "block/proj", "block/many/dense", "block/many/dense_1", "head"}
    assert set(records) == paths
    assert records["block"].layer_class == "Block"
    assert records["block"].layout is None
    assert records["block"].shapes == {"scale": (3,)}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_writing_is_all_or_nothing(name):
    layer = FRAMEWORKS[name].layers.Dense(3, name="d")
    layer.build((None, 2))
    model = LiveModel.of(layer)
    (record,) = model.records
    assert record.path == "d"
    before = layer.get_weights()
    good = np.ones((2, 3), "float32")
    for bad in ({"kernel": good, "bias": np.ones(2)}, {"kernel": good, "other": good}):
        with pytest.raises(WeightMismatchError, match=r"Received|it has"):
            model.assign([(record, bad)])
        for got, expected in zip(layer.get_weights(), before, strict=True):
            np.testing.assert_array_equal(got, expected)
    model.assign([(record, {"kernel": good})])
    np.testing.assert_array_equal(layer.get_weights()[0], good)
    np.testing.assert_array_equal(layer.get_weights()[1], before[1])


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_model_that_is_not_built_is_refused(name):
    with pytest.raises(WeightPortError, match="Build it first"):
        records_of_model(FRAMEWORKS[name].layers.Dense(3))


def test_torch_modules_in_a_layer_of_kerasish():
    modules = nn.LSTM(4, 3, num_layers=2), nn.Sequential(nn.Linear(3, 5), nn.LayerNorm(5))
    layers = [kerasish.layers.wrap(module, name=f"held{n}") for n, module in enumerate(modules)]
    model = kerasish.Sequential([kerasish.Input((6, 4)), *layers, kerasish.layers.Dense(2)])
    live = LiveModel.of(model)
    assert len(live.records) == 5
    assert [r.layer_class for r in live.records] == ["LSTM", "LSTM", "", "", "Dense"]
    first, linear = live.records[0], live.records[2].read_as(layouts.get("Dense"))
    wanted = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
    live.assign([(first, {"bias": np.arange(12.0)}), (linear, {"kernel": wanted})])
    np.testing.assert_array_equal(modules[0].bias_ih_l0.detach().numpy(), np.arange(12.0))
    np.testing.assert_array_equal(modules[1][0].weight.detach().numpy().T, wanted)


def test_what_is_no_model():
    assert not is_live(keras.layers.Dense)
    assert not is_live({"a": 1})
    with pytest.raises(WeightPortError, match="Received: int"):
        records_of_model(3)
