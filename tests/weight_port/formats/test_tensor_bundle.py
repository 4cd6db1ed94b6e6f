"""Checkpoints that TensorFlow wrote, against the values that TensorFlow has."""

from __future__ import annotations

import random
import shutil

import numpy as np
import pytest

from weight_port.formats import open_file
from weight_port.formats.tensor_bundle import keras_layers
from weight_port.formats.tensor_bundle.crc32c import crc32c

END = "/.ATTRIBUTES/VARIABLE_VALUE"


def everything(file):
    return {n: part.read(n) for part in (file, file.optimizer, file.other) for n in part}


def check_against_tensorflow(path, prefix):
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(prefix))
    expected = {
        name: reader.get_tensor(name)
        for name, dtype in reader.get_variable_to_dtype_map().items()
        if dtype != tf.string
    }
    with open_file(path) as file:
        read = everything(file)
    assert sorted(read) == sorted(expected)
    for name, array in expected.items():
        array = np.asarray(array)
        assert read[name].dtype.name == array.dtype.name
        assert read[name].shape == array.shape
        assert read[name].tobytes() == array.tobytes()


@pytest.fixture(scope="module")
def model():
    import tf_keras

    tf_keras.utils.set_random_seed(3)
    layers = tf_keras.layers
    made = tf_keras.Sequential(
        [
            layers.Input((5, 3)),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="both"),
            layers.Activation("tanh"),
            layers.BatchNormalization(name="norm"),
            *[layers.Dense(3, name=f"dense_{number}") for number in range(10)],
        ]
    )
    made.compile("adam", "mse", metrics=["mae"])
    rng = np.random.default_rng(0)
    made.fit(rng.random((4, 5, 3)), rng.random((4, 5, 3)), verbose=0)
    return made


def check_values(file, model, before=""):
    found = keras_layers(file)
    keys = [key for layer in found for key in layer.keys]
    assert sorted(keys) == sorted(file)
    by_name = {weight.name.removesuffix(":0"): weight.numpy() for weight in model.weights}
    for layer in found:
        assert layer.path.startswith(before + "layer_with_weights-")
        for key, full_name in zip(layer.keys, layer.full_names, strict=True):
            np.testing.assert_array_equal(file.read(key), by_name.pop(full_name))
    assert not by_name
    lstm, normal = ("kernel", "recurrent_kernel", "bias"), ("gamma", "beta")
    assert [(layer.path.removeprefix(before), layer.names) for layer in found] == [
        ("layer_with_weights-0/forward_layer/cell", lstm),
        ("layer_with_weights-0/backward_layer/cell", lstm),
        ("layer_with_weights-1", (*normal, "moving_mean", "moving_variance")),
        *[(f"layer_with_weights-{2 + number}", ("kernel", "bias")) for number in range(10)],
    ]


def test_save_weights(model, tmp_path):
    model.save_weights(tmp_path / "w", save_format="tf")
    for path in (tmp_path, tmp_path / "w", tmp_path / "w.index"):
        check_against_tensorflow(path, tmp_path / "w")
    with open_file(tmp_path / "w") as file:
        check_values(file, model)
        assert file.format == "tensorflow"
        assert {name.partition("/")[0] for name in file.optimizer} == {"optimizer"}
        # Two moments for each trained weight, the steps and the rate.
        assert len(file.optimizer) == 2 * len(model.trainable_weights) + 2
        kernel = f"layer_with_weights-2/kernel{END}"
        assert "layer_with_weights-2/kernel" in file.attributes[kernel]
        assert file.full_names[kernel] == "dense_0/kernel"


def test_saved_model(model, tmp_path):
    folder = tmp_path / "saved"
    model.save(folder, save_format="tf")
    check_against_tensorflow(folder, folder / "variables" / "variables")
    with open_file(folder) as file:
        check_values(file, model)
        assert file.config["class_name"] == "Sequential"
        assert [layer["config"]["name"] for layer in file.config["config"]["layers"]][1] == "both"
        assert file.metadata["keras_version"].startswith("2.")
        assert file.training["loss"] == "mse"
        assert file.layer_metadata["layer_with_weights-1"]["class_name"] == "BatchNormalization"
        assert all(name.startswith("keras_api/metrics/") for name in file.other)
        assert len(file.other) == 4
    with open_file(folder) as file:
        config, layers = file.config, file.layer_metadata
    metadata_moves_to_the_graph(folder)
    with open_file(folder) as file:
        check_values(file, model)
        assert file.config == config
        for path in ("layer_with_weights-0/forward_layer", "layer_with_weights-11"):
            assert file.layer_metadata[path] == layers[path]


