"""The logs for TensorBoard have the names, steps and values of Keras's."""

import json
import math
import re

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish import callbacks
from tests.kerasish.trainers import fit_cases

X, Y = fit_cases.data((5,), 2)


def read(folder):
    """Return the numbers by run, name and step, and the other records."""
    from tensorboard.backend.event_processing import event_file_loader
    from tensorboard.util import tensor_util

    numbers, others = {}, {}
    for path in sorted(folder.rglob("events.out.tfevents.*")):
        run = str(path.parent.relative_to(folder))
        for event in event_file_loader.EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                plugin = value.metadata.plugin_data.plugin_name
                key = (run, value.tag, event.step)
                array = tensor_util.make_ndarray(value.tensor)
                if array.dtype.kind == "f" and array.ndim == 0:
                    numbers[key] = float(array)
                else:
                    others[key] = plugin, array
    return numbers, others


@pytest.mark.parametrize("update_freq", ["epoch", 2])
def test_the_same_logs(tmp_path, update_freq):
    sides = []
    models = fit_cases.pair(keras, kerasish, fit_cases.dense_regression)
    for n, model in zip((keras, kerasish), models, strict=True):
        folder = tmp_path / n.__name__
        model.compile(n.optimizers.SGD(0.1), "mse", metrics=["mae"], run_eagerly=True)
        board = n.callbacks.TensorBoard(
            folder, histogram_freq=2, update_freq=update_freq, write_images=True
        )
        model.fit(
            X, Y, epochs=3, batch_size=10, shuffle=False, verbose=0,
            validation_split=0.3, callbacks=[board],
        )  # fmt: skip
        sides.append(read(folder))
    (expected, other), (found, our_other) = sides
    assert found.keys() == expected.keys()
    assert len(found) >= 3 * 5
    np.testing.assert_allclose(
        list(found.values()), [expected[key] for key in found], rtol=1e-5, atol=1e-6
    )
    ours, theirs = (
        sorted((run, re.sub(r"_\d+", "", tag), step, one) for (run, tag, step), (one, _) in records)
        for records in (our_other.items(), other.items())
    )
    assert ours == theirs
    described = json.loads(our_other["train", "keras", 0][1].item())
    known = json.loads(other["train", "keras", 0][1].item())
    assert described["class_name"] == known["class_name"]
    assert len(described["config"]["layers"]) == len(known["config"]["layers"])


def test_histograms_images_embeddings_and_traces(tmp_path):
    model = kerasish.Sequential(
        [
            kerasish.Input((3,), dtype="int32"),
            kerasish.layers.Embedding(5, 4, name="words"),
            kerasish.layers.Conv1D(3, 2),
            kerasish.layers.Flatten(),
            kerasish.layers.Dense(2),
        ]
    )
    model.compile("sgd", "mse")
    labels = tmp_path / "labels.tsv"
    labels.write_text("a\nb\nc\nd\ne\n")
    folder = tmp_path / "logs"
    board = callbacks.TensorBoard(
        folder,
        histogram_freq=1,
        write_images=True,
        write_steps_per_second=True,
        update_freq="batch",
        profile_batch=(2, 3),
        embeddings_freq=1,
        embeddings_metadata={"words": str(labels)},
    )
    x = np.random.default_rng(0).integers(0, 5, (20, 3))
    model.fit(x, x[:, :2], batch_size=5, epochs=2, verbose=0, callbacks=[board])
    numbers, others = read(folder)
    paces = [value for key, value in numbers.items() if "per_second" in key[1]]
    assert len(paces) == 8 + 2
    assert all(value > 0 and math.isfinite(value) for value in paces)
    weights = {weight.path for weight in model.weights}
    assert {tag for _, tag, _ in others} == {"keras"} | {
        f"{path}/{kind}" for path in weights for kind in ("histogram", "image")
    }
    (trace,) = folder.rglob("*.pt.trace.json")
    events = json.loads(trace.read_text())["traceEvents"]
    assert any("addmm" in event.get("name", "") for event in events)
    (projected,) = folder.rglob("00001/words/tensors.tsv")
    rows = np.loadtxt(projected)
    np.testing.assert_allclose(rows, model.layers[0].get_weights()[0], rtol=1e-5)
    assert projected.with_name("metadata.tsv").read_text().split() == list("abcde")
    unknown = callbacks.TensorBoard(folder, embeddings_freq=1, embeddings_metadata={"letters": "a"})
    with pytest.raises(ValueError, match=r"there are \['words'\]. Received: \['letters'\]"):
        model.fit(x, x[:, :2], verbose=0, callbacks=[unknown])


def test_arguments(tmp_path, monkeypatch):
    with pytest.warns(DeprecationWarning, match=r"\['batch_size', 'write_grads'\]"):
        callbacks.TensorBoard(tmp_path, batch_size=32, write_grads=True)
    with pytest.raises(ValueError, match=r"Received: \['logdir'\]"):
        callbacks.TensorBoard(logdir=tmp_path)
    for wrong in ({"update_freq": "step"}, {"update_freq": 0}, {"profile_batch": (3, 2)}):
        with pytest.raises(ValueError, match=r"Received: (update_freq|profile_batch)="):
            callbacks.TensorBoard(tmp_path, **wrong)
    assert callbacks.TensorBoard(tmp_path, profile_batch="3,5")._first == 3
    monkeypatch.setitem(__import__("sys").modules, "torch.utils.tensorboard", None)
    with pytest.raises(ImportError, match=r"pip install 'kerasish\[tensorboard\]'"):
        callbacks.TensorBoard(tmp_path)


def test_steps_wait_for_no_numbers(tmp_path, monkeypatch):
    """Callbacks that want no numbers from a step do not make it wait for a GPU."""
    from kerasish.callbacks import callback_list

    asked = []
    monkeypatch.setattr(callback_list, "numbers", lambda logs: asked.append(logs) or {})
    model = fit_cases.dense_regression(kerasish)
    model.compile("sgd", "mse")
    quiet = [
        callbacks.TensorBoard(tmp_path / "logs"),
        callbacks.ModelCheckpoint(tmp_path / "model.keras"),
        callbacks.BackupAndRestore(tmp_path / "backup"),
        callbacks.EarlyStopping(monitor="loss"),
    ]
    model.fit(X, Y, verbose=0, callbacks=quiet)
    assert not asked
    model.fit(X, Y, verbose=0, callbacks=[callbacks.TerminateOnNaN()], batch_size=50)
    assert len(asked) == 1
    assert isinstance(asked[0]["loss"], torch.Tensor)
