"""`predict`: what it takes, what it gives, what it shows."""

import inspect
import re
import sys
import time

import keras
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import kerasish
from tests.kerasish.model_checker import assert_same, build_both, listed
from tests.kerasish.model_zoo import VECTORS


def dense(n):
    inputs = n.Input((3,), name="x")
    return n.Model(inputs, n.layers.Dense(2)(inputs))


@pytest.fixture(scope="module")
def pair():
    return build_both(dense)


ROWS = np.random.default_rng(1).normal(size=(70, 3))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "int8", "bool"])
def test_arrays_of_all_dtypes(pair, dtype):
    x = (ROWS * 3).astype(dtype)
    theirs, ours = (model.predict(x, verbose=0) for model in pair)
    assert isinstance(ours, np.ndarray)
    assert_same(ours, theirs)
    assert_same(pair[1].predict(torch.tensor(x), verbose=0), theirs)


def test_integer_inputs_and_float64_models():
    def make(n):
        whole, double = n.Input((3,), dtype="int32"), n.Input((3,), dtype="float64")
        return n.Model([whole, double], [whole * 2, double * 3])

    theirs, ours = build_both(make)
    x = [ROWS * 3, ROWS]
    assert_same(ours.predict(x, verbose=0), theirs.predict(x, verbose=0))


class Frame:
    """Rows and columns that NumPy can read, as a DataFrame of pandas is."""

    def __init__(self, values):
        self.values = values
        self.shape = values.shape

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


def test_frames(pair):
    expected = pair[1].predict(ROWS, verbose=0)
    np.testing.assert_array_equal(pair[1].predict(Frame(ROWS), verbose=0), expected)


@pytest.mark.parametrize(
    ("batch_size", "steps", "rows", "batches"),
    [(None, None, 70, 3), (16, None, 70, 5), (None, 4, 70, 4), (16, 2, 32, 2), (100, None, 70, 1)],
)
def test_batches(pair, batch_size, steps, rows, batches):
    counts = []
    for n, model in zip((keras, kerasish), pair, strict=True):
        sizes = []

        class Counter(keras.callbacks.Callback if n is keras else object):
            def on_predict_batch_end(self, batch, logs, sizes=sizes):
                sizes.append((batch, logs["outputs"].shape))

        result = model.predict(ROWS, batch_size, 0, steps, callbacks=[Counter()])
        counts.append((result.shape, sizes))
    assert counts[0] == counts[1]
    assert counts[1][0] == (rows, 2)
    assert len(counts[1][1]) == batches


# Keras warns at the end of each generator.
ends = pytest.mark.filterwarnings("ignore:Your input ran out of data")


@ends
def test_generators_loaders_and_datasets(pair):
    theirs, ours = pair
    x, y = ROWS.astype("float32"), np.zeros(70)
    expected = ours.predict(x, verbose=0)

    def parts(make):
        return (make(x[i : i + 20], y[i : i + 20]) for i in range(0, 70, 20))

    for make in (lambda x, y: (x,), lambda x, y: (x, y), lambda x, y: (x, y, y)):
        assert_same(theirs.predict(parts(make), verbose=0), expected)
        assert_same(ours.predict(parts(make), verbose=0), expected)
    assert_same(ours.predict(parts(lambda x, y: x), verbose=0), expected)
    assert_same(ours.predict(parts(lambda x, y: [x]), verbose=0), expected)
    assert_same(ours.predict(parts(lambda x, y: {"x": x}), verbose=0), expected)

    dataset = TensorDataset(torch.tensor(x), torch.tensor(y))
    assert_same(theirs.predict(DataLoader(dataset, batch_size=9), verbose=0), expected)
    assert_same(ours.predict(DataLoader(dataset, batch_size=9), verbose=0), expected)
    assert_same(ours.predict(dataset, verbose=0), expected)
    assert_same(ours.predict(dataset, batch_size=7, verbose=0), expected)


def test_endless_generator_needs_steps(pair):
    def endless():
        while True:
            yield (ROWS[:4],)

    assert pair[1].predict(endless(), steps=3, verbose=0).shape == (12, 2)


def test_data_that_end_before_the_steps_warn(pair):
    generator = ((ROWS[:4],) for _ in range(2))
    with pytest.warns(UserWarning, match="2 of 5 steps"):
        assert pair[1].predict(generator, steps=5, verbose=0).shape == (8, 2)


def structures(n):
    a, b = n.Input((3,), name="a"), n.Input((3,), name="b")
    one, two = n.layers.Dense(2)(a), n.layers.Dense(4)(b)
    inputs = [a, b]
    return [
        n.Model(inputs, outputs)
        for outputs in (one, [one], [one, two], (one, two), {"one": one, "two": {"x": [two]}})
    ]


@pytest.mark.parametrize("rows", [5, 40])
def test_structures_of_outputs(rows):
    made = []
    for n in (keras, kerasish):
        n.utils.clear_session()
        made.append(structures(n))
    x = [ROWS[:rows], ROWS[-rows:]]
    for theirs, ours in zip(*made, strict=True):
        ours.set_weights(theirs.get_weights())
        expected = listed(theirs.predict(x, verbose=0))
        assert_same(ours.predict(x, verbose=0), expected)
        assert_same(ours.predict({"b": x[1], "a": x[0]}, verbose=0), expected)
        few = [v[:3] for v in x]
        assert_same(ours.predict_on_batch(few), listed(listed(theirs.predict_on_batch(few))))
        assert_same(ours([torch.tensor(v).float() for v in x]), theirs(x))


def stateful(n):
    inputs = n.Input(batch_shape=(2, 4, 2))
    return n.Model(inputs, n.layers.LSTM(3, stateful=True)(inputs))


