"""Checkpoints and SavedModels that TensorFlow wrote, loaded into models of the same layers."""

import numpy as np
import pytest
import torch

import kerasish
from kerasish.graph.structure import flatten
from kerasish.models import load_model
from weight_port.formats import FileFormatError

RNG = np.random.default_rng(11)
SERIES = RNG.normal(size=(2, 6, 3)).astype("float32")
IMAGES = RNG.normal(size=(2, 6, 6, 2)).astype("float32")
FILMS = RNG.normal(size=(2, 3, 5, 5, 2)).astype("float32")
WORDS = RNG.integers(0, 7, size=(2, 6))


def recurrent(k):
    layers = k.layers
    cells = [layers.LSTMCell(4), layers.GRUCell(3)]
    inner = k.Sequential([layers.Dense(3), layers.Dense(2)])
    stack = [
        k.Input((6,)),
        layers.Embedding(7, 3),
        layers.Dropout(0.1),
        layers.RNN(cells, return_sequences=True),
        layers.TimeDistributed(layers.Dense(4)),
        layers.TimeDistributed(inner),
        layers.LayerNormalization(),
        layers.Bidirectional(layers.GRU(2, reset_after=False), merge_mode="sum"),
        layers.Dense(2),
    ]
    return k.Sequential(stack), WORDS


def convolutional(k):
    layers = k.layers
    stack = [
        k.Input((6, 6, 2)),
        layers.Conv2D(4, 2),
        layers.BatchNormalization(),
        layers.DepthwiseConv2D(2, depth_multiplier=2),
        layers.PReLU(),
        layers.SeparableConv2D(3, 2, padding="same"),
        layers.Conv2DTranspose(2, 2),
        layers.Flatten(),
        layers.Dense(3, use_bias=False),
    ]
    return k.Sequential(stack), IMAGES


def films(k):
    layers = k.layers
    return k.Sequential(
        [k.Input((3, 5, 5, 2)), layers.ConvLSTM2D(2, 2, recurrent_activation="sigmoid")]
    ), FILMS


def shared_and_nested(k):
    layers = k.layers
    inputs = k.Input((6, 3))
    shared = layers.LSTM(3, return_sequences=True)
    hidden = shared(shared(inputs))
    inner = k.Sequential([k.Input((6, 3)), layers.Dense(3), layers.GRU(3)])
    left, right = inner(hidden), layers.SimpleRNN(3)(hidden)
    return k.Model(inputs, [layers.Concatenate()([left, right]), layers.Dense(2)(hidden)]), SERIES


def attentive(k):
    layers = k.layers
    inputs = k.Input((6, 3))
    heads = layers.MultiHeadAttention(2, 4)(inputs, inputs)
    simple = layers.Attention(use_scale=True)([heads, inputs])
    return k.Model(inputs, [layers.AdditiveAttention()([simple, heads]), heads]), SERIES


def subclassed(k):
    class Own(k.Model):
        def __init__(self):
            super().__init__()
            self.encoder = k.layers.Bidirectional(k.layers.LSTM(3))
            self.hidden = [k.layers.Dense(4), k.layers.Dense(4)]
            self.normal = k.layers.BatchNormalization()

        def call(self, x):
            x = self.encoder(x)
            for layer in self.hidden:
                x = layer(x)
            return self.normal(x)

    return Own(), SERIES


BUILDERS = [recurrent, convolutional, films, shared_and_nested, attentive, subclassed]


def with_random_weights(model, inputs):
    model(inputs)
    rng = np.random.default_rng(3)
    model.set_weights(
        [0.5 * rng.random(weight.shape).astype("float32") + 0.1 for weight in model.get_weights()]
    )
    return [np.asarray(output) for output in flatten(model(inputs))]


def built(builder):
    model, inputs = builder(kerasish)
    model(torch.from_numpy(inputs))
    return model


def check(model, inputs, expected):
    found = flatten(model(torch.from_numpy(inputs)))
    assert len(found) == len(expected)
    for one, two in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.detach().numpy(), two, rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module", params=BUILDERS, ids=lambda builder: builder.__name__)
def written(request, tmp_path_factory):
    """Files of one model of tf-keras, the inputs, and the outputs that it had."""
    import tensorflow as tf
    import tf_keras

    folder = tmp_path_factory.mktemp("written")
    model, inputs = request.param(tf_keras)
    model.compile("adam", "mse")
    model.fit(inputs, model(inputs), verbose=0)
    expected = with_random_weights(model, inputs)
    model.save_weights(folder / "weights" / "w", save_format="tf")
    saved = tf.train.Checkpoint(net=model, optimizer=model.optimizer).save(str(folder / "ckpt"))
    model.save(folder / "saved", save_format="tf")
    return request.param, inputs, expected, folder, saved


def test_weights_into_a_model(written):
    builder, inputs, expected, folder, saved = written
    for path in (folder / "weights" / "w", folder / "weights", saved, f"{saved}.index"):
        model = built(builder)
        model.load_weights(path)
        check(model, inputs, expected)


def test_weights_of_a_saved_model(written):
    builder, inputs, expected, folder, _ = written
    model = built(builder)
    model.load_weights(folder / "saved")
    check(model, inputs, expected)


