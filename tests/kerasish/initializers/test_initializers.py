"""Initializers against Keras's: values, configs and lookup."""

import copy
import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasish import initializers, layers, random
from kerasish.initializers.windows import WINDOWS as window_names
from kerasish.initializers.windows import window_values
from kerasish.saving import custom_object_scope, register_keras_serializable

DRAWN = [
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": -1, "maxval": 2.5}),
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 0.3, "stddev": 2}),
    ("TruncatedNormal", {}),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 0.7}),
    ("VarianceScaling", {}),
    ("VarianceScaling", {"scale": 0.3, "mode": "fan_out", "distribution": "untruncated_normal"}),
    ("VarianceScaling", {"scale": 2, "mode": "fan_avg", "distribution": "normal"}),
    ("VarianceScaling", {"mode": "fan_avg", "distribution": "Uniform"}),
    ("VarianceScaling", {"input_axes": [0], "output_axes": [-1]}),
    ("GlorotUniform", {}),
    ("GlorotNormal", {}),
    ("HeNormal", {}),
    ("HeUniform", {}),
    ("LecunNormal", {}),
    ("LecunUniform", {}),
]
# Vectors, matrices, and kernels of convolutions of one to three dimensions.
SHAPES = [(7,), (7, 5), (1, 1), (64, 257), (3, 4, 5), (3, 3, 4, 8), (1, 2, 3, 4, 5)]
DTYPES = ["float16", "bfloat16", "float32", "float64"]


def _float64(value):
    if isinstance(value, torch.Tensor):
        return value.double().numpy()
    return tf.cast(value, "float64").numpy()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "arguments"), DRAWN)
def test_drawn_values(name, arguments, dtype):
    ours = getattr(initializers, name)(**arguments, seed=11)
    theirs = getattr(keras.initializers, name)(**arguments, seed=11)
    for shape in SHAPES:
        one, other = ours(shape, dtype), theirs(shape, dtype)
        assert one.dtype == getattr(torch, dtype) == ours(shape, one.dtype).dtype
        tolerance = 1e-12 if dtype == "float64" else 0
        np.testing.assert_allclose(
            _float64(one), _float64(other), rtol=tolerance, atol=tolerance, strict=True
        )


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float16", 3e-3), ("float32", 1e-6), ("float64", 1e-13)]
)
@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_orthogonal_values(gain, dtype, tolerance):
    ours = initializers.Orthogonal(gain, seed=3)
    theirs = keras.initializers.Orthogonal(gain, seed=3)
    for shape in ((1, 1), (5, 5), (5, 20), (20, 5), (64, 256), (3, 3, 4, 8), (1, 1, 2, 40)):
        np.testing.assert_allclose(
            _float64(ours(shape, dtype)),
            _float64(theirs(shape, dtype)),
            atol=tolerance,
            strict=True,
        )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("units", [16, 64, 200])
def test_square_orthogonal_differs_by_the_rounding_of_keras(units, seed):
    ours = initializers.Orthogonal(seed=seed)((units, units))
    theirs = keras.initializers.Orthogonal(seed=seed)((units, units))
    drawn = random.normal((units, units), dtype="float32", seed=seed)
    # The first-order bound of QR's sensitivity, in units of float32's last place.
    bound = 4 * np.finfo(np.float32).eps * np.linalg.cond(drawn.double().numpy())
    assert np.abs(_float64(ours) - _float64(theirs)).max() < bound


@settings(max_examples=25, deadline=None)
@given(
    shape=st.lists(st.integers(1, 12), min_size=2, max_size=4),
    gain=st.floats(0.1, 10),
    seed=st.integers(0, 2**31),
)
def test_orthogonal_is_orthogonal(shape, gain, seed):
    matrix = initializers.Orthogonal(gain, seed)(shape, "float64").reshape(-1, shape[-1])
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    expected = gain**2 * torch.eye(matrix.shape[1], dtype=torch.float64)
    torch.testing.assert_close(matrix.T @ matrix, expected, rtol=1e-12, atol=1e-12 * gain**2)


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "dtypes"),
    [
        ("Zeros", {}, (3, 4), [*DTYPES, "int32", "bool"]),
        ("Ones", {}, (3, 4), [*DTYPES, "int32", "bool"]),
        ("Constant", {"value": 0.3}, (3, 4), DTYPES),
        ("Constant", {"value": 2.7}, (3, 4), ["int32"]),
        ("Constant", {"value": [1.0, 2.0]}, (3, 2), DTYPES),
        ("Identity", {}, (3, 4), DTYPES),
        ("Identity", {"gain": 0.3}, (4, 3), DTYPES),
        ("Identity", {"gain": 2}, (3, 3), ["int32"]),
    ],
)
def test_constant_values(name, arguments, shape, dtypes):
    for dtype in dtypes:
        ours = getattr(initializers, name)(**arguments)(shape, dtype)
        theirs = getattr(keras.initializers, name)(**arguments)(shape, dtype)
        assert ours.dtype == getattr(torch, dtype)
        np.testing.assert_array_equal(_float64(ours), _float64(theirs), strict=True)