def metadata_moves_to_the_graph(folder):
    """Make a SavedModel as TensorFlow before 2.5 wrote it."""
    from tensorflow.core.protobuf import saved_model_pb2
    from tf_keras.protobuf import saved_metadata_pb2

    stored = saved_metadata_pb2.SavedMetadata()
    stored.ParseFromString((folder / "keras_metadata.pb").read_bytes())
    whole = saved_model_pb2.SavedModel()
    whole.ParseFromString((folder / "saved_model.pb").read_bytes())
    objects = whole.meta_graphs[0].object_graph_def.nodes
    for node in stored.nodes:
        objects[node.node_id].user_object.metadata = node.metadata
    (folder / "saved_model.pb").write_bytes(whole.SerializeToString())
    (folder / "keras_metadata.pb").unlink()


def test_checkpoint_of_an_older_optimizer(model, tmp_path):
    import tensorflow as tf
    import tf_keras

    rng = np.random.default_rng(1)
    copy = tf_keras.models.clone_model(model)
    optimizer = tf_keras.optimizers.legacy.Adam()
    copy.compile(optimizer, "mse")
    copy.fit(rng.random((4, 5, 3)), rng.random((4, 5, 3)), verbose=0)
    prefix = tf.train.Checkpoint(model=copy, opt=optimizer).save(str(tmp_path / "ckpt"))
    moved = tmp_path / "moved"
    shutil.copytree(tmp_path, moved, ignore=shutil.ignore_patterns("moved"))
    for path in (prefix, tmp_path, moved):
        check_against_tensorflow(path, prefix)
    with open_file(prefix) as file:
        check_values(file, copy, "model/")
        assert list(file.other) == [f"save_counter{END}"]
        slots = [name for name in file.optimizer if ".OPTIMIZER_SLOT/opt/" in name]
        assert len(slots) == 2 * len(copy.trainable_weights)
        assert len(file.optimizer) == len(slots) + 5


def test_types_lists_and_shared_variables(tmp_path):
    import tensorflow as tf

    rng = np.random.default_rng(2)
    types = ["float16", "bfloat16", "float32", "float64", "bool", "complex64", "complex128"]
    types += [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
    root = tf.Module()
    root.by_type = [
        tf.Variable(tf.cast(10 * rng.random((2, 3)), dtype), name=dtype) for dtype in types
    ]
    root.scalar, root.empty = tf.Variable(3.5), tf.Variable(tf.zeros((0, 4)))
    root.text = tf.Variable(["a", "bc"])
    root.again = tf.Module()
    root.again.twice = root.scalar
    prefix = tf.train.Checkpoint(root=root).write(str(tmp_path / "c"))
    check_against_tensorflow(prefix, prefix)
    with open_file(prefix) as file:
        assert file.skipped == [f"text{END}"]
        assert file[f"by_type/1{END}"].dtype == "bfloat16"
        assert {"scalar", "again/twice"} <= set(file.attributes[f"scalar{END}"])
        layers = {layer.path: layer for layer in keras_layers(file)}
        assert layers["again"].keys == (f"scalar{END}",)
        assert layers["by_type"].names == tuple(str(number) for number in range(len(types)))


def test_graph_mode_with_parts_and_several_files(tmp_path):
    import tensorflow as tf

    v1 = tf.compat.v1
    rng = np.random.default_rng(4)
    with tf.Graph().as_default(), v1.Session(config=v1.ConfigProto(device_count={"CPU": 2})) as run:
        whole = []
        for name, shape, count in (("long", (70_000, 2), 3), ("net/wide", (5, 3), 2)):
            parts = v1.get_variable(
                name, shape, partitioner=v1.fixed_size_partitioner(count, 0), initializer=None
            )
            run.run([part.initializer for part in parts])
            for part in parts:
                part.load(rng.random(part.shape).astype("float32"), run)
            whole.append(np.concatenate([part.eval(run) for part in parts]))
        with tf.device("/cpu:1"):
            other = v1.get_variable("net/bias", initializer=tf.constant([1.0, 2.0]))
        run.run(other.initializer)
        v1.train.Saver(sharded=True).save(run, str(tmp_path / "model"))
    assert len(list(tmp_path.glob("model.data-*-of-00002"))) == 2
    check_against_tensorflow(tmp_path, tmp_path / "model")
    with open_file(tmp_path / "model") as file:
        np.testing.assert_array_equal(file.read("long"), whole[0])
        np.testing.assert_array_equal(file.read("net/wide"), whole[1])
        assert [(layer.path, layer.names) for layer in keras_layers(file)] == [
            ("", ("long",)),
            ("net", ("bias", "wide")),
        ]


def test_checksum():
    # The values that RFC 3720 gives, B.4.
    assert crc32c(b"") == 0
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E
    data = random.Random(5).randbytes(9_000_001)
    for size in (511, 512, 513, 4_999, 70_001, 1 << 22, len(data)):
        # In small pieces it is the plain loop, whole it is the lanes.
        piece = data[:size] if size < 1 << 17 else data[: 1 << 17]
        plain = 0
        for at in range(0, len(piece), 500):
            plain = crc32c(piece[at : at + 500], plain)
        assert crc32c(piece) == plain
        assert crc32c(data[7:size], crc32c(data[:7])) == crc32c(data[:size])
