"""Models with the weights of real Keras's, from files: the same outputs."""

import h5py
import keras
import numpy as np
import pytest
import torch
from keras.src.applications.convnext import ConvNeXt
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

import kerasish
from kerasish.applications import imagenet_utils, vgg16
from tests.kerasish.applications.test_structure import LARGE
from tests.kerasish.layer_checker import assert_close

rng = np.random.default_rng(3)
SIZE = 40
IMAGES = rng.uniform(0, 255, (2, SIZE, SIZE, 3)).astype("float32")
CASES = {
    "MobileNet": {"alpha": 0.25, "classes": 5},
    "MobileNetV3Small": {"alpha": 0.5, "include_top": False, "pooling": "max"},
}
if LARGE:  # What takes long; the structure of all is tested always.
    CASES |= {
        "DenseNet121": {"include_top": False},
        "EfficientNetB0": {"include_top": False},
        "EfficientNetV2B0": {"classes": 5},
        "ResNet50": {"include_top": False},
        "ResNet50V2": {"include_top": False, "pooling": "avg"},
        "VGG16": {"include_top": False},
        "ConvNeXtTiny": {"include_top": False},
        "NASNetMobile": {"include_top": False},
        "Xception": {"include_top": False, "input_shape": (71, 71, 3)},
        "InceptionV3": {"include_top": False, "input_shape": (75, 75, 3)},
        "InceptionResNetV2": {"include_top": False, "input_shape": (75, 75, 3)},
    }


def fill(model):
    """Random weights, positive variances among them."""
    model.set_weights(
        [
            rng.uniform(0.5, 1.5, w.shape)
            if w.name in ("moving_variance", "variance", "gamma")
            else rng.normal(0, (np.prod(w.shape[:-1]) or 1) ** -0.5, w.shape)
            for w in model.weights
        ]
    )


@pytest.mark.parametrize("name", CASES)
def test_outputs(name, tmp_path):
    options = {"input_shape": (SIZE, SIZE, 3), **CASES[name]}
    theirs = getattr(keras.applications, name)(weights=None, **options)
    fill(theirs)
    theirs.save_weights(tmp_path / "model.weights.h5")
    ours = getattr(kerasish.applications, name)(weights=tmp_path / "model.weights.h5", **options)
    images = np.tile(IMAGES, (1, 2, 2, 1))[:, : options["input_shape"][0]]
    images = images[:, :, : options["input_shape"][1]]
    assert_close(ours(images), theirs(images), "float32", name)


def test_layers_of_their_own_in_files(tmp_path):
    """Each library reads the other's models with the layers that only architectures have."""
    inputs = keras.Input((3,))
    x = CustomScaleLayer(0.2)([inputs, keras.layers.Dense(3)(inputs)])
    models = {"scaled.keras": (keras.Model(inputs, x), IMAGES[0, 0])}
    small = ConvNeXt([1] * 4, [4, 4, 8, 8], include_top=False, drop_path_rate=0.3, weights=None)
    models["blocks.keras"] = (small, IMAGES)
    for name, (theirs, data) in models.items():
        theirs.save(tmp_path / name)
        ours = kerasish.models.load_model(tmp_path / name)
        assert_close(ours(data), theirs(data), "float32", name)
        ours.save(tmp_path / name)
        again = keras.models.load_model(tmp_path / name)
        assert_close(again(data), theirs(data), "float32", name)


def test_weights_of_imagenet(tmp_path, monkeypatch):
    """Keras's old file is taken from the cache; without it the message says where to put it."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    theirs = keras.applications.MobileNetV2(weights=None, input_shape=(96, 96, 3))
    fill(theirs)
    file = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96.h5"
    (tmp_path / "models").mkdir()
    with h5py.File(tmp_path / "models" / file, "w") as written:
        save_weights_to_hdf5_group(written, theirs)
    ours = kerasish.applications.MobileNetV2(input_shape=(96, 96, 3))
    images = np.concatenate([IMAGES, IMAGES, IMAGES], 2)[:, :, :96].repeat(3, 1)[:, :96]
    assert_close(ours(images), theirs(images), "float32", "output")


def test_missing_weights(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    file = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    with pytest.raises(OSError, match=str(tmp_path / "models" / file)):
        kerasish.applications.VGG16(include_top=False)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_preprocess_input(mode, data_format):
    for shape in ((2, 3, 4, 3), (3, 4, 3)):
        shape = shape if data_format == "channels_last" else (*shape[:-3], 3, 3, 4)
        pixels = rng.integers(0, 255, shape)
        for x in (pixels, pixels.astype("float32")):
            given = [x.copy(), x.copy()]
            found, expected = (
                n.applications.imagenet_utils.preprocess_input(one, data_format, mode)
                for n, one in zip((kerasish, keras), given, strict=True)
            )
            assert found.dtype == expected.dtype
            assert_close(found, expected, "float32", mode)
            np.testing.assert_array_equal(*given)  # Changed in place or not, as in Keras.
        found = imagenet_utils.preprocess_input(torch.tensor(x), data_format, mode)
        assert_close(found, expected, "float32", mode)


def test_preprocess_input_in_a_model():
    inputs = kerasish.Input((4, 4, 3))
    model = kerasish.Model(inputs, vgg16.preprocess_input(inputs))
    images = IMAGES[:, :4, :4]
    assert_close(model(images), vgg16.preprocess_input(images.copy()), "float32", "output")


def test_decode_predictions(tmp_path, monkeypatch):
    monkeypatch.setattr(
        imagenet_utils,
        "_class_names",
        lambda: {str(i): (f"n{i}", f"name {i}") for i in range(1000)},
    )
    rows = rng.permutation(2000).reshape(2, 1000) / 2000
    found = vgg16.decode_predictions(rows, top=3)
    assert [one[0] for one in found[0]] == [f"n{i}" for i in np.argsort(rows[0])[::-1][:3]]
    assert found[1][0] == (f"n{rows[1].argmax()}", f"name {rows[1].argmax()}", rows[1].max())
    with pytest.raises(ValueError, match="Received: shape"):
        vgg16.decode_predictions(rows[:, :10])


REFUSALS = [
    ({"weights": "missing.h5"}, "Received: weights='missing.h5'"),
    ({"weights": "imagenet", "classes": 3}, "Received: classes=3"),
    ({"weights": "imagenet", "classifier_activation": "relu"}, "Received: classifier_activation"),
    ({"weights": "imagenet", "input_shape": (64, 64, 3)}, r"Received: input_shape=\(64, 64, 3\)"),
    ({"weights": None, "input_shape": (16, 16, 3)}, r"at least 32.*Received: input_shape"),
    ({"weights": None, "input_shape": (None, None, 3)}, "known with include_top=True"),
]


@pytest.mark.parametrize(("options", "message"), REFUSALS, ids=range(len(REFUSALS)))
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        kerasish.applications.VGG16(**options)


def test_input_tensor():
    """The model begins where the symbol comes from."""
    start = kerasish.Input((32, 32, 3))
    halved = kerasish.layers.Rescaling(0.5)(start)
    model = kerasish.applications.MobileNet(
        weights=None, include_top=False, alpha=0.25, input_tensor=halved, pooling="avg"
    )
    assert model.inputs[0] is start
    assert model.layers[1].scale == 0.5
    assert model.output_shape == (None, 256)
