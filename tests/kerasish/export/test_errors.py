"""What can't be exported is refused, by name, with advice."""

import sys

import numpy as np
import pytest
import torch
from torch.nn.utils import prune

import kerasish
from kerasish import layers
from kerasish.export import ExportError, check_onnx, export_onnx
from kerasish.export.onnx import (
    activation_converter,
    cell_converter,
    layer_converter,
    mask_converter,
)
from kerasish.export.onnx.converters.core import convert_dense
from tests.kerasish.export.export_checker import check_export


def model_of(layer, shape=(None, 4), **call):
    start = kerasish.Input(shape)
    return kerasish.Model(start, layer(start, **call))


class Twice(layers.Layer):
    def call(self, inputs):
        return inputs * 2


class OtherDense(layers.Dense):
    def call(self, inputs, training=None):
        return super().call(inputs) + 1


class CountingMask(layers.Layer):
    supports_masking = True

    def call(self, inputs):
        return inputs

    def compute_mask(self, inputs, mask=None):
        return inputs.sum(-1) > 0

    def _makes_masks(self):
        return True


class OtherCell(layers.Layer):
    state_size = 3

    def __init__(self, start=0.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start
        self.built = True

    def call(self, inputs, states):
        output = states[0] + inputs.sum(-1, keepdim=True)
        return output, [output]

    def get_initial_state(self, batch_size=None):
        return [torch.full((batch_size or 1, 3), self.start)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: model_of(Twice(name="mine")),
            r"Layer 'mine' \(Twice\) can't be exported to ONNX.*layer_converter\(TheClass\)"
            r".*Received: .*Twice",
        ),
        (
            lambda: model_of(OtherDense(2, name="mine")),
            r"Layer 'mine' \(OtherDense\) can't be exported.*Received: .*OtherDense",
        ),
        (
            lambda: model_of(layers.Lambda(lambda x: x + 1, name="mine")),
            r"Layer 'mine' \(Lambda\) can't be exported.*Received: .*Lambda",
        ),
        (
            lambda: model_of(layers.Activation(lambda x: x + 1, name="mine")),
            r"Layer 'mine' \(Activation\) can't be exported.*no converter for this activation"
            r".*Received: <function",
        ),
        (
            lambda: model_of(layers.LSTM(2, activation=lambda x: x + 1, name="mine")),
            r"Layer 'mine' \(LSTM\) can't be exported.*no converter for this activation.*Received",
        ),
        (
            lambda: model_of(layers.RNN(OtherCell(name="mine"))),
            r"Cell 'mine' \(OtherCell\) can't be exported.*cell_converter.*Received: .*OtherCell",
        ),
        (
            lambda: model_of(layers.RNN(OtherCell(start=1.0), name="mine")),
            r"Layer 'mine' \(RNN\) has a cell with initial states of its own.*Received: cell=Other",
        ),
        (
            lambda: model_of(layers.Dropout(0.5, name="mine"), training=True),
            r"Layer 'mine' \(Dropout\) is called with training=True.*Received: training=True",
        ),
        (
            lambda: kerasish.Model(
                x := kerasish.Input(batch_shape=(2, 3, 4)),
                layers.LSTM(2, stateful=True, name="mine")(x),
            ),
            r"Layer 'mine' \(LSTM\) keeps its states.*stateful=False.*Received: stateful=True",
        ),
        (
            lambda: kerasish.Model(
                [
                    a := kerasish.Input((2,), name="a"),
                    b := kerasish.Input((2,), name="b", optional=True),
                ],
                layers.Dense(2)(a) + layers.Dense(2)(b),
            ),
            r"Input 'b' of model '.*' is optional.*Received: optional=True",
        ),
        (
            lambda: kerasish.Sequential([layers.Dense(2)], name="mine"),
            r"Model 'mine' has no inputs before it is built.*Received: a model that is not built",
        ),
        (lambda: layers.Dense(2), r"takes a Functional model.*Sequential one.*Received: Dense"),
        (
            lambda: model_of(layers.Dense(2, dtype="bfloat16"), shape=(3,)),
            r"dtype='float32'\) to store.*Received: dtype='bfloat16'",
        ),
    ],
    ids=[
        "class",
        "subclass",
        "lambda",
        "activation",
        "recurrent activation",
        "cell",
        "initial state",
        "training",
        "stateful",
        "optional",
        "not built",
        "layer",
        "type",
    ],
)
def test_refused(make, message, tmp_path):
    with pytest.raises(ExportError, match=message):
        export_onnx(make(), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_a_subclassed_model_is_refused(tmp_path):
    class Mine(kerasish.Model):
        def call(self, inputs):
            return inputs

    model = Mine()
    model(np.ones((2, 3), "float32"))
    with pytest.raises(ExportError, match=r"takes a Functional model.*Received: Mine"):
        model.export(tmp_path / "model.onnx")


def test_a_mask_of_unknown_making_is_refused(tmp_path):
    x = kerasish.Input((None, 4))
    model = kerasish.Model(x, layers.LSTM(2)(CountingMask(name="mine")(x)))
    with (
        layer_registered(CountingMask),
        pytest.raises(
            ExportError,
            match=r"Layer 'mine' \(CountingMask\).*class's masks.*mask_converter.*Received",
        ),
    ):
        export_onnx(model, tmp_path / "model.onnx")


def test_hooks_are_refused(tmp_path):
    model = model_of(layers.Dense(2, name="mine"))
    handle = model.mine.register_forward_hook(lambda module, args, output: output + 1)
    with pytest.raises(ExportError, match=r"Module 'mine' has hooks.*Received: \['test_hooks"):
        export_onnx(model, tmp_path / "model.onnx")
    handle.remove()
    check_export(model, tmp_path)
    prune.l1_unstructured(model.mine.linear, "weight", 0.5)
    with pytest.raises(ExportError, match=r"Module 'mine\.linear' has hooks.*Received: \['L1"):
        export_onnx(model, tmp_path / "model.onnx")
    prune.remove(model.mine.linear, "weight")
    check_export(model, tmp_path, random=False)


def test_parametrized_weights_are_those_that_run(tmp_path):
    model = model_of(layers.Dense(3, name="mine"))
    torch.nn.utils.parametrizations.weight_norm(model.mine.linear)
    check_export(model, tmp_path, random=False)


def test_modules_in_the_place_of_torchs_own_are_refused(tmp_path):
    class Shifted(torch.nn.Linear):
        def forward(self, inputs):
            return super().forward(inputs) + 1

    model = model_of(layers.Dense(3, name="mine"))
    model.mine.linear = Shifted(4, 3)
    with pytest.raises(
        ExportError, match=r"Layer 'mine' \(Dense\) computes with a module.*Received: .*Shifted"
    ):
        export_onnx(model, tmp_path / "model.onnx")


def test_an_edited_graph_is_refused(tmp_path):
    start = kerasish.Input((3,))
    model = kerasish.Model(start, layers.Dense(2)(start) * 2)
    node = next(node for node in model.graph.nodes if node.op == "call_function")
    node.args = (node.args[0], 3)
    model.recompile()
    with pytest.raises(ExportError, match=r"edited torch\.fx graph.*Received"):
        export_onnx(model, tmp_path / "model.onnx")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"opset": 16}, r"opsets from 17 to 21\. Received: opset=16"),
        ({"opset": True}, r"opsets from 17 to 21\. Received: opset=True"),
        ({"dtype": "int32"}, r"'float16', 'float32' or 'float64'\. Received: dtype='int32'"),
    ],
)
def test_options(options, message, tmp_path):
    with pytest.raises(ExportError, match=message):
        export_onnx(model_of(layers.Dense(2)), tmp_path / "model.onnx", **options)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("saved", {}, r"format='onnx'.*Received: filepath='saved', format=None"),
        ("a.onnx", {"format": "tf_saved_model"}, r"Received: .*format='tf_saved_model'"),
        ("a.onnx", {"input_signature": [1]}, r"Received: input_signature=\[1\]"),
        ("a.onnx", {"steps": 3}, r"options `opset`.*Received: \['steps'\]"),
        ("a.onnx", {"opset": 18, "opset_version": 18}, r"Received: \['opset', 'opset_version'\]"),
    ],
)
def test_the_method_of_models(name, options, message):
    with pytest.raises(ValueError, match=message):
        model_of(layers.Dense(2)).export(name, **options)


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_missing_packages(package, tmp_path, monkeypatch):
    model, path = model_of(layers.Dense(2)), tmp_path / "model.onnx"
    export_onnx(model, path)
    monkeypatch.setitem(sys.modules, package, None)
    call = export_onnx if package == "onnx" else check_onnx
    with pytest.raises(ImportError, match=rf"needs the package {package}.*kerasish\[onnx\]"):
        call(model, path)


