"""Preprocessing layers in files of Keras 2."""

import numpy as np
import tf_keras

import kerasish

TEXTS = np.array([["the cat sat"], ["a dog sat"], ["the the mat"]])
CATEGORIES = np.array([[1, 2], [3, 0], [2, 2]])
NUMBERS = np.random.default_rng(0).normal(size=(30, 2)).astype("float32")
IMAGES = np.random.default_rng(1).random((3, 8, 8, 3)).astype("float32")


def test_a_file_of_keras_2(tmp_path) -> None:
    layers = tf_keras.layers
    text, category = tf_keras.Input((1,), dtype="string"), tf_keras.Input((2,), dtype="int64")
    number, image = tf_keras.Input((2,)), tf_keras.Input((8, 8, 3))
    learned = {
        layers.TextVectorization(output_sequence_length=4): (text, TEXTS),
        layers.TextVectorization(output_mode="tf_idf", ngrams=2): (text, TEXTS),
        layers.StringLookup(mask_token=""): (text, TEXTS),
        layers.IntegerLookup(num_oov_indices=2): (category, CATEGORIES[:2]),
        layers.Normalization(): (number, NUMBERS),
        layers.Discretization(num_bins=4): (number, NUMBERS),
    }
    outputs = []
    for layer, (symbol, data) in learned.items():
        layer.adapt(data)
        outputs.append(layer(symbol))
    outputs += [layers.Hashing(5)(text), layers.CategoryEncoding(6)(category)]
    images = layers.Rescaling(1 / 255)(layers.Resizing(4, 5)(image))
    images = layers.RandomFlip(seed=1)(layers.RandomRotation(0.1)(images))
    outputs.append(layers.CenterCrop(3, 3)(layers.RandomContrast(0.2)(images)))
    model = tf_keras.Model([text, category, number, image], outputs)
    model.save(tmp_path / "old.keras")
    given = [TEXTS, CATEGORIES, NUMBERS[:3], IMAGES]
    found = kerasish.models.load_model(tmp_path / "old.keras").predict(given, verbose=0)
    for one, other in zip(found, model.predict(given, verbose=0), strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