@pytest.mark.parametrize("window", [None, np.hanning(16).tolist()])
@pytest.mark.parametrize("scaling", [None, "density", "spectrum"])
@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 3e-7), ("float64", 1e-14)])
def test_stft_values(side, scaling, window, dtype, tolerance):
    ours = initializers.STFT(side, window, scaling)((16, 1, 9), dtype)
    theirs = keras.initializers.STFT(side, window, scaling)((16, 1, 9), dtype)
    np.testing.assert_allclose(_float64(ours), _float64(theirs), atol=tolerance, strict=True)


@pytest.mark.parametrize(
    ("name", "numpy_name"),
    [("hann", "hanning"), ("hamming", "hamming"), ("blackman", "blackman"), ("bartlett",) * 2],
)
def test_named_windows(name, numpy_name):
    numpy_window = getattr(np, numpy_name)
    for periodic, window in ((False, numpy_window(16)), (True, numpy_window(17)[:16])):
        by_name = initializers.STFT("imag", name, periodic=periodic)((16, 1, 9), "float64")
        by_values = initializers.STFT("imag", window)((16, 1, 9), "float64")
        torch.testing.assert_close(by_name, by_values, rtol=0, atol=1e-15)


# The first three values of six (symmetric) and of four (periodic) of scipy.signal.get_window.
WINDOWS = {
    "barthann": (0.0, 0.358573542138, 0.879426457862, 0.0, 0.5, 1.0),
    "bartlett": (0.0, 0.4, 0.8, 0.0, 0.5, 1.0),
    "blackman": (0.0, 0.200770143263, 0.849229856737, 0.0, 0.34, 1.0),
    "blackmanharris": (6e-05, 0.103011489346, 0.793833510654, 6e-05, 0.21747, 1.0),
    "bohman": (0.0, 0.179123893706, 0.834311452258, 0.0, 0.318309886184, 1.0),
    "boxcar": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "cosine": (0.258819045103, 0.707106781187, 0.965925826289, 0.309016994375, 0.809016994375, 1.0),
    "flattop": (
        -0.000421051,
        -0.067714252076,
        0.606872152576,
        -0.000421051,
        -0.05473684,
        1.000000003,
    ),
    "hamming": (0.08, 0.397852182588, 0.912147817412, 0.08, 0.54, 1.0),
    "hann": (0.0, 0.345491502813, 0.904508497187, 0.0, 0.5, 1.0),
    "lanczos": (0.0, 0.504551152427, 0.935489283789, 0.0, 0.636619772368, 1.0),
    "nuttall": (0.0003628, 0.11051525305, 0.79825809695, 0.0003628, 0.2269824, 1.0),
    "parzen": (0.009259259259, 0.25, 0.861111111111, 0.016, 0.424, 1.0),
    "triang": (0.166666666667, 0.5, 0.833333333333, 0.333333333333, 0.666666666667, 1.0),
}


@pytest.mark.parametrize("name", sorted(WINDOWS))
def test_windows_are_those_of_scipy(name):
    values = torch.cat([window_values(name, 6, False)[:3], window_values(name, 4, True)[:3]])
    expected = torch.tensor(WINDOWS[name], dtype=torch.float64)
    torch.testing.assert_close(values, expected, rtol=0, atol=1e-11)
    for periodic, mirrored in ((False, slice(None)), (True, slice(1, None))):
        values = window_values(name, 9, periodic)[mirrored]
        torch.testing.assert_close(values, values.flip(0), rtol=0, atol=1e-14)


def test_all_windows_are_tested():
    assert set(WINDOWS) | {"hanning", "sinc", "ones", "rect"} == set(window_names)


