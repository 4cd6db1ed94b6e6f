"""The transform: round trips over every entry, autograd, compilation, and errors."""

import contextlib
from math import prod

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from weight_port import layouts, transform
from weight_port.errors import LayoutError

ENTRIES = {layout.describe(): layout for layout in layouts.entries()}
for _cls in ("LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU"):
    _stack = layouts.get(_cls, num_layers=2, bidirectional=True)
    ENTRIES[f"{_cls} twice in both directions"] = _stack
ROUND_TRIP = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DTYPES = ("float16", "float32", "float64", "int32")


def draw_sizes(data, layout):
    """Draw a size for every axis, equal for axes that are tied."""
    axes = {
        axis
        for plans in layout.plans.values()
        for pattern in (plans.pattern, *(a.pattern for a in plans.arrays))
        for axis in pattern.axes
    }
    sizes = {axis: data.draw(st.integers(1, 4), label=axis) for axis in sorted(axes)}
    sizes |= {a: sizes[b] for a, b in layout.ties.items() if b in sizes} | layout.known_sizes
    return sizes


def bind(layout, sizes):
    """Return the layout with the sizes that torch's shapes do not tell."""
    arguments = {name: sizes[axis] for name, axis in layout.parameters.items()}
    return layouts.get(layout.layer_class, **layout.variant, **arguments) if arguments else layout


def draw_shape(data, pattern, sizes):
    return pattern.shape(sizes) or tuple(data.draw(st.lists(st.integers(1, 3), max_size=3)))


