"""Augmentations chosen at random, pipelines and spectrograms against real Keras."""

import copy
import pickle
import random

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import check_layer
from tests.kerasish.layers.preprocessing.test_images import IMAGES, close
from tests.kerasish.layers.preprocessing.test_text import plain

SOUND = np.random.default_rng(5).normal(size=(2, 700, 2)).astype("float32")


def test_rand_augment() -> None:
    for options in ({"num_ops": 4}, {"factor": 0.9, "num_ops": 3, "value_range": (0, 300)}):
        ours, theirs = (n.layers.RandAugment(**options, seed=9) for n in (kerasish, keras))
        assert plain(ours.get_config()) == plain(theirs.get_config())
        for _ in range(4):
            close(ours(IMAGES, training=True), theirs(IMAGES, training=True), str(options))
        close(ours(IMAGES, training=False), theirs(IMAGES, training=False), "inference")


def test_aug_mix() -> None:
    for options in ({}, {"num_chains": 2, "chain_depth": 2, "all_ops": False, "factor": 0.8}):
        layer = kerasish.layers.AugMix(**options, seed=3)
        assert plain(layer.get_config()) == plain(
            keras.layers.AugMix(**options, seed=3).get_config()
        )
        random.seed(0)
        first = layer(IMAGES)
        assert first.shape == IMAGES.shape
        assert 0 <= first.min() <= first.max() <= 255
        assert not torch.equal(first, torch.tensor(IMAGES))
        torch.testing.assert_close(layer(IMAGES, training=False), torch.tensor(IMAGES))
        random.seed(0)
        torch.testing.assert_close(kerasish.layers.AugMix(**options, seed=3)(IMAGES), first)


def test_pipeline() -> None:
    def make(n):
        return n.layers.Pipeline(
            [n.layers.RandomFlip(seed=2), n.layers.Rescaling(0.5), n.layers.CenterCrop(4, 4)]
        )

    ours, theirs = make(kerasish), make(keras)
    close(ours(IMAGES), theirs(IMAGES), "training")
    close(ours(IMAGES, training=False), theirs(IMAGES, training=False), "inference")
    again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
    close(again(IMAGES, training=False), theirs(IMAGES, training=False), "read")
    keras.saving.deserialize_keras_object(kerasish.layers.serialize(ours))
    words = kerasish.layers.Pipeline(
        [
            kerasish.layers.StringLookup(vocabulary=["a", "b"]),
            kerasish.layers.CategoryEncoding(3, output_mode="one_hot"),
        ]
    )
    assert words(["b", "z"]).tolist() == [[0, 0, 1], [1, 0, 0]]
    with pytest.raises(ValueError, match="list of layers"):
        kerasish.layers.Pipeline(3)


def test_mel_spectrogram() -> None:
    small = {"fft_length": 128, "sequence_stride": 50, "num_mel_bins": 16, "sampling_rate": 8000}
    for options in (
        {},
        {"sequence_length": 101, "window": "hamming"},
        {"sequence_length": 64, "window": None, "power_to_db": False, "mag_exp": 1.0},
        {"window": np.linspace(0.1, 1, 128).tolist(), "top_db": 30.0, "ref_power": 3.0},
        {"min_freq": 100.0, "max_freq": 3000.0},
    ):
        ours, theirs = (n.layers.MelSpectrogram(**small, **options) for n in (kerasish, keras))
        assert plain(ours.get_config()) == plain(theirs.get_config())
        for given in (SOUND[:, :, 0], SOUND[0, :, 1]):
            found, expected = ours(given), np.array(theirs(given))
            assert found.shape == expected.shape
            assert str(found.dtype) == f"torch.{expected.dtype}"
            np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-3)
        symbols = [layer(n.Input((700,))) for layer, n in ((ours, kerasish), (theirs, keras))]
        assert symbols[0].shape == tuple(symbols[1].shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_stft_spectrogram(dtype: str) -> None:
    for mode, options in (
        ("log", {}),
        ("magnitude", {"padding": "same", "frame_step": 7}),
        ("psd", {"expand_dims": True}),
        ("real", {}),
        ("imag", {"window": None, "scaling": None}),
        ("angle", {"expand_dims": True, "fft_length": 64}),
        ("stft", {"scaling": "spectrum", "periodic": True, "padding": "same"}),
    ):
        given = SOUND[:, :90]
        check_layer(
            lambda n, mode=mode, options=options, **more: n.layers.STFTSpectrogram(
                mode, frame_length=30, **options, **more
            ),
            given,
            dtype=dtype,
            gradients=mode not in ("log", "angle"),
        )
        ours, theirs = (
            n.layers.STFTSpectrogram(mode, frame_length=30, **options) for n in (kerasish, keras)
        )
        found, expected = ours(given), np.array(theirs(given))
        if mode != "angle":
            np.testing.assert_allclose(found.detach(), expected, rtol=2e-4, atol=1e-4)
        # TensorFlow has no such convolution on the CPU.
        first = kerasish.layers.STFTSpectrogram(
            mode, frame_length=30, data_format="channels_first", **options
        )(np.swapaxes(given, 1, 2).copy())
        wanted = found.permute(0, 3, 1, 2) if options.get("expand_dims") else found.mT
        torch.testing.assert_close(first, wanted)


FACTORS = {
    "RandomCrop": (4, 5),
    "RandomZoom": (0.2, 0.3),
    "RandomTranslation": (0.2, 0.3),
    "RandomPosterization": (5,),
    **dict.fromkeys(("RandomRotation", "RandomContrast", "RandomBrightness", "RandomHue"), (0.9,)),
    **dict.fromkeys(("RandomSaturation", "RandomSharpness", "RandomColorDegeneration"), (0.9,)),
}


def test_copies_of_random_layers_go_on_alike() -> None:
    names = [n for n in kerasish.layers.__all__ if n.startswith("Random") or n == "RandAugment"]
    assert len(names) > 20
    for name in names:
        layer = getattr(kerasish.layers, name)(*FACTORS.get(name, ()), seed=1)
        layer(IMAGES)
        others = copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))
        moved = copy.deepcopy(layer).to(torch.float32)
        first = layer(IMAGES)
        for other in (*others, moved):
            torch.testing.assert_close(other(IMAGES), first, rtol=0, atol=0, equal_nan=True)
