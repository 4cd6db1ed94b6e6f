"""Checkpoints of TensorFlow as layers, with a model's layers and without."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from tests.golden.index import FOLDER
from tests.golden.index import read as read_golden
from tests.weight_port.formats import bundle_writing as writing
from weight_port import layouts
from weight_port.convert import convert_file
from weight_port.errors import FileFormatError
from weight_port.formats import open_file
from weight_port.formats.tensor_bundle.crc32c import crc32c, masked
from weight_port.records.config_tree import config_tree
from weight_port.records.files import records_of
from weight_port.records.tensor_bundle import records_of_tensor_bundle

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
END = "/.ATTRIBUTES/VARIABLE_VALUE"
GOLDEN = [entry for entry in read_golden() if entry["format"] in ("tf checkpoint", "saved model")]


def arrays_by_path(records):
    return {record.path: record.weights.read_all() for record in records}


def entry(layer_class, name, **config):
    return {"class_name": layer_class, "config": {"name": name, **config}}


def tree_of(*layers, layer_class="Functional"):
    return config_tree(entry(layer_class, "model", layers=list(layers)))


def write_objects(prefix, objects, arrays):
    """Write arrays and a graph of objects.

    Args:
        prefix: Where to.
        objects: For each object its children by name, or the name of its array.
        arrays: The arrays by name.
    """
    graph = b""
    for item in objects:
        if isinstance(item, str):
            node = writing.field(1, b"VARIABLE_VALUE") + writing.field(3, (item + END).encode())
            node = writing.field(2, node)
        else:
            links = [
                writing.field(1, number) + writing.field(2, name.encode())
                for name, number in item.items()
            ]
            node = b"".join(writing.field(1, link) for link in links)
        graph += writing.field(1, node)
    lengths = len(graph).to_bytes(4, "little")
    between = masked(crc32c(lengths)).to_bytes(4, "little")
    data = writing.varint(len(graph)) + between + graph
    checksum = masked(crc32c(lengths + between + graph))
    rows = [(b"", writing.header())]
    rows.append((GRAPH.encode(), writing.entry(7, (), len(data), checksum=checksum)))
    for name in sorted(arrays):
        raw = arrays[name].tobytes()
        number = writing.NUMBERS[arrays[name].dtype.name]
        row = writing.entry(
            number, arrays[name].shape, len(raw), offset=len(data), checksum=masked(crc32c(raw))
        )
        rows.append(((name + END).encode(), row))
        data += raw
    writing.write_raw(prefix, rows, data)


@pytest.fixture
def two_dense(tmp_path):
    """A checkpoint of a model of an input and two Dense layers, the first without a bias."""
    rng = np.random.default_rng(0)
    first, second, bias = (rng.random(shape).astype("float32") for shape in ((3, 3), (3, 3), (3,)))
    names = ["layer_with_weights-0/kernel", "layer_with_weights-1/kernel"]
    names.append("layer_with_weights-1/bias")
    objects = [
        {
            "layer-0": 1,
            "layer_with_weights-0": 2,
            "layer-1": 2,
            "layer_with_weights-1": 3,
            "layer-2": 3,
        },
        {},
        {"kernel": 4},
        {"kernel": 5, "bias": 6},
        *names,
    ]
    write_objects(tmp_path / "c", objects, dict(zip(names, (first, second, bias), strict=True)))
    return tmp_path / "c", first, second, bias


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda entry: entry["file"])
def test_golden_files_have_the_weights_of_the_whole_model(golden):
    whole = next(
        other["file"]
        for other in read_golden()
        if other["format"] == "h5"
        and other["architecture"] == golden["architecture"]
        and other["file"].startswith("tf_keras/")
    )
    with open_file(FOLDER / whole) as model, open_file(FOLDER / golden["file"]) as file:
        expected = records_of(model)
        tree = config_tree(model.config)
        given = [tree] if file.config is None else [tree, None]
        for records in (records_of(file, one) for one in given):
            assert [r.path for r in records] == [r.path for r in expected]
            for one, two in zip(records, expected, strict=True):
                assert one.layer_class == two.layer_class
                assert one.layout is two.layout
                assert list(one.weights) == list(two.weights)
                for name in two.weights:
                    np.testing.assert_array_equal(one.weights.read(name), two.weights.read(name))
        # Without the model the arrays are the same, by layers of other names.
        file.config = None
        bare = records_of(file)
        assert [r.layer_class for r in bare] == [r.layer_class for r in expected]
        assert [list(r.weights) for r in bare] == [list(r.weights) for r in expected]


@pytest.mark.parametrize("layer_class", ["Functional", "Sequential"])
def test_places_of_layers(two_dense, layer_class):
    path, first, second, bias = two_dense
    layers = [entry("Dense", "b"), entry("Dense", "a")]
    if layer_class == "Functional":
        layers.insert(0, entry("InputLayer", "x"))
    else:  # whose checkpoints do not count the input
        layers = [entry("InputLayer", "x"), entry("Dropout", "d"), *layers]
    with open_file(path) as file:
        found = arrays_by_path(records_of(file, tree_of(*layers, layer_class=layer_class)))
    assert list(found) == ["b", "a"]
    np.testing.assert_array_equal(found["b"]["kernel"], first)
    np.testing.assert_array_equal(found["a"]["kernel"], second)
    np.testing.assert_array_equal(found["a"]["bias"], bias)


def test_layers_with_weights_are_counted_where_they_are_known(two_dense):
    path, first, _, _ = two_dense
    layers = [entry("Flatten", "f"), entry("Dense", "p"), entry("ReLU", "r"), entry("Dense", "q")]
    tree = tree_of(*layers)
    weighted = {"": [tree.children[1], tree.children[3]]}
    with open_file(path) as file:
        found = arrays_by_path(records_of_tensor_bundle(file, tree, with_weights=weighted))
        assert list(found) == ["p", "q"]
        np.testing.assert_array_equal(found["p"]["kernel"], first)
        with pytest.raises(FileFormatError, match=r"(?s)has 3 layers there.*Received: 2 layers"):
            records_of(file, tree)
        problems = []
        assert records_of_tensor_bundle(file, tree, problems=problems) == []
        assert len(problems) == 2
        assert problems[0].startswith("layer_with_weights-0: the file has 3 layers")


def test_arrays_of_a_class_that_the_table_does_not_have(two_dense):
    path, first, _, _ = two_dense
    layers = [entry("InputLayer", "x"), entry("Own", "own"), entry("Dense", "dense")]
    with open_file(path) as file:
        own, dense = records_of(file, tree_of(*layers))
        assert (own.layer_class, own.layout) == ("Own", None)
        np.testing.assert_array_equal(own.weights.read("kernel"), first)
        assert dense.layout is layouts.get("Dense")
        assert dense.keys["bias"] == f"layer_with_weights-1/bias{END}"


def test_models_within_attributes_lists_and_cells(tmp_path):
    rng = np.random.default_rng(1)
    names = ["net/k", "net/e", "net/c/kernel", "net/c/rec", "net/l/0/kernel", "net/l/1/kernel"]
    shapes = [(2, 3), (5, 2), (2, 8), (2, 8), (2, 2), (2, 4)]
    arrays = {n: rng.random(s).astype("float32") for n, s in zip(names, shapes, strict=True)}
    objects = [
        {"net": 1, "other": 12},
        {"encoder": 2, "table": 3, "rnn": 4, "many": 5},
        {"_kernel": 6},
        {"_embeddings": 7},
        {"cell": 8},
        {"0": 9, "1": 10},
        names[0],
        names[1],
        {"kernel": 11, "recurrent_kernel": 13},
        {"kernel": 14},
        {"kernel": 15},
        names[2],
        {},
        names[3],
        names[4],
        names[5],
    ]
    write_objects(tmp_path / "c", objects, arrays)
    parts = {
        "encoder": entry("Dense", "d"),
        "table": entry("Embedding", "e"),
        "rnn": entry("LSTM", "l"),
    }
    tree = config_tree(entry("Functional", "model", layers=[]))
    children = [
        type(tree)(name, name, part["config"]["name"], part["class_name"], {})
        for name, part in parts.items()
    ]
    children += [
        type(tree)(f"{name}", f"many/{name}", name, "Dense", {}) for name in ("dense", "dense_1")
    ]
    tree = type(tree)("", "", "model", "Own", {}, tuple(children))
    with open_file(tmp_path / "c") as file:
        records = {record.path: record for record in records_of(file, tree)}
        assert list(records) == ["encoder", "table", "rnn", "dense", "dense_1"]
        for path, weight, name in (
            ("encoder", "kernel", "net/k"),
            ("table", "embeddings", "net/e"),
            ("rnn", "recurrent_kernel", "net/c/rec"),
            ("dense", "kernel", "net/l/0/kernel"),
            ("dense_1", "kernel", "net/l/1/kernel"),
        ):
            np.testing.assert_array_equal(records[path].weights.read(weight), arrays[name])
        bare = {record.path: record for record in records_of(file)}
        assert list(bare) == ["net/encoder", "net/table", "net/rnn", "net/many/0", "net/many/1"]
        assert [r.layer_class for r in bare.values()] == [
            *("Dense", "Embedding", "LSTM", "Dense", "Dense")
        ]


@pytest.mark.parametrize(
    "name",
    [
        *("layer_with_weights-999999999", "layer_with_weights-99999999999999999999"),
        *("layer-1000000000", "_functional", "_layers", "..", "a/b", "cell", "vars", ""),
    ],
)
@pytest.mark.parametrize("inner", ["kernel", "_operations", "7", "layer-0"])
def test_attributes_that_lead_nowhere(tmp_path, name, inner):
    objects = [{name: 1}, {inner: 2}, {"kernel": 3}, "k"]
    write_objects(tmp_path / "c", objects, {"k": np.ones((2, 2), "float32")})
    with open_file(tmp_path / "c") as file:
        assert len(records_of(file)) == 1
        with pytest.raises(FileFormatError, match="no layer of the model is for"):
            records_of(file, tree_of(entry("Dense", "a"), entry("Dense", "b")))


@pytest.mark.parametrize("given", [False, True])
def test_many_layers_take_no_longer_each(tmp_path, given):
    """A number of steps that grows with its square would take minutes."""
    count = 8_000
    root = {f"layer_with_weights-{n}": n + 1 for n in range(count)}
    root |= {f"layer-{n}": n + 1 for n in range(count)}
    objects = [root, *({"kernel": count + 1 + n} for n in range(count))]
    objects += [f"k{n}" for n in range(count)]
    array = np.ones((1, 1), "float32")
    write_objects(tmp_path / "c", objects, {f"k{n}": array for n in range(count)})
    tree = tree_of(*(entry("Dense", f"d{n}") for n in range(count)))
    weighted = {"": tree.children} if given else None
    with open_file(tmp_path / "c") as file:
        start = time.perf_counter()
        records = records_of_tensor_bundle(file, tree, with_weights=weighted)
        assert [record.path for record in records] == [f"d{n}" for n in range(count)]
        problems = []
        short = tree_of(*(entry("Dense", f"d{n}") for n in range(count - 1)))
        assert not records_of_tensor_bundle(file, short, problems=problems)
        assert len(problems) == count
        assert time.perf_counter() - start < 20
        assert max(map(len, problems)) < 300


def test_two_models_in_one_checkpoint(tmp_path):
    one = {"layer_with_weights-0": 2, "layer-0": 2}
    objects = [{"a": 1, "b": 4}, one, {"kernel": 3}, "x"]
    objects += [{"layer_with_weights-0": 5, "layer-0": 5}, {"kernel": 6}, "y"]
    arrays = {"x": np.ones((2, 2), "float32"), "y": np.zeros((2, 2), "float32")}
    write_objects(tmp_path / "c", objects, arrays)
    with open_file(tmp_path / "c") as file:
        with pytest.raises(FileFormatError, match=r"b/layer_with_weights-0: .*not below 'a'"):
            records_of(file, tree_of(entry("Dense", "d")))
        assert [r.path for r in records_of(file)] == [
            "a/layer_with_weights-0",
            "b/layer_with_weights-0",
        ]


def test_names_of_tensorflow_1(tmp_path):
    rng = np.random.default_rng(2)
    arrays = {
        "both/forward_lstm/lstm_cell/kernel": rng.random((2, 4)).astype("float32"),
        "both/backward_lstm/lstm_cell/kernel": rng.random((2, 4)).astype("float32"),
        "out/bias": rng.random(3).astype("float32"),
    }
    writing.write_bundle(tmp_path / "c", arrays)
    inner = entry("LSTM", "lstm")
    layers = [entry("Bidirectional", "both", layer=inner), entry("Dense", "out")]
    with open_file(tmp_path / "c") as file:
        records = {record.path: record for record in records_of(file, tree_of(*layers))}
        for path, (name, array) in zip(
            ("both/forward_layer", "both/backward_layer", "out"), arrays.items(), strict=True
        ):
            np.testing.assert_array_equal(
                records[path].weights.read(name.rpartition("/")[2]), array
            )
        with pytest.raises(FileFormatError, match=r"out/bias.*no layer has it"):
            records_of(file, tree_of(layers[0]))


def test_layers_of_a_saved_model_without_an_architecture(tmp_path):
    """A subclassed model: the classes of its layers are told, not their arrangement."""
    import tf_keras

    class Own(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.steps = [tf_keras.layers.LayerNormalization(), tf_keras.layers.Dense(2)]

        def call(self, x):
            return self.steps[1](self.steps[0](x))

    model = Own()
    model(np.ones((2, 3), "float32"))
    model.save(tmp_path / "saved", save_format="tf")
    with open_file(tmp_path / "saved") as file:
        records = records_of(file)
    assert [(r.path, r.layer_class) for r in records] == [
        ("steps/0", "LayerNormalization"),
        ("steps/1", "Dense"),
    ]
    assert records[0].layout is not None
    assert records[0].config["epsilon"] == pytest.approx(1e-3)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda entry: entry["file"])
@pytest.mark.parametrize("ending", [".safetensors", ".weights.h5"])
def test_conversion(golden, ending, tmp_path):
    """The same file comes of a checkpoint as of the whole model."""
    folder, _, rest = golden["file"].partition("/")
    whole = FOLDER / folder / f"{golden['architecture']}.h5"
    assert rest
    convert_file(FOLDER / golden["file"], tmp_path / f"one{ending}", like=whole)
    convert_file(whole, tmp_path / f"two{ending}")
    with open_file(tmp_path / f"one{ending}") as one, open_file(tmp_path / f"two{ending}") as two:
        assert sorted(one) == sorted(two)
        for name in two:
            np.testing.assert_array_equal(one.read(name), two.read(name))


def test_conversion_without_an_architecture(tmp_path):
    source = FOLDER / "tf_keras" / "lstm_stacked.checkpoint" / "weights"
    report = convert_file(source, tmp_path / "w.safetensors")
    assert (report.layers, report.as_they_are) == (3, [])
    with open_file(tmp_path / "w.safetensors") as file:
        assert "layer_with_weights-1.weight_hh_l0" in file
        assert "keras_config" not in json.dumps(dict(file.metadata))
    with pytest.raises(FileFormatError, match="like="):
        convert_file(source, tmp_path / "w.keras")