def test_saved_model(written):
    builder, inputs, expected, folder, _ = written
    if builder is subclassed:
        with pytest.raises(TypeError, match="Own"):
            load_model(folder / "saved")
    else:
        check(load_model(folder / "saved", compile=False), inputs, expected)


def test_a_layer_that_a_model_within_has_too(tmp_path):
    import tf_keras

    def build(k):
        layers = k.layers
        shared, inner_inputs, inputs = layers.Dense(3), k.Input((6, 3)), k.Input((6, 3))
        inner = k.Model(inner_inputs, layers.Dense(3)(shared(inner_inputs)))
        return k.Model(inputs, layers.Dense(3)(inner(shared(inputs))))

    model = build(tf_keras)
    expected = with_random_weights(model, SERIES)
    model.save_weights(tmp_path / "w", save_format="tf")
    mine = build(kerasish)
    mine.load_weights(tmp_path / "w")
    check(mine, SERIES, expected)


def test_code_in_a_saved_model_is_refused(tmp_path):
    import tf_keras

    canary = tmp_path / "canary"
    layers = tf_keras.layers
    code = layers.Lambda(lambda x, path=str(canary): (open(path, "a").close(), x)[1])
    model = tf_keras.Sequential([tf_keras.Input((3,)), layers.Dense(2), code])
    model.save(tmp_path / "saved", save_format="tf")
    canary.unlink()
    with pytest.raises(ValueError, match=r"(?i)lambda"):
        load_model(tmp_path / "saved")
    assert not canary.exists()


def keras_3_checkpoint(builder, folder):
    import keras
    import tensorflow as tf

    model, inputs = builder(keras)
    expected = with_random_weights(model, inputs)
    return tf.train.Checkpoint(model=model).save(str(folder / "ckpt")), inputs, expected


@pytest.mark.parametrize("builder", [convolutional, films, shared_and_nested, attentive])
def test_checkpoint_of_keras_3(builder, tmp_path):
    path, inputs, expected = keras_3_checkpoint(builder, tmp_path)
    mine = built(builder)
    mine.load_weights(path)
    check(mine, inputs, expected)


@pytest.mark.parametrize(("builder", "missing"), [(recurrent, "lstm_cell"), (subclassed, "dense")])
def test_what_keras_3_leaves_out_of_a_checkpoint(builder, missing, tmp_path):
    """TensorFlow does not see into the lists in which layers of Keras 3 keep others."""
    path, _, _ = keras_3_checkpoint(builder, tmp_path)
    with pytest.raises(ValueError, match=f"{missing}.*the file has no such weight"):
        built(builder).load_weights(path)


def test_model_that_keras_3_exported(tmp_path):
    """The file has a list of variables alone; their names tell the layers."""
    import keras

    def build(k, name):
        layers = k.layers
        stack = [k.Input((6, 3)), layers.Bidirectional(layers.LSTM(2), name="both")]
        return k.Sequential([*stack, layers.Dense(2, name="last")], name=name)

    model = build(keras, "model")
    expected = with_random_weights(model, SERIES)
    model.export(str(tmp_path / "exported"), verbose=False)
    for name in ("model", "another"):
        mine = build(kerasish, name)
        mine.load_weights(tmp_path / "exported")
        check(mine, SERIES, expected)


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    import tf_keras

    layers = tf_keras.layers
    model = tf_keras.Sequential([tf_keras.Input((3,)), layers.Dense(4), layers.Dense(2)])
    path = tmp_path_factory.mktemp("dense") / "w"
    model.save_weights(path, save_format="tf")
    return path


def dense_model(*units):
    return kerasish.Sequential([kerasish.Input((3,)), *map(kerasish.layers.Dense, units)])


@pytest.mark.parametrize(
    ("units", "match"),
    [
        ((4, 2, 2), "the file has 2 layers with weights there, the model has"),
        ((4,), "the file has 2 layers with weights there, the model has"),
        ((4, 3), r"shape \(4, 3\) in the model, \(4, 2\) in the file"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(dense, units, match):
    model = dense_model(*units)
    before = model.get_weights()
    with pytest.raises(ValueError, match=match):
        model.load_weights(dense)
    for one, two in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_skip_mismatch(dense):
    model, whole = dense_model(4, 3), dense_model(4, 2)
    whole.load_weights(dense)
    with pytest.warns(UserWarning, match="left out"):
        model.load_weights(dense, skip_mismatch=True)
    for one, two in zip(model.get_weights()[:2], whole.get_weights()[:2], strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_checkpoint_is_no_whole_model(dense):
    with pytest.raises(FileFormatError, match="weights and no architecture"):
        load_model(dense)


def test_damage_leaves_the_model_as_it_was(dense, tmp_path):
    for name in ("w.index", "w.data-00000-of-00001"):
        (tmp_path / name).write_bytes(dense.with_name(name).read_bytes())
    data = tmp_path / "w.data-00000-of-00001"
    content = bytearray(data.read_bytes())
    content[3] ^= 1
    data.write_bytes(content)
    model = dense_model(4, 2)
    before = model.get_weights()
    with pytest.raises(FileFormatError, match="another checksum"):
        model.load_weights(tmp_path / "w")
    for one, two in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_training_of_an_old_file_is_told_of(written):
    builder, _, _, folder, _ = written
    if builder is not subclassed:
        with pytest.warns(UserWarning, match="compile the model anew.*state of"):
            load_model(folder / "saved")
