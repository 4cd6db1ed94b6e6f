"""After `set_random_seed` weights, outputs, masks and training equal real Keras's on TensorFlow."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish import layers
from tests.kerasish.random.seeded_cases import LAYERS, MODELS, samples

BOTH = (kerasish, keras)
ORTHOGONAL = ("SimpleRNN", "LSTM", "GRU", "ConvLSTM", "RNN", "Bi", "TimeDistributed r", "Conv2D")


def close(ours, theirs, rtol=1e-5):
    """Equal but for a few last bits, of numbers of the size of the largest."""
    ours = ours.detach().numpy() if isinstance(ours, torch.Tensor) else np.asarray(ours)
    theirs = np.asarray(theirs)
    size = np.abs(theirs).max(initial=0)
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * size, strict=True)


def seeded(make, seed):
    """Make a thing with each library, after its own `set_random_seed`."""
    made = []
    for library in BOTH:
        library.utils.set_random_seed(seed)
        made.append(make(library))
    return made


def states(ours, theirs):
    """The states of all seed generators, of each side."""
    found = [
        generator.state.tolist()
        for module in ours.modules()
        if isinstance(module, layers.Layer)
        for _, generator in module._seed_generators()
    ]
    known = [v.numpy().tolist() for v in theirs.variables if "seed_generator" in v.path]
    # Keras makes a generator for each recurrent layer; one without dropout is never drawn from.
    return sorted(found), sorted(state for state in known if state in found or state[1])


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    shape, make = LAYERS[name]
    x = samples(name, shape, 4)

    def make_built(library):
        layer = make(library.layers)
        layer(x)  # some take a seed when they are built
        return layer

    ours, theirs = seeded(make_built, 42)
    orthogonal = "RNN" in name or name.startswith(
        ("LSTM", "GRU", "ConvLSTM", "Bi", "Time", "Conv2D")
    )
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        if orthogonal:
            # The rounding of LAPACK's QR.
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        else:
            np.testing.assert_array_equal(one, other, strict=True)
    close(ours(x), theirs(x))
    for _ in range(2):
        close(ours(torch.from_numpy(x), training=True), theirs(x, training=True))
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        close(one, other)  # moments that calls in training updated
    found, known = states(ours, theirs)
    assert found == known


def test_no_layer_is_forgotten():
    tried = {
        type(part).__name__
        for _, make in LAYERS.values()
        for part in make(layers).modules()
        if isinstance(part, layers.Layer)
    }
    # The attentions are in MODELS.
    tried |= {"MultiHeadAttention", "Attention", "AdditiveAttention"}
    # These have weights that are not drawn.
    tried |= {"Normalization", "STFTSpectrogram"}
    missing = []
    for name, value in vars(layers).items():
        drawn = isinstance(value, type) and issubclass(value, layers.Layer)
        if drawn and value.layout is not None and value.__name__ not in tried:
            missing.append(name)
    assert not missing


@pytest.mark.parametrize("name", MODELS)
def test_training(name):
    """Three epochs of each kind of shuffling; then what the model predicts."""
    shape, make = MODELS[name]
    ours, theirs = seeded(make, 7)
    x, y = samples(name, shape, 14), np.random.default_rng(1).normal(size=(14, 1)).astype("float32")
    close(ours.predict(x, verbose=0), theirs.predict(x, verbose=0))
    for model in (ours, theirs):
        model.compile("adam", "mse", metrics=["mae"])
    for shuffle in (True, "batch") if name == "dense" else (True,):
        options = {"epochs": 3, "batch_size": 4, "validation_split": 0.25, "verbose": 0}
        one, other = (m.fit(x, y, shuffle=shuffle, **options).history for m in (ours, theirs))
        assert one.keys() == other.keys()
        for key, values in other.items():
            np.testing.assert_allclose(one[key], values, rtol=2e-6)
    close(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=3e-5)
    found, known = states(ours, theirs)
    assert found == known
