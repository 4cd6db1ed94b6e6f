"""Layers that resize, crop and augment images, against real Keras: the same draws of a seed."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import kerasish
from tests.kerasish.layers.preprocessing.test_text import plain

RNG = np.random.default_rng(0)
IMAGES = (RNG.random((5, 9, 12, 3)) * 255).astype("float32")

COLORS = [
    ("RandomHue", {"factor": 0.4}),
    ("RandomHue", {"factor": (0.2, 0.9), "value_range": (0, 300)}),
    ("RandomSaturation", {"factor": 0.7}),
    ("RandomSaturation", {"factor": (0.1, 0.4)}),
    ("RandomSharpness", {"factor": 0.9}),
    ("RandomSharpness", {"factor": (0.1, 0.3), "value_range": (50, 100)}),
    ("RandomGrayscale", {"factor": 0.6}),
    ("RandomPosterization", {"factor": 5}),
    ("RandomPosterization", {"factor": (3, 3), "value_range": (-10.0, 260.0)}),
    ("RandomInvert", {"factor": 0.9}),
    ("RandomColorDegeneration", {"factor": 0.8}),
    ("RandomColorJitter", {"brightness_factor": 0.2, "contrast_factor": 0.4}),
    (
        "RandomColorJitter",
        {"brightness_factor": 0.2, "saturation_factor": 0.3, "hue_factor": 0.4},
    ),
    ("Solarization", {"addition_factor": 0.5, "threshold_factor": (0.1, 0.7)}),
    ("Solarization", {"threshold_factor": 0.9, "value_range": (0, 300)}),
    ("AutoContrast", {}),
    ("AutoContrast", {"value_range": (-100, 300)}),
    ("Equalization", {}),
    ("Equalization", {"value_range": (0, 260), "bins": 20}),
]
FIXED = [
    ("Resizing", {"height": 5, "width": 17}),
    ("Resizing", {"height": 20, "width": 6, "interpolation": "bicubic", "antialias": True}),
    ("Resizing", {"height": 6, "width": 6, "interpolation": "nearest"}),
    ("Resizing", {"height": 6, "width": 6, "crop_to_aspect_ratio": True}),
    ("Resizing", {"height": 6, "width": 6, "pad_to_aspect_ratio": True, "fill_value": 3.0}),
    ("CenterCrop", {"height": 4, "width": 5}),
    ("CenterCrop", {"height": 14, "width": 5}),
]
RANDOM = [
    ("RandomFlip", {}),
    ("RandomFlip", {"mode": "horizontal"}),
    ("RandomFlip", {"mode": "vertical"}),
    ("RandomCrop", {"height": 4, "width": 7}),
    ("RandomCrop", {"height": 9, "width": 7}),
    ("RandomCrop", {"height": 15, "width": 7}),
    ("RandomRotation", {"factor": 0.3}),
    ("RandomRotation", {"factor": (-0.5, 0.1), "fill_mode": "wrap"}),
    ("RandomRotation", {"factor": 1.0, "fill_mode": "constant", "fill_value": 9.0}),
    ("RandomTranslation", {"height_factor": 0.4, "width_factor": (-1.0, 1.0)}),
    (
        "RandomTranslation",
        {"height_factor": 0.7, "width_factor": 0.9, "fill_mode": "nearest"},
    ),
    ("RandomZoom", {"height_factor": 0.5}),
    ("RandomZoom", {"height_factor": (-0.9, 1.0), "width_factor": 0.3, "fill_mode": "wrap"}),
    ("RandomZoom", {"height_factor": 0.8, "interpolation": "nearest"}),
    ("RandomShear", {"x_factor": 0.5, "y_factor": (0.1, 0.3)}),
    ("RandomShear", {"y_factor": 0.9, "fill_mode": "constant", "interpolation": "nearest"}),
    ("RandomPerspective", {"scale": 0.4}),
    ("RandomPerspective", {"factor": (0.2, 0.9), "fill_value": 5.0}),
    ("RandomGaussianBlur", {"factor": 0.9, "kernel_size": 5}),
    ("RandomGaussianBlur", {"kernel_size": (3, 7), "sigma": (0.4, 0.9)}),
    ("RandomElasticTransform", {}),
    ("RandomElasticTransform", {"factor": 0.9, "fill_mode": "constant", "fill_value": 9.0}),
    ("RandomElasticTransform", {"scale": (0.9, 1.0), "fill_mode": "wrap"}),
    ("RandomErasing", {}),
    ("RandomErasing", {"factor": 0.8, "scale": 0.6, "fill_value": (1, 2, 3)}),
    ("RandomContrast", {"factor": 0.5}),
    ("RandomContrast", {"factor": (0.1, 0.9), "value_range": (20, 200)}),
    ("RandomBrightness", {"factor": 0.4}),
    ("RandomBrightness", {"factor": (-0.2, 0.9), "value_range": (0.0, 300.0)}),
]


def close(ours, theirs, what):
    """Compare; where a place lies on a border, the last bit decides which entry is taken."""
    ours, theirs = ours.detach().numpy(), np.array(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype), what
    far = ~np.isclose(ours.astype("float64"), theirs.astype("float64"), rtol=1e-4, atol=2e-2)
    assert far.mean() < 0.004, f"{what}: {far.mean():.4f} differ"


def pair(name, options):
    return getattr(kerasish.layers, name)(**options), getattr(keras.layers, name)(**options)


@pytest.mark.parametrize(("name", "options"), FIXED + RANDOM)
def test_images(name: str, options: dict) -> None:
    if name.startswith("Random"):
        options = options | {"seed": 17}
    formats = [None, "channels_first"]
    if name in ("RandomContrast", "RandomBrightness") or isinstance(
        options.get("fill_value"), tuple
    ):
        formats = [None]  # Keras takes none, or fails
    for data_format in formats:
        more = options | ({"data_format": data_format} if data_format else {})
        images = np.moveaxis(IMAGES, -1, 1) if data_format else IMAGES
        ours, theirs = pair(name, more)
        what = f"{name} {more}"
        # A bare call augments; what comes after goes on with the same generator.
        for given in (images, images, images[0]):
            close(ours(given), theirs(given), what)
        close(ours(images, training=False), theirs(images, training=False), what)
        assert plain(ours.get_config()) == plain(theirs.get_config()), what
        again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
        assert plain(again.get_config()) == plain(theirs.get_config())
        symbol, other = (
            layer(n.Input(images.shape[1:])) for layer, n in ((ours, kerasish), (theirs, keras))
        )
        assert (symbol.shape, symbol.dtype) == (other.shape, other.dtype), what
    for kind in ("uint8", "float64"):
        ours, theirs = pair(name, options | {"dtype": "float32"})
        given = IMAGES.astype(kind)
        if kind == "uint8" and (name == "RandomContrast" or 300.0 in more.get("value_range", ())):
            continue  # TensorFlow refuses to mix the types that Keras has then
        if kind == "uint8" and more.get("fill_value"):
            continue
        close(ours(given), theirs(given), f"{what} {kind}")


@pytest.mark.parametrize(("name", "options"), COLORS)
def test_colors(name: str, options: dict) -> None:
    if name not in ("AutoContrast", "Equalization"):
        options = options | {"seed": 5}
    ours, theirs = pair(name, options)
    what = f"{name} {options}"
    for given in (IMAGES, IMAGES * 0 + 7, IMAGES[0]):
        close(ours(given), theirs(given), what)
    close(ours(IMAGES, training=False), theirs(IMAGES, training=False), what)
    close(ours(IMAGES), theirs(IMAGES), what)
    assert plain(ours.get_config()) == plain(theirs.get_config()), what
    again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
    assert plain(again.get_config()) == plain(theirs.get_config())
    keras.saving.deserialize_keras_object(kerasish.layers.serialize(ours))
    if name not in ("AutoContrast", "RandomColorJitter"):  # Keras mistakes their axes
        ours, theirs = pair(name, options | {"data_format": "channels_first"})
        first = np.moveaxis(IMAGES, -1, 1)
        close(ours(first), theirs(first), what)


def test_dicts_of_images_masks_and_labels() -> None:
    whole = RNG.integers(0, 4, (5, 9, 12, 1)).astype("uint8")
    labels = np.arange(5, dtype="float32")
    for name, options in FIXED[:1] + FIXED[5:6] + RANDOM:
        options = options | ({"seed": 3} if name.startswith("Random") else {})
        ours, theirs = pair(name, options)
        # Keras's elastic transform fails on integers.
        masks = whole.astype("float32") if name == "RandomElasticTransform" else whole
        results = []
        for layer, convert in ((ours, torch.tensor), (theirs, tf.constant)):
            data = {
                "images": convert(IMAGES),
                "segmentation_masks": convert(masks),
                "labels": convert(labels),
            }
            results.append(layer(data, training=True))
        for key, values in results[1].items():
            found = results[0][key]
            close(found, values, f"{name} {options} {key}")


def test_mixing() -> None:
    labels = np.eye(5, dtype="float32")
    for make in (
        lambda n: n.layers.MixUp(0.4, seed=3),
        lambda n: n.layers.CutMix((0.5, 1.0), seed=3),
    ):
        ours, theirs = make(kerasish), make(keras)
        assert plain(ours.get_config()) == plain(theirs.get_config())
        data = {"images": torch.tensor(IMAGES), "labels": torch.tensor(labels)}
        mixed = ours(dict(data), training=True)
        shares = mixed["labels"]
        torch.testing.assert_close(shares.sum(1), torch.ones(5))
        partners = [int((row - row[i] * torch.eye(5)[i]).argmax()) for i, row in enumerate(shares)]
        kept = shares.diagonal()
        if isinstance(ours, kerasish.layers.MixUp):
            given = theirs(
                {"images": tf.constant(IMAGES), "labels": tf.constant(labels)}, training=True
            )["labels"]
            # The partners are Keras's, though the shares are not.
            theirs_partners = [int(np.argmax(r - r[i] * np.eye(5)[i])) for i, r in enumerate(given)]
            alone = [i for i in range(5) if abs(float(given[i, i]) - 1) < 1e-6 or kept[i] == 1]
            assert all(
                a == b
                for i, (a, b) in enumerate(zip(partners, theirs_partners, strict=True))
                if i not in alone
            )
            wanted = torch.stack(
                [
                    kept[i] * torch.tensor(IMAGES[i]) + (1 - kept[i]) * torch.tensor(IMAGES[p])
                    for i, p in enumerate(partners)
                ]
            )
            torch.testing.assert_close(mixed["images"], wanted, rtol=1e-4, atol=1e-2)
        else:
            same = (mixed["images"] == torch.tensor(IMAGES)).all(-1)
            for i, p in enumerate(partners):
                other = (mixed["images"][i] == torch.tensor(IMAGES[p])).all(-1)
                assert (same[i] | other).all()
                # A rectangle of whole entries has about the area that the labels tell.
                assert abs(float(other.float().mean()) - float(1 - kept[i])) < 0.25
        unchanged = ours(dict(data), training=False)
        torch.testing.assert_close(unchanged["images"], data["images"], rtol=0, atol=0)
        torch.testing.assert_close(unchanged["labels"], data["labels"], rtol=0, atol=0)


def test_a_wide_elastic_transform() -> None:
    images = RNG.random((2, 60, 50, 2)).astype("float32") * 255
    for fill_mode in ("reflect", "nearest"):
        options = {"fill_mode": fill_mode, "scale": (0.8, 1.0), "seed": 4}
        ours, theirs = pair("RandomElasticTransform", options)
        close(ours(images), theirs(images), fill_mode)


def test_in_models() -> None:
    def model(n):
        return n.Sequential(
            [
                n.Input((9, 12, 3)),
                n.layers.RandomFlip(seed=1),
                n.layers.RandomRotation(0.1, seed=2),
                n.layers.Rescaling(1 / 255),
                n.layers.Flatten(),
                n.layers.Dense(1),
            ]
        )

    ours, theirs = model(kerasish), model(keras)
    ours.set_weights(theirs.get_weights())
    close(torch.tensor(ours.predict(IMAGES, verbose=0)), theirs.predict(IMAGES, verbose=0), "")
    close(ours(IMAGES, training=True), theirs(IMAGES, training=True), "training")
    close(ours(IMAGES), theirs(IMAGES), "a bare call")
    targets = np.ones((5, 1), "float32")
    histories = []
    for one in (ours, theirs):
        one.compile(optimizer="sgd", loss="mse")
        options = {"epochs": 3, "batch_size": 2, "shuffle": False, "verbose": 0}
        histories.append(one.fit(IMAGES, targets, **options).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-3)
    ours.eval()
    torch.testing.assert_close(ours(IMAGES), ours(IMAGES, training=False))


def test_gradients_reach_the_images() -> None:
    images = torch.tensor(IMAGES, requires_grad=True)
    layer = kerasish.layers.RandomZoom(0.3, seed=1)
    layer(images).sum().backward()
    assert images.grad is not None
    assert (images.grad != 0).any()


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda n: n.Resizing(0, 3), "height"),
        (lambda n: n.Resizing(3, 3, interpolation="linear"), "interpolation"),
        (lambda n: n.RandomFlip("diagonal"), "mode"),
        (lambda n: n.RandomRotation(2.0), "factor"),
        (lambda n: n.RandomRotation(0.1, fill_mode="mirror"), "fill_mode"),
        (lambda n: n.RandomZoom(-1.0), "height_factor"),
        (lambda n: n.RandomContrast((0.1, 0.2, 0.3)), "factor"),
        (lambda n: n.RandomBrightness(0.1, value_range=3), "value_range"),
        (lambda n: n.CenterCrop(2, 2, data_format="last"), "data_format"),
        (lambda n: n.RandomFlip()(np.ones((2, 3))), "axes"),
        (
            lambda n: n.RandomFlip()({"images": IMAGES, "bounding_boxes": IMAGES}),
            "bounding boxes are not supported",
        ),
    ],
)
def test_wrong_uses(make, match) -> None:
    with pytest.raises(ValueError, match=match) as caught:
        make(kerasish.layers)
    assert "Received: " in str(caught.value)
