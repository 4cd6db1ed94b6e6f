"""`ImageDataGenerator` against Keras 2's: the same changes from the same random numbers."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tf_keras.preprocessing import image as theirs

from kerasish.preprocessing import image as ours

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-20, 280, (7, 6, 9, 3)).astype("float32")
LABELS = np.arange(7) % 2

OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "featurewise_center": st.booleans(),
        "samplewise_center": st.booleans(),
        "featurewise_std_normalization": st.booleans(),
        "samplewise_std_normalization": st.booleans(),
        "zca_whitening": st.booleans(),
        "rotation_range": st.sampled_from([0, 40, 7.5]),
        "width_shift_range": st.sampled_from([0.3, 2, 2.5, [-1, 0, 3], [0.1, 0.2]]),
        "height_shift_range": st.sampled_from([0.0, 0.2, 3, 1.0]),
        "brightness_range": st.sampled_from([None, (0.5, 1.5)]),
        "shear_range": st.sampled_from([0.0, 12.0]),
        "zoom_range": st.sampled_from([0.0, 0.3, (0.5, 1), [1, 1]]),
        "channel_shift_range": st.sampled_from([0.0, 30.0]),
        "fill_mode": st.sampled_from(["constant", "nearest", "reflect", "wrap"]),
        "cval": st.just(5.0),
        "horizontal_flip": st.booleans(),
        "vertical_flip": st.booleans(),
        "rescale": st.sampled_from([None, 1 / 255]),
        "preprocessing_function": st.just(lambda x: x + 1),
        "interpolation_order": st.sampled_from([0, 3]),
        "data_format": st.sampled_from(["channels_first", "channels_last"]),
        "dtype": st.just("float64"),
    },
)
FLOW = st.fixed_dictionaries(
    {},
    optional={
        "batch_size": st.integers(1, 5),
        "shuffle": st.booleans(),
        "seed": st.integers(0, 9),
        "subset": st.sampled_from(["training", "validation"]),
    },
)


def assert_same(batch, expected):
    if not isinstance(expected, (tuple, list)):
        assert (batch.dtype, batch.shape) == (expected.dtype, expected.shape)
        if batch.dtype.kind == "f":
            # Means add in the order of the memory, which differs; values go up to 300.
            np.testing.assert_allclose(batch, expected, rtol=1e-5, atol=1e-4)
        else:
            np.testing.assert_array_equal(batch, expected)
        return
    assert type(batch) is type(expected)
    for one, other in zip(batch, expected, strict=True):
        assert_same(one, other)


def made(module, options, seed):
    np.random.seed(seed)  # noqa: NPY002
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return module.ImageDataGenerator(validation_split=0.4, **options)


@settings(deadline=None, max_examples=40)
@given(OPTIONS, FLOW, st.booleans(), st.integers(0, 2**32 - 1))
@pytest.mark.filterwarnings("ignore")
def test_flow(options, flow, augment, seed):
    images = IMAGES
    if options.get("data_format") == "channels_first":
        images = images.transpose(0, 3, 1, 2)
        options = {**options, "brightness_range": None}  # wrong in Keras, which mixes the axes up
    results = []
    for module in (ours, theirs):
        generator = made(module, options, seed)
        generator.fit(images, augment=augment, rounds=2)
        batches = generator.flow(images, LABELS, **flow)
        found = [next(batches) for _ in range(len(batches) + 1)]
        batches.on_epoch_end()
        found += [batches[index] for index in range(len(batches))]
        found.append(generator.random_transform(images[0], seed=4))
        results.append((found, [generator.mean, generator.std, generator.zca_whitening_matrix]))
    assert_same(results[0][0], results[1][0])
    for mine, keras2 in zip(results[0][1], results[1][1], strict=True):
        assert (mine is None) == (keras2 is None)
        if mine is not None:
            assert_same(mine, keras2)


def test_parts_of_a_batch():
    more = np.arange(7), np.arange(14).reshape(7, 2)
    weights = np.linspace(0, 1, 7)
    for x in (IMAGES, (IMAGES, more[0]), [IMAGES, list(more)]):
        for y in (None, LABELS):
            for sample_weight in (None, weights):
                results = [
                    next(
                        module.ImageDataGenerator().flow(
                            x, y, 3, False, sample_weight=sample_weight
                        )
                    )
                    for module in (ours, theirs)
                ]
                assert_same(*results)


def test_weights_go_with_their_images():
    generator = ours.ImageDataGenerator(validation_split=0.4)
    weights = np.arange(7.0)
    for subset, expected in (("validation", [0, 1]), ("training", [2, 3, 4, 5, 6])):
        batches = generator.flow(
            IMAGES, LABELS, shuffle=False, sample_weight=weights, subset=subset
        )
        assert next(batches)[2].tolist() == expected


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp("images")
    for name, count in (("b", 4), ("a", 5), ("c", 0)):
        (top / name / "deep").mkdir(parents=True)
        for index in range(count):
            place = top / name / "deep" if index == 2 else top / name
            pixels = RANDOM.integers(0, 256, (8 + index, 12, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(place / f"{index}.{('png', 'BMP')[index % 2]}")
        (top / name / "notes.txt").write_text("")
    return top


DIRECTORY = [
    {},
    {"class_mode": "sparse", "shuffle": False, "target_size": (5, 7), "batch_size": 4},
    {"class_mode": "binary", "classes": ["b", "a"], "color_mode": "grayscale", "seed": 3},
    {"class_mode": "input", "color_mode": "rgba", "interpolation": "bilinear"},
    {"class_mode": None, "keep_aspect_ratio": True},
    {"subset": "training", "seed": 1},
    {"subset": "validation", "shuffle": False},
]


@pytest.mark.parametrize("arguments", DIRECTORY, ids=str)
def test_folders(folder, arguments, capsys, tmp_path):
    results = []
    for module in (ours, theirs):
        saved = tmp_path / module.__name__
        saved.mkdir()
        generator = made(module, {"rotation_range": 30, "rescale": 1 / 255}, 5)
        batches = generator.flow_from_directory(
            str(folder), **{"target_size": (8, 9), "save_to_dir": saved} | arguments
        )
        found = [next(batches) for _ in range(3)] + [batches[0]]
        facts = [
            batches.class_indices, batches.filenames, batches.filepaths, batches.samples,
            batches.classes.tolist(), len(batches), batches.image_shape, capsys.readouterr().out,
            sorted(path.name for path in saved.iterdir()),
        ]  # fmt: skip
        results.append((found, facts))
    assert results[0][1] == results[1][1]
    assert_same(results[0][0], results[1][0])


FRAMES = [
    {},
    {"class_mode": "sparse", "classes": ["y", "x"], "shuffle": False},
    {"class_mode": "binary", "weight_col": "weight", "seed": 2},
    {"class_mode": "raw", "y_col": "number"},
    {"class_mode": "raw", "y_col": ["number", "weight"]},
    {"class_mode": "multi_output", "y_col": ["number", "class"]},
    {"class_mode": "categorical", "y_col": "several", "subset": "training"},
    {"class_mode": "categorical", "y_col": "several", "classes": ["p", "r"]},
    {"class_mode": None, "subset": "validation"},
    {"class_mode": "input", "validate_filenames": True},
]


@pytest.mark.filterwarnings("ignore:Found 1 invalid")
@pytest.mark.parametrize("arguments", FRAMES, ids=str)
def test_data_frames(folder, arguments, capsys):
    import pandas

    names = ["a/0.png", "a/1.BMP", "b/0.png", "b/none.png", "b/1.BMP", "a/deep/2.png"]
    frame = pandas.DataFrame(
        {
            "filename": names,
            "class": ["x", "y", "x", "x", "y", "y"],
            "number": [1, 2, 3, 4, 5, 6],
            "weight": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
            "several": [["p"], ["q", "r"], ["r"], ["p"], ["q"], ["p", "q"]],
        }
    )
    results = []
    for module in (ours, theirs):
        generator = made(module, {"horizontal_flip": True}, 5)
        batches = generator.flow_from_dataframe(
            frame.copy(), str(folder), target_size=(4, 5), batch_size=2, **arguments
        )
        found = [next(batches) for _ in range(3)]
        results.append((found, [batches.filenames, capsys.readouterr().out]))
    assert results[0][1] == results[1][1]
    assert_same(results[0][0], results[1][0])


def test_functions():
    x = IMAGES[0]
    calls = [
        ("random_rotation", (x, 40, 0, 1, 2)),
        ("random_shift", (x, 0.2, 0.4, 0, 1, 2, "wrap")),
        ("random_shear", (x, 20, 0, 1, 2, "constant", 3.0, 0)),
        ("random_zoom", (x, (0.5, 2), 0, 1, 2)),
        ("random_zoom", (x.transpose(2, 0, 1), (0.5, 2))),
        ("random_channel_shift", (x, 30, 2)),
        ("random_brightness", (x, (0.2, 2))),
        ("apply_brightness_shift", (x, 1.5, False)),
        ("apply_affine_transform", (x, 10, 1, 2, 3, 0.9, 1.1, 1, 0, 2)),
    ]
    for name, arguments in calls:
        results = []
        for module in (ours, theirs):
            np.random.seed(3)  # noqa: NPY002
            results.append(getattr(module, name)(*arguments))
        assert_same(*results)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda g: ours.ImageDataGenerator(zoom_range=(1, 2, 3)), r"zoom_range=\(1, 2, 3\)"),
        (lambda g: ours.ImageDataGenerator(brightness_range=2), "brightness_range=2"),
        (lambda g: ours.ImageDataGenerator(validation_split=1), "validation_split=1"),
        (lambda g: ours.ImageDataGenerator(data_format="last"), "data_format='last'"),
        (lambda g: g.flow(IMAGES[0]), r"Received: an array of shape \(6, 9, 3\)"),
        (lambda g: g.flow(IMAGES, LABELS[:3]), "7 images, and 3 in another part of y"),
        (lambda g: g.flow(IMAGES, LABELS, subset="test"), "Received: subset='test'"),
        (lambda g: g.flow(IMAGES, np.arange(7), subset="training"), "Both parts have the same"),
        (lambda g: g.flow(IMAGES)[1], "Received: index=1"),
        (lambda g: g.flow_from_directory(".", class_mode="raw"), "Received: class_mode='raw'"),
        (lambda g: g.flow_from_directory(".", color_mode="bgr"), "Received: color_mode='bgr'"),
        (lambda g: ours.apply_affine_transform(IMAGES, 3), r"Received: shape \(7, 6, 9, 3\)"),
    ],
)
def test_refusals(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong(ours.ImageDataGenerator())


def test_warnings():
    with pytest.warns(UserWarning, match="zca_whitening=True sets featurewise_center=True"):
        generator = ours.ImageDataGenerator(zca_whitening=True)
    with pytest.warns(UserWarning, match=r"call `fit` with some before"):
        next(generator.flow(IMAGES))
    with pytest.raises(TypeError, match=r"Received: 0 without names and \['folder'\]"):
        generator.flow_from_directory(".", folder=1)


def test_models_train_and_predict_with_it():
    import kerasish

    kerasish.utils.set_random_seed(1)

    model = kerasish.Sequential(
        [kerasish.Input((6, 9, 3)), kerasish.layers.Flatten(), kerasish.layers.Dense(1)]
    )
    model.compile(kerasish.optimizers.SGD(0.001), "mse")
    batches = ours.ImageDataGenerator(rescale=1 / 255).flow(IMAGES, LABELS, 3, shuffle=False)
    history = model.fit(batches, epochs=2, verbose=0)
    assert history.history["loss"][1] < history.history["loss"][0]
    expected = model.predict(IMAGES / 255, verbose=0)
    np.testing.assert_allclose(model.predict(batches, verbose=0), expected, rtol=1e-4, atol=1e-5)