def test_short_time_fourier_transform():
    signal = np.random.default_rng(0).standard_normal(16)
    window = torch.signal.windows.nuttall(16, sym=False, dtype=torch.float64).numpy()
    expected = np.fft.rfft(signal * window / window.sum())
    for side, part in (("real", expected.real), ("imag", expected.imag)):
        kernel = initializers.STFT(side, "nuttall", "spectrum", periodic=True)(
            (16, 1, 9), "float64"
        )
        np.testing.assert_allclose(signal @ kernel[:, 0].numpy(), part, atol=1e-14)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_weights_after_set_random_seed(name):
    keras.utils.set_random_seed(42)
    theirs = getattr(keras.layers, name)(5)
    theirs.build((2, 8, 3))
    random.set_random_seed(42)
    ours = getattr(layers, name)(5)
    ours(torch.zeros(2, 8, 3))
    kernel, recurrent, bias = ours.get_weights()
    np.testing.assert_array_equal(kernel, theirs.get_weights()[0])
    np.testing.assert_allclose(recurrent, theirs.get_weights()[1], atol=1e-6)
    np.testing.assert_array_equal(bias, theirs.get_weights()[2])


def test_unseeded_initializers_draw_in_the_order_they_are_made():
    names = ("glorot_uniform", "orthogonal", "zeros", "he_normal", "uniform")
    keras.utils.set_random_seed(42)
    theirs = [keras.initializers.get(name) for name in names]
    random.set_random_seed(42)
    ours = [initializers.get(name) for name in names]
    for one, other in zip(reversed(ours), reversed(theirs), strict=True):
        first = one((4, 6))
        np.testing.assert_allclose(_float64(first), _float64(other((4, 6))), atol=1e-6)
        assert torch.equal(one((4, 6)), first)


def test_seed_generator_as_seed():
    ours = initializers.HeNormal(random.SeedGenerator(5))
    theirs = keras.initializers.HeNormal(keras.random.SeedGenerator(5))
    for _ in range(3):
        np.testing.assert_array_equal(ours((3, 4)).numpy(), theirs((3, 4)).numpy())


ALL = [
    *DRAWN,
    ("Zeros", {}),
    ("Ones", {}),
    ("Constant", {"value": 2}),
    ("Orthogonal", {"gain": 3.0}),
    ("STFT", {"side": "imag", "window": None, "scaling": "spectrum", "periodic": True}),
]


@pytest.mark.parametrize(("name", "arguments"), ALL)
def test_configs(name, arguments):
    seeded = dict(DRAWN).get(name) is not None or name == "Orthogonal"
    for seed in (None, 7) if seeded else (None,):
        given = {**arguments, "seed": seed} if seeded else arguments
        ours = getattr(initializers, name)(**given)
        theirs = getattr(keras.initializers, name)(**given)
        assert ours.get_config() == theirs.get_config()
        config = initializers.serialize(ours)
        assert config == keras.initializers.serialize(theirs)
        for other in (
            initializers.deserialize(config),
            initializers.get(config),
            ours.clone(),
            type(ours).from_config(ours.get_config()),
        ):
            assert type(other) is type(ours)
            assert other.get_config() == ours.get_config()


def test_config_of_identity():
    # Keras's own config has no gain.
    config = initializers.serialize(initializers.Identity(3.0))
    assert keras.initializers.deserialize(config).gain == 3.0
    assert initializers.deserialize(config).gain == 3.0
    assert initializers.get("identity").gain == 1.0


def test_config_with_a_seed_generator():
    config = keras.initializers.serialize(
        keras.initializers.GlorotUniform(keras.random.SeedGenerator(5, name="mine"))
    )
    ours = initializers.deserialize(config)
    assert initializers.serialize(ours) == config
    assert torch.equal(ours((3, 4)), initializers.GlorotUniform(5)((3, 4)))


@pytest.mark.parametrize("name", sorted(keras.src.initializers.ALL_OBJECTS_DICT))
def test_names(name):
    if name in ("Initializer", "initializer"):
        assert issubclass(initializers.GlorotUniform, initializers.Initializer)
        return
    expected = keras.src.initializers.ALL_OBJECTS_DICT[name].__name__
    assert type(initializers.get(name)).__name__ == expected
    config = {"value": 1.0} if expected == "Constant" else {}
    config = {"class_name": name, "config": config}
    assert type(initializers.get(config)).__name__ == expected