def test_states_go_on_from_batch_to_batch():
    theirs, ours = build_both(stateful)
    for layer in (theirs.layers[1], ours.layers[1]):
        layer.reset_states() if hasattr(layer, "reset_states") else layer.reset_state()
    x = np.random.default_rng(0).normal(size=(6, 4, 2)).astype("float32")
    expected = theirs.predict(x, batch_size=2, verbose=0)
    found = ours.predict(x, batch_size=2, verbose=0)
    assert_same(found, expected)
    assert_same(
        ours.predict(x, batch_size=2, verbose=0), theirs.predict(x, batch_size=2, verbose=0)
    )
    assert not np.allclose(ours.predict(x, batch_size=2, verbose=0), found)


def test_inference_whatever_the_mode():
    inputs = kerasish.Input((3,))
    model = kerasish.Model(inputs, kerasish.layers.Dropout(0.5)(inputs))
    model.train()
    np.testing.assert_array_equal(model.predict(VECTORS, verbose=0), VECTORS)
    assert model.training
    weights = kerasish.layers.Dense(1)
    model = kerasish.Sequential([kerasish.Input((3,)), weights])
    assert isinstance(
        model.predict(torch.tensor(VECTORS, requires_grad=True), verbose=0), np.ndarray
    )


class Recorder:
    def __init__(self):
        self.seen = []

    def set_params(self, params):
        self.seen.append(params)

    def set_model(self, model):
        self.model = model

    def on_predict_begin(self, logs=None):
        self.seen.append("begin")

    def on_predict_batch_begin(self, batch, logs=None):
        self.seen.append(("batch", batch))

    def on_predict_batch_end(self, batch, logs=None):
        self.seen.append(("done", batch, sorted(logs)))
        self.model.stop_predicting = batch == 1

    def on_predict_end(self, logs=None):
        self.seen.append("end")


def test_callbacks_as_in_keras(pair):
    class KerasRecorder(Recorder, keras.callbacks.Callback):
        model = None

    recorders = KerasRecorder(), Recorder()
    for model, recorder in zip(pair, recorders, strict=True):
        assert model.predict(ROWS, batch_size=20, verbose=0, callbacks=[recorder]).shape == (40, 2)
    assert recorders[1].seen == recorders[0].seen


@pytest.mark.parametrize("verbose", [0, 1, 2, "auto"])
@pytest.mark.parametrize("rows", [20, 330])
def test_what_is_shown(pair, capsys, verbose, rows):
    shown = []
    for model in pair:
        model.predict(np.ones((rows, 3)), verbose=verbose)
        shown.append(last_line(capsys.readouterr().out))
    assert shown[1] == shown[0]
    count = "1/1" if rows == 20 else "11/11"
    expected = {0: "", 2: f"{count} - 0s - T/step"}
    assert shown[1] == expected.get(verbose, f"{count} {'━' * 20} 0s T/step")


@ends
def test_what_is_shown_where_the_number_of_batches_is_not_known(pair, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    for model in pair:
        # Batches that take their time, as the bar is drawn anew only every 50 ms.
        model.predict((time.sleep(0.06) or ROWS[:4],) for _ in range(3))
        out = capsys.readouterr().out
        shown.append((last_line(out), "1/Unknown" in plain(out)))
    assert shown[0] == shown[1] == (f"3/3 {'━' * 20} 0s T/step", True)


def plain(text):
    return re.sub(r"\x1b\[\d+m", "", text)


def last_line(text):
    """What stays on a terminal, without colours and without the time of a step."""
    text = re.split(r"[\r\b]", plain(text).rstrip("\n"))[-1]
    return re.sub(r"\d+(s|ms|us)/step", "T/step", text).rstrip()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": [[1.0, 2.0, 3.0]]}, r"np\.array.*Received: x=\[\[1\.0"),
        ({"x": "text"}, "Received: x='text'"),
        ({"x": None}, "Received: x=None"),
        ({"x": np.float32(1)}, "Received: x="),
        ({"x": np.array(1.0)}, "without axes"),
        ({"x": [ROWS, ROWS[:3]]}, r"equal numbers of samples.*\(70, 3\), \(3, 3\)"),
        ({"x": [ROWS, ROWS]}, r"takes 1 input\(s\).*2 input\(s\)"),
        ({"x": {"other": ROWS}}, r"takes 1 input.*Received: \['other'\]"),
        ({"x": ROWS[:, :2]}, r"'x' of model 'functional' has shape \(None, 3\).*\(32, 2\)"),
        ({"x": (b for b in ())}, "no batch from x of type generator"),
        ({"x": (b for b in [(1, 2, 3, 4)])}, "a tuple of 4 parts"),
        ({"x": (b for b in [(ROWS,)]), "batch_size": 3}, "batch_size=3 with x of type generator"),
        ({"x": ROWS, "batch_size": -1}, "Received: -1"),
        ({"x": ROWS, "verbose": 3}, "Received: verbose=3"),
        ({"x": ROWS, "callbacks": [object()]}, "on_predict_begin.*Received: callbacks="),
        ({"x": np.array([["a", "b", "c"]])}, "numbers"),
    ],
)
def test_errors(pair, arguments, message):
    with pytest.raises(ValueError, match=message):
        pair[1].predict(**{"verbose": 0, **arguments})


def test_signature():
    def of(model):
        return list(inspect.signature(model.predict).parameters.items())

    keras_model, model = keras.Model, kerasish.Model
    # Keras 2's arguments come last.
    assert [(name, p.default) for name, p in of(model)][:-1] == [
        (name, p.default) for name, p in of(keras_model)
    ]
