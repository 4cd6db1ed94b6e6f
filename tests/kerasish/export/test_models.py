"""Whole models: nested, shared, several inputs and outputs, names, sizes, types."""

import numpy as np
import onnx
import onnxruntime
import pytest

import kerasish
from kerasish import layers
from kerasish.export import check_onnx
from tests.kerasish.export.export_checker import check_export, randomize


def interface(path):
    """Names and shapes of the inputs, and names of the outputs."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = [(one.name, one.shape) for one in session.get_inputs()]
    return inputs, [one.name for one in session.get_outputs()]


def test_names_and_sizes(tmp_path):
    tokens = kerasish.Input((None,), dtype="int32", name="tokens")
    frame = kerasish.Input((4,), batch_size=None, name="frame")
    x, h, c = layers.LSTM(3, return_sequences=True, return_state=True, name="encoder")(
        layers.Embedding(5, 4)(tokens)
    )
    y = layers.Dense(2, name="head")(frame)
    model = kerasish.Model([tokens, frame], [y, x, h, c, frame])
    check_export(model, tmp_path)
    inputs, outputs = interface(tmp_path / "model.onnx")
    assert inputs == [("tokens", ["batch", "time"]), ("frame", ["batch", 4])]
    assert outputs == ["head", "encoder", "encoder_1", "encoder_2", "frame_1"]
    assert model.output_names == ["head", "encoder", "encoder", "encoder", "frame"]


def test_several_lengths_have_names_of_their_own(tmp_path):
    one, other = kerasish.Input((None, None, 2), name="a"), kerasish.Input((None, 3), name="b")
    model = kerasish.Model([one, other], [layers.Dense(2)(one), layers.GRU(2)(other)])
    check_export(model, tmp_path)
    inputs, _ = interface(tmp_path / "model.onnx")
    assert inputs == [
        ("a", ["batch", "time_a", "axis_2_a", 2]),
        ("b", ["batch", "time_b", 3]),
    ]


def test_sizes_of_outputs_are_named_where_they_follow(tmp_path):
    x = kerasish.Input((None, 4), name="x")
    outputs = [
        layers.LSTM(3, return_sequences=True)(layers.Masking()(x)),
        layers.Bidirectional(layers.GRU(2, return_sequences=True))(x),
        layers.TimeDistributed(layers.Dense(5))(x),
        layers.RNN(layers.LSTMCell(3), return_sequences=True)(x),
        layers.Permute((2, 1))(x),
        x[:, 1:],
        x.mean(),
        x.mean(dim=(1, 2)),
    ]
    check_export(kerasish.Model(x, outputs), tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    shapes = [one.shape for one in session.get_outputs()]
    assert shapes == [
        ["batch", "time", 3],
        ["batch", "time", 4],
        ["batch", "time", 5],
        ["batch", "time", 3],
        ["batch", 4, "time"],
        ["batch", None, 4],
        [],
        ["batch"],
    ]


def test_a_fixed_batch_size_stays(tmp_path):
    start = kerasish.Input((3,), batch_size=4, name="x")
    check_export(kerasish.Model(start, layers.Dense(2)(start)), tmp_path)
    assert interface(tmp_path / "model.onnx")[0] == [("x", [4, 3])]


def test_layers_named_as_what_the_file_names_itself(tmp_path):
    start = kerasish.Input((3,), name="constant")
    x = layers.Dense(3, name="dense/MatMul")(start)
    model = kerasish.Model(start, [x + 1, layers.Activation("relu", name="Add")(x * 2)])
    check_export(model, tmp_path)


def test_nested_models_and_shared_layers(tmp_path):
    start = kerasish.Input((None, 4))
    inner = kerasish.Model(
        start, [layers.Dense(4)(start), layers.LSTM(4, return_sequences=True)(start)], name="inner"
    )
    stack = kerasish.Sequential(
        [
            kerasish.Input((None, 4)),
            layers.Masking(),
            inner_lstm := layers.LSTM(4, return_sequences=True),
        ]
    )
    x = kerasish.Input((None, 4))
    one, other = inner(x)
    three, four = inner(layers.Add()([one, other]))
    y = stack(stack(three))
    model = kerasish.Model(x, [four, y, layers.GRU(2)(y), inner_lstm(x)])
    check_export(model, tmp_path)


def test_masks_go_into_models_and_out_of_them(tmp_path):
    tokens = kerasish.Input((None,), dtype="int32")
    x = layers.Embedding(4, 3, mask_zero=True)(tokens)
    start = kerasish.Input((None, 3))
    inner = kerasish.Model(start, layers.GRU(3, return_sequences=True)(start))
    model = kerasish.Model(tokens, layers.LSTM(2, return_sequences=True)(inner(x)))
    check_export(model, tmp_path)


def test_inputs_of_a_model_inside_fit_its_rank(tmp_path):
    start = kerasish.Input((6, 1))
    inner = kerasish.Model(start, layers.LSTM(2)(start))
    flat = kerasish.Input((6,))
    check_export(kerasish.Model(flat, inner(flat)), tmp_path)


def test_a_replaced_layer_is_the_one_that_runs(tmp_path):
    start = kerasish.Input((3,))
    model = kerasish.Model(start, layers.Dense(2, name="old")(start))
    new = layers.Dense(2, activation="tanh", name="new")
    new.build((None, 3))
    model.old = new
    assert "Tanh" in check_export(model, tmp_path)


@pytest.mark.parametrize(
    "make",
    [
        lambda: kerasish.Sequential([layers.Dense(3), layers.Dense(2)]),
        lambda: kerasish.Sequential([layers.Masking(), layers.LSTM(3)]),
    ],
)
def test_a_model_built_by_data_takes_any_batch(make, tmp_path):
    model = make()
    model(np.ones((7, 3, 4), "float32"))
    check_export(model, tmp_path)
    assert interface(tmp_path / "model.onnx")[0][0][1] == ["batch", 3, 4]


@pytest.mark.parametrize("opset", [17, 18, 19, 20, 21])
def test_opsets(opset, tmp_path):
    start = kerasish.Input((None, 4))
    x = layers.Masking()(start)
    outputs = [
        layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x),
        layers.GRU(3, activation="silu")(x),
        start.mean(dim=1),
        start.sum(1),
        layers.Dot(2, normalize=True)([start, start]),
    ]
    check_export(kerasish.Model(start, outputs), tmp_path, opset=opset)
    loaded = onnx.load(tmp_path / "model.onnx")
    assert [one.version for one in loaded.opset_import] == [opset]


@pytest.mark.parametrize(
    ("model_dtype", "dtype", "precision"),
    [
        ("float64", "float32", "float32"),
        ("float32", "float64", "float32"),
        ("float32", "float16", "float16"),
        ("bfloat16", "float32", "bfloat16"),
    ],
)
def test_another_type(model_dtype, dtype, precision, tmp_path):
    start = kerasish.Input((None, 4), dtype=model_dtype)
    x = layers.Masking(dtype=model_dtype)(start)
    x = layers.Bidirectional(
        layers.LSTM(3, dtype=model_dtype, return_sequences=True), dtype=model_dtype
    )(x)
    x = layers.Dense(2, activation="selu", dtype=model_dtype)(x)
    model = kerasish.Model(start, x[:, -1] * 2)
    check_export(model, tmp_path, precision=precision, dtype=dtype)
    kinds = {one.type for one in onnxruntime.InferenceSession(tmp_path / "model.onnx").get_inputs()}
    names = {"float16": "float16", "float32": "float", "float64": "double"}
    assert kinds == {f"tensor({names[dtype]})"}


@pytest.mark.parametrize("nested", [False, True])
def test_inputs_have_types_of_their_own(nested, tmp_path):
    """A model's type says nothing of its inputs: doubles are not rounded to the model's float32."""
    start = kerasish.Input((3,), dtype="float64")
    model = kerasish.Model(start, start * 3)
    if nested:
        model = kerasish.Sequential([kerasish.Input((3,), dtype="float64"), model])
    inputs = np.random.default_rng(0).normal(size=(4, 3))
    check_export(model, tmp_path, inputs=inputs, precision="float64")


def test_structures_of_inputs_and_outputs(tmp_path):
    a, b = kerasish.Input((None, 2), name="a"), kerasish.Input((3,), name="b")
    outputs = {"y": layers.GRU(2)(a), "x": (layers.Dense(2)(b), layers.Dense(1)(b))}
    check_export(kerasish.Model({"second": b, "first": a}, outputs), tmp_path)


def test_export_is_a_method_of_models(tmp_path, capsys):
    model = kerasish.Sequential([kerasish.Input((3,)), layers.Dense(2)])
    randomize(model)
    model.export(tmp_path / "a.onnx", verbose=True)
    assert capsys.readouterr().out.endswith(f"is in {tmp_path / 'a.onnx'} as onnx.\n")
    model.export(tmp_path / "b.bin", format="onnx", opset_version=20)
    assert onnx.load(tmp_path / "b.bin").opset_import[0].version == 20
    model.export(str(tmp_path / "c.onnx"), opset=17, dtype="float64")
    for name in ("a.onnx", "b.bin", "c.onnx"):
        check_onnx(model, tmp_path / name)


def test_training_mode_changes_nothing(tmp_path):
    start = kerasish.Input((8,))
    model = kerasish.Model(start, layers.Dropout(0.5)(layers.Dense(4)(start)))
    model.train()
    check_export(model, tmp_path)
    assert model.training