def test_public_names():
    missing = {name for name in dir(keras.initializers) if not name.startswith("_")} - set(
        dir(initializers)
    )
    assert not missing
    for name in dir(keras.initializers):
        theirs = getattr(keras.initializers, name)
        if isinstance(theirs, type):
            assert getattr(initializers, name).__name__ == theirs.__name__


def test_get_takes_objects_classes_callables_and_arrays():
    ours = initializers.HeNormal(3)
    assert initializers.get(ours) is ours
    assert initializers.get(None) is None
    assert type(initializers.get(initializers.HeNormal)) is initializers.HeNormal

    def halves(shape, dtype=None):
        return torch.full(shape, 0.5)

    assert initializers.get(halves) is halves
    for array in (np.eye(3), torch.eye(3, requires_grad=True)):
        given = initializers.get(array)
        values = given((3, 3), "float64")
        assert values.dtype == torch.float64
        assert not values.requires_grad
        assert torch.equal(values, torch.eye(3, dtype=torch.float64))
        with pytest.raises(ValueError, match=r"shape \(3, 3\).* Received: shape=\(3, 4\)"):
            given((3, 4))
        values.zero_()
        assert given((3, 3)).sum() == 3


@pytest.mark.parametrize("name", ["GlorotUniform", "Orthogonal", "RandomNormal", "Zeros"])
def test_dtype_in_a_config_of_early_keras_2_is_left_out(name):
    config = {"class_name": name, "config": {"dtype": "float32"}}
    assert type(initializers.get(config)).__name__ == name
    assert config["config"] == {"dtype": "float32"}
    with pytest.raises(TypeError, match="misspelt"):
        initializers.get({"class_name": name, "config": {"misspelt": 1}})


def test_dtype_in_a_config_reaches_a_constructor_that_takes_it():
    class Typed(initializers.Initializer):
        def __init__(self, dtype):
            self.dtype = dtype

    assert Typed.from_config({"dtype": "float16"}).dtype == "float16"


def test_registered_initializer():
    @register_keras_serializable("mine")
    class Halves(initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return torch.full(tuple(shape), 0.5)

    config = initializers.serialize(Halves())
    assert isinstance(initializers.deserialize(config), Halves)
    with custom_object_scope({"Halves": Halves}):
        assert isinstance(initializers.get("Halves"), Halves)


@pytest.mark.parametrize(("name", "arguments"), ALL)
def test_copies(name, arguments):
    ours = getattr(initializers, name)(**arguments)
    shape = (16, 1, 9) if name == "STFT" else (4, 6)
    for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert torch.equal(other(shape), ours(shape))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: initializers.get("glorot_unifrm"), "Did you mean .*Received: 'glorot_unifrm'"),
        (lambda: initializers.get(3), "Received: 3"),
        (lambda: initializers.HeNormal("a"), "HeNormal's `seed` .* Received: seed='a'"),
        (lambda: initializers.VarianceScaling(0), "more than 0. Received: scale=0"),
        (lambda: initializers.VarianceScaling(mode="fan"), "Received: mode='fan'"),
        (
            lambda: initializers.VarianceScaling(distribution="beta"),
            "Received: distribution='beta'",
        ),
        (lambda: initializers.Orthogonal()((3,)), r"two dimensions .* Received: shape=\(3,\)"),
        (lambda: initializers.Identity()((3, 3, 3)), r"Received: shape=\(3, 3, 3\)"),
        (lambda: initializers.Identity(0.5)((3, 3), "int32"), "int32. Received: gain=0.5"),
        (lambda: initializers.Constant([1, 2])((3, 3)), r"shape \(2,\).* Received: shape=\(3, 3\)"),
        (lambda: initializers.STFT("left"), "Received: side='left'"),
        (lambda: initializers.STFT(scaling="l2"), "Received: scaling='l2'"),
        (lambda: initializers.STFT(window="han"), "known are .*hann.* Received: window='han'"),
        (lambda: initializers.STFT()((3, 3)), r"Received: shape=\(3, 3\)"),
        (lambda: initializers.STFT(window=[1, 2])((3, 1, 5)), r"Received: window of shape \(2,\)"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_base_class_has_no_values():
    with pytest.raises(NotImplementedError, match=r"Initializer .* Received: shape=\(3,\)"):
        initializers.Initializer()((3,))