def random_array(data, shape, dtype):
    """Return random bits that are ordinary numbers; sums of two do not round."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    return rng.integers(-1000, 1000, size=shape).astype(dtype)


def present(data, layout):
    """Draw which weights are there: all, or without those that a setting leaves out."""
    with_optional = data.draw(st.booleans())
    return [w.name for w in layout.weights if with_optional or not w.optional]


@pytest.mark.parametrize("as_tensor", [False, True], ids=["numpy", "torch"])
@pytest.mark.parametrize("entry", ENTRIES)
@ROUND_TRIP
@given(data=st.data())
def test_keras_to_torch_to_keras_keeps_every_bit(entry, as_tensor, data):
    layout = ENTRIES[entry]
    sizes = draw_sizes(data, layout)
    layout = bind(layout, sizes)
    dtype = data.draw(st.sampled_from(DTYPES))
    wrap = torch.from_numpy if as_tensor else np.asarray
    keras = {
        name: wrap(random_array(data, draw_shape(data, layout.plans[name].pattern, sizes), dtype))
        for name in present(data, layout)
    }
    there = transform.to_torch(layout, keras)
    shapes = {name: tuple(array.shape) for name, array in keras.items()}
    assert transform.torch_shapes(layout, shapes) == {n: tuple(a.shape) for n, a in there.items()}
    for name in layout.frozen_torch_names:
        if name in there:
            assert not np.asarray(there[name]).any()
    back = transform.to_keras(layout, there)
    assert list(back) == list(keras)
    for name, array in keras.items():
        assert type(back[name]) is type(array)
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


@pytest.mark.parametrize("as_tensor", [False, True], ids=["numpy", "torch"])
@pytest.mark.parametrize("entry", ENTRIES)
@ROUND_TRIP
@given(data=st.data())
def test_torch_to_keras_to_torch_keeps_every_bit(entry, as_tensor, data):
    layout = ENTRIES[entry]
    sizes = draw_sizes(data, layout)
    layout = bind(layout, sizes)
    dtype = data.draw(st.sampled_from(DTYPES))
    wrap = torch.from_numpy if as_tensor else np.asarray
    arrays = {}
    for name in present(data, layout):
        for plan in layout.plans[name].arrays:
            array = random_array(data, draw_shape(data, plan.pattern, sizes), dtype)
            arrays[plan.array.name] = wrap(array * 0 if plan.array.frozen else array)
    keras = transform.to_keras(layout, arrays)
    back = transform.to_torch(layout, keras)
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
    # One weight at a time gives the same; a shared array takes each weight into its part.
    single = {name: array * 0 for name, array in arrays.items()}
    for name, array in keras.items():
        single |= transform.weight_to_torch(layout, name, array, single)
    for name, array in arrays.items():
        np.testing.assert_array_equal(single[name], array)


def test_two_biases_are_summed_and_the_sum_goes_into_the_first():
    rng = np.random.default_rng(0)
    for cls, blocks in (("LSTM", 4), ("SimpleRNN", 1)):
        layout = layouts.get(cls)
        arrays = {
            "weight_ih_l0": rng.normal(size=(blocks * 3, 2)),
            "weight_hh_l0": rng.normal(size=(blocks * 3, 3)),
            "bias_ih_l0": rng.normal(size=blocks * 3),
            "bias_hh_l0": rng.normal(size=blocks * 3),
        }
        keras = transform.to_keras(layout, arrays)
        np.testing.assert_array_equal(keras["bias"], arrays["bias_ih_l0"] + arrays["bias_hh_l0"])
        back = transform.to_torch(layout, keras)
        np.testing.assert_array_equal(back["bias_ih_l0"], keras["bias"])
        assert not back["bias_hh_l0"].any()


@pytest.mark.parametrize(
    ("cls", "name", "torch_name"),
    [
        ("LSTM", "kernel", "weight_ih_l0"),
        ("LSTM", "recurrent_kernel", "weight_hh_l0"),
        ("SimpleRNN", "kernel", "weight_ih_l0"),
        ("Dense", "kernel", "weight"),
        ("Conv2D", "kernel", "weight"),
        ("ConvLSTM2D", "kernel", "input_conv.weight"),
        ("SeparableConv2D", "pointwise_kernel", "pointwise.weight"),
        ("BatchNormalization", "gamma", "weight"),
    ],
)
def test_where_the_gates_agree_a_weight_is_a_view(cls, name, torch_name):
    layout = layouts.get(cls)
    weight = layout.weight(name)
    pattern = next(a.pattern for a in layout.plans[name].arrays)
    sizes = dict.fromkeys(pattern.axes, 2) | {"gate": 4}
    shape = pattern.shape(sizes)
    assert weight.torch_names == (torch_name,)
    array = np.arange(prod(shape)).reshape(shape)
    tensor = torch.from_numpy(array)
    assert np.shares_memory(transform.weight_to_keras(layout, name, {torch_name: array}), array)
    view = transform.weight_to_keras(layout, name, {torch_name: tensor})
    assert view.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()
    assert layout.plans[name].arrays[0].to_keras.is_view
    assert not layouts.get("GRU").plans["kernel"].arrays[0].to_keras.is_view


@pytest.mark.parametrize("cls", ["LSTM", "GRU", "SimpleRNN"])
def test_gradients_flow_to_the_torch_parameters(cls):
    layout = layouts.get(cls)
    module = {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU, "SimpleRNN": torch.nn.RNN}[cls](2, 3)
    module.double()
    arrays = dict(module.named_parameters())
    for name in layout.names:
        factor = torch.randn(
            transform.weight_to_keras(layout, name, arrays).shape, dtype=torch.float64
        )
        module.zero_grad()
        (transform.weight_to_keras(layout, name, arrays) * factor).sum().backward()
        # The map is linear, so its gradient is the factor brought to torch's layout.
        expected = transform.weight_to_torch(layout, name, factor)
        for torch_name in layout.weight(name).torch_names:
            want = expected[torch_name]
            if torch_name in layout.frozen_torch_names:
                want = expected["bias_ih_l0"]  # the sum gives both the same gradient
            torch.testing.assert_close(arrays[torch_name].grad, want, rtol=0, atol=0)
        untouched = set(arrays) - set(layout.weight(name).torch_names)
        assert all(arrays[n].grad is None for n in untouched)


def test_packed_attention_takes_gradients_into_its_parts():
    layout = layouts.get("MultiHeadAttention", num_heads=2)
    module = torch.nn.MultiheadAttention(6, 2)
    arrays = dict(module.named_parameters())
    transform.weight_to_keras(layout, "key/kernel", arrays).sum().backward()
    grad = arrays["in_proj_weight"].grad
    assert grad[6:12].eq(1).all()
    assert not grad[:6].any()
    assert not grad[12:].any()


@pytest.mark.parametrize("place", ["meta", "fake"])
def test_shapes_alone_are_enough(place):
    context = FakeTensorMode() if place == "fake" else contextlib.nullcontext()
    with context, torch.device("meta" if place == "meta" else "cpu"):
        module = torch.nn.GRU(2, 3, 2, bidirectional=True)
        layout = layouts.get("GRU", num_layers=2, bidirectional=True)
        arrays = dict(module.named_parameters())
        keras = transform.to_keras(layout, arrays)
        assert keras["1/backward/bias"].shape == (2, 9)
        back = transform.to_torch(layout, keras)
        assert {n: a.shape for n, a in back.items()} == {n: a.shape for n, a in arrays.items()}
        assert back["weight_ih_l0"].device == arrays["weight_ih_l0"].device


@pytest.mark.parametrize("cls", ["LSTM", "GRU"])
def test_compiles_into_one_graph(cls):
    layout = layouts.get(cls)
    module = {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU}[cls](2, 3)
    arrays = dict(module.named_parameters())

    def penalty(values):
        return sum(
            (transform.weight_to_keras(layout, name, values) ** 2).sum(0).max()
            for name in layout.names
        )

    compiled = torch.compile(penalty, fullgraph=True, backend="aot_eager")
    expected = penalty(arrays)
    result = compiled(arrays)
    torch.testing.assert_close(result, expected)
    got = torch.autograd.grad(result, list(arrays.values()))
    want = torch.autograd.grad(expected, list(arrays.values()))
    torch.testing.assert_close(got, want)


def test_compiles_in_the_forward_pass_of_a_module_that_holds_its_layout():
    class Layer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.GRUCell(2, 3)  # Dynamo refuses the attributes of nn.GRU
            self.layout = layouts.get("GRUCell")

        @property
        def kernel(self):
            names = self.layout.plans["kernel"].weight.torch_names
            arrays = {name: getattr(self.rnn, name) for name in names}
            return transform.weight_to_keras(self.layout, "kernel", arrays)

        def forward(self, x):
            return x @ self.kernel

    layer, x = Layer(), torch.randn(4, 2)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), layer(x))
    exported = torch.export.export(layer, (x,)).module()
    torch.testing.assert_close(exported(x), layer(x))


def test_takes_h5py_datasets_and_lists(tmp_path):
    import h5py

    layout = layouts.get("GRU")
    keras = {"kernel": np.arange(18.0).reshape(2, 9), "recurrent_kernel": np.ones((3, 9))}
    want = transform.to_torch(layout, keras)
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        for name, array in keras.items():
            file[name] = array
        for given in (dict(file), {name: array.tolist() for name, array in keras.items()}):
            got = transform.to_torch(layout, given)
            for name, array in want.items():
                np.testing.assert_array_equal(got[name], array)


def test_converts_the_cudnn_layers_of_keras_2_as_keras_2_does():
    from tf_keras.src.saving.legacy.hdf5_format import _convert_rnn_weights

    rng = np.random.default_rng(0)
    for n, cls in ((4, "LSTM"), (3, "GRU")):
        for inputs, units in ((2, 3), (3, 2), (1, 4), (3, 3)):
            shapes = (inputs, n * units), (units, n * units), (2 * n * units,)
            old = [rng.normal(size=shape) for shape in shapes]
            layer = type(cls, (), {"reset_after": True})()
            want = _convert_rnn_weights(layer, [array.copy() for array in old])
            source, target = layouts.get(f"CuDNN{cls}"), layouts.get(cls)
            got = transform.convert(source, target, dict(zip(source.names, old, strict=True)))
            for a, b in zip(got.values(), want, strict=True):
                np.testing.assert_array_equal(a, b)


KERNELS = {"kernel": np.zeros((3, 20)), "recurrent_kernel": np.zeros((5, 20))}
LSTM, GRU = layouts.get("LSTM"), layouts.get("GRU")
PACKED = layouts.get("MultiHeadAttention", num_heads=2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: transform.to_torch(LSTM, KERNELS | {"recurrent_kernel": np.zeros((4, 20))}),
            r"LSTM weight 'recurrent_kernel': expected the pattern 'state \(gate unit\)', shape "
            r"\(5, 20\), with axis sizes {'state': 5, 'gate': 4, 'unit': 5}. "
            r"Received: shape \(4, 20\)",
        ),
        (
            lambda: transform.to_torch(LSTM, KERNELS | {"bias": np.zeros(21)}),
            r"'bias': .*\(20,\).*Received: shape \(21,\)",
        ),
        (
            lambda: transform.weight_to_torch(LSTM, "kernel", np.zeros((3, 19))),
            r"'kernel': expected the pattern 'in \(gate unit\)'.*Received: shape \(3, 19\)",
        ),
        (
            lambda: transform.weight_to_torch(LSTM, "kernel", np.zeros(20)),
            r"'kernel'.*Received: shape \(20,\)",
        ),
        (
            lambda: transform.weight_to_torch(GRU, "bias", np.zeros(9)),
            r"GRU\(reset_after=True\) weight 'bias': .*'set \(gate unit\)'.*shape \(9,\)",
        ),
        (
            lambda: transform.weight_to_torch(GRU, "bias", np.zeros((3, 9))),
            r"'set': 2.*Received: shape \(3, 9\)",
        ),
        (
            lambda: transform.weight_to_keras(GRU, "kernel", {"weight_ih_l0": np.zeros((8, 2))}),
            r"weight 'kernel': the torch arrays do not fit \(weight_ih_l0: '\(gate unit\) in'\), "
            r"with axis sizes {'gate': 3, .*Received: weight_ih_l0 \(8, 2\)",
        ),
        (
            lambda: transform.weight_to_keras(LSTM, "kernel", {"weight_ih_l0": np.zeros(8)}),
            r"'kernel'.*Received: weight_ih_l0 \(8,\)",
        ),
        (
            lambda: transform.weight_to_keras(LSTM, "bias", {"bias_ih_l0": np.zeros(8)}),
            r"needs the torch arrays \['bias_ih_l0', 'bias_hh_l0'\]. Received: \['bias_ih_l0'\]",
        ),
        (lambda: transform.weight_to_keras(LSTM, "gamma", {}), "Received: 'gamma'"),
        (lambda: transform.weight_to_torch(LSTM, "gamma", np.zeros(1)), "Received: 'gamma'"),
        (
            lambda: transform.to_torch(LSTM, {"kernel": np.zeros((3, 20)), "beta": np.zeros(1)}),
            r"missing: \['recurrent_kernel'\], unknown: \['beta'\]. Received: \['kernel', 'beta'\]",
        ),
        (
            lambda: transform.to_keras(layouts.get("Dense"), {"wait": np.zeros((1, 1))}),
            r"no torch arrays \['wait'\].*Received: \['wait'\]",
        ),
        (
            lambda: transform.to_keras(layouts.get("Dense"), {"bias": np.zeros(1)}),
            r"'kernel' needs the torch arrays \['weight'\]",
        ),
        (
            lambda: transform.to_keras(
                layouts.get("DepthwiseConv2D"), {"weight": np.zeros((6, 1, 3, 3))}
            ),
            r"does not tell the axes \['in', 'multiplier'\] apart.*weight \(6, 1, 3, 3\)",
        ),
        (
            lambda: transform.to_keras(
                layouts.get("DepthwiseConv2D", depth_multiplier=4),
                {"weight": np.zeros((6, 1, 3, 3))},
            ),
            r"'multiplier': 4.*Received: weight \(6, 1, 3, 3\)",
        ),
        (
            lambda: transform.to_keras(
                layouts.get("DepthwiseConv2D", depth_multiplier=2),
                {"weight": np.zeros((6, 2, 3, 3))},
            ),
            r"Received: weight \(6, 2, 3, 3\)",
        ),
        (
            lambda: transform.weight_to_torch(PACKED, "key/kernel", np.zeros((6, 2, 3))),
            r"'key/kernel' is a part of .*'in_proj_weight'.*Received: torch=None",
        ),
        (
            lambda: transform.weight_to_torch(PACKED, "key/kernel", np.zeros((6, 3, 2))),
            r"'head': 2.*Received: shape \(6, 3, 2\)",
        ),
        (
            lambda: transform.to_torch(
                PACKED,
                {f"{r}/kernel": np.zeros((6, 2, 3)) for r in ("query", "key", "value")}
                | {"attention_output/kernel": np.zeros((2, 3, 6)), "key/bias": np.zeros((2, 3))},
            ),
            r"'in_proj_bias' holds the weights .*all or none",
        ),
        (
            lambda: transform.convert(LSTM, layouts.get("Dense"), KERNELS),
            r"Dense has no torch arrays \['weight_ih_l0', 'weight_hh_l0'\]",
        ),
    ],
)
def test_errors_name_the_weight_the_pattern_and_the_shape(call, message):
    with pytest.raises(LayoutError, match=message):
        call()