def test_kerasish_starts_without_onnx():
    import subprocess

    code = "import sys, kerasish; assert not {'onnx', 'onnxruntime'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# Converters of the user's own.


class layer_registered:
    """Registers a converter that hands the inputs on, for the time of a block."""

    def __init__(self, cls):
        self.cls = cls

    def __enter__(self):
        layer_converter(self.cls)(lambda graph, layer, inputs: graph.op("Identity", inputs))

    def __exit__(self, *error):
        from kerasish.export.onnx.registry import LAYERS

        LAYERS._table.pop(self.cls)


def test_converters_of_ones_own(tmp_path):
    class Thrice(Twice):
        def call(self, inputs):
            return inputs * 3

    class Cell(OtherCell):
        pass

    def cube(x):
        return x**3

    @layer_converter(Thrice)
    def convert_thrice(graph, layer, inputs):
        return graph.op("Mul", inputs, graph.number(3, inputs))

    @cell_converter(Cell)
    def convert_cell(graph, cell, inputs, states):
        total = graph.reduce("ReduceSum", inputs, [1], keepdims=True)
        output = graph.op("Add", states[0], total)
        return output, [output]

    @activation_converter(cube)
    def convert_cube(graph, x):
        return graph.op("Mul", graph.op("Mul", x, x), x)

    start = kerasish.Input((None, 4))
    x = Thrice()(start)
    outputs = [x, layers.RNN(Cell(), return_sequences=True)(x), layers.Dense(2, activation=cube)(x)]
    check_export(kerasish.Model(start, outputs), tmp_path)


def test_no_converter_is_overwritten():
    with pytest.raises(ValueError, match=r"already: convert_dense\. Received: .*Dense"):
        layer_converter(layers.Dense)(convert_dense)
    with pytest.raises(ValueError, match=r"already: embedding_mask\. Received: .*Embedding"):
        mask_converter(layers.Embedding)(lambda *args: None)
