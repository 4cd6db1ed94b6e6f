"""Arrays in the names and gate orders of other frameworks, against what those compute."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.weight_port.convert.keras_models import model_of
from weight_port import formats
from weight_port.convert import convert_file
from weight_port.errors import FileFormatError, LayoutError

X = np.random.default_rng(3).normal(size=(4, 6, 5)).astype("float32")


def arrays_of(name, layout, tmp_path):
    """What the layer gives in Keras, and its arrays as a framework names them."""
    model = model_of(name)
    model.save(tmp_path / "m.keras")
    report = convert_file(tmp_path / "m.keras", tmp_path / "m.npz", layout=layout)
    assert report.layout == layout
    with formats.open_file(tmp_path / "m.npz") as file:
        assert file.metadata["layout"] == layout
        layer = model.layers[1]
        return np.asarray(layer(X)), file.read_all(), layer.name


@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("LSTM", "LSTM"),
        ("LSTM without bias", "LSTM"),
        ("GRU", "GRU"),
        ("GRU before", "GRU"),
        ("SimpleRNN", "RNN"),
        ("Bidirectional LSTM", "LSTM"),
        ("Bidirectional GRU", "GRU"),
    ],
)
def test_onnx(name, operator, tmp_path):
    expected, arrays, layer = arrays_of(name, "onnx", tmp_path)
    directions = 2 if name.startswith("Bidirectional") else 1
    attributes = {"hidden_size": 3}
    if directions == 2:
        attributes["direction"] = "bidirectional"
    if operator == "GRU":
        attributes["linear_before_reset"] = int("before" not in name)
    node = helper.make_node(operator, ["X", "W", "R", "B"], ["", "Y_h"], **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [6, 4, 5])],
        [helper.make_tensor_value_info("Y_h", TensorProto.FLOAT, [directions, 4, 3])],
        [numpy_helper.from_array(arrays[f"{layer}.{part}"], part) for part in "WRB"],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (state,) = session.run(None, {"X": X.transpose(1, 0, 2)})
    np.testing.assert_allclose(np.concatenate(state, -1), expected, rtol=1e-5, atol=1e-6)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def dense(arrays, name, x):
    return x @ arrays[f"{name}/kernel"] + arrays.get(f"{name}/bias", 0.0)


def flax_lstm(arrays, x):
    """flax.linen.OptimizedLSTMCell: https://flax.readthedocs.io, nn.recurrent."""
    h = c = np.zeros((len(x), 3))
    for t in range(x.shape[1]):

        def gate(letter, t=t, h=h):
            return dense(arrays, f"i{letter}", x[:, t]) + dense(arrays, f"h{letter}", h)

        i, f, o = (sigmoid(gate(letter)) for letter in "ifo")
        c = f * c + i * np.tanh(gate("g"))
        h = o * np.tanh(c)
    return h


def flax_gru(arrays, x):
    """flax.linen.GRUCell: the new gate alone has a bias for the state's product."""
    h = np.zeros((len(x), 3))
    for t in range(x.shape[1]):
        r = sigmoid(dense(arrays, "ir", x[:, t]) + dense(arrays, "hr", h))
        z = sigmoid(dense(arrays, "iz", x[:, t]) + dense(arrays, "hz", h))
        n = np.tanh(dense(arrays, "in", x[:, t]) + r * dense(arrays, "hn", h))
        h = (1 - z) * n + z * h
    return h


@pytest.mark.parametrize(("name", "cell"), [("LSTM", flax_lstm), ("GRU", flax_gru)])
def test_flax(name, cell, tmp_path):
    expected, arrays, layer = arrays_of(name, "flax", tmp_path)
    own = {key.removeprefix(f"{layer}/"): array for key, array in arrays.items()}
    biased = {key.partition("/")[0] for key in own if key.endswith("/bias")}
    assert biased == ({"hi", "hf", "hg", "ho"} if name == "LSTM" else {"ir", "iz", "in", "hn"})
    np.testing.assert_allclose(cell(own, X.astype("float64")), expected, rtol=1e-5, atol=1e-6)


def test_flax_has_no_such_cell(tmp_path):
    with pytest.raises(LayoutError, match=r"flax.*reset_after=False"):
        arrays_of("GRU before", "flax", tmp_path)


def test_keras_keeps_its_own(tmp_path):
    _, arrays, layer = arrays_of("Bidirectional GRU", "keras", tmp_path)
    assert arrays[f"{layer}/forward_layer/kernel"].shape == (5, 9)
    assert arrays[f"{layer}/backward_layer/bias"].shape == (2, 9)


def test_cudnn_is_torchs(tmp_path):
    _, torchs, _ = arrays_of("GRU", "torch", tmp_path)
    _, cudnns, _ = arrays_of("GRU", "cudnn", tmp_path)
    assert torchs.keys() == cudnns.keys()
    for key, array in torchs.items():
        np.testing.assert_array_equal(array, cudnns[key])


def test_errors(tmp_path):
    model_of("LSTM").save(tmp_path / "m.keras")
    for arguments, message in (
        ({"layout": "caffe"}, r"one of \['torch', .*'caffe'"),
        ({"dtype": "int8"}, r"converted to one of .*'int8'"),
    ):
        with pytest.raises((LayoutError, FileFormatError), match=message):
            convert_file(tmp_path / "m.keras", tmp_path / "m.npz", **arguments)
    with pytest.raises(FileFormatError, match="not converted into itself"):
        convert_file(tmp_path / "m.keras", tmp_path / "m.keras")
    with pytest.raises(FileFormatError, match="ending of a file's name"):
        convert_file(tmp_path / "m.keras", tmp_path / "m.tflite")
    model_of("LSTM").save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(FileFormatError, match=r"none\. Give `like=`"):
        convert_file(tmp_path / "m.weights.h5", tmp_path / "n.keras")
    with pytest.raises(FileNotFoundError):
        convert_file(tmp_path / "no.keras", tmp_path / "m.npz")
    assert not (tmp_path / "m.npz").exists()


def test_dtype_and_overwrite(tmp_path):
    model_of("LSTM").save(tmp_path / "m.keras")
    convert_file(tmp_path / "m.keras", tmp_path / "m.safetensors", dtype="bfloat16")
    with formats.open_file(tmp_path / "m.safetensors") as file:
        assert {info.dtype for info in file.values()} == {"bfloat16"}
    before = (tmp_path / "m.safetensors").read_bytes()
    with pytest.raises(FileExistsError):
        convert_file(tmp_path / "m.keras", tmp_path / "m.safetensors", overwrite=False)
    assert (tmp_path / "m.safetensors").read_bytes() == before
