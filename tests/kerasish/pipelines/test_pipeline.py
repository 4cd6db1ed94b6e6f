"""`Pipeline` against `tf.data.Dataset`: the same elements in the same order."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasish.pipelines import Pipeline
from kerasish.utils import set_random_seed

STEPS = st.one_of(
    st.tuples(st.just("batch"), st.integers(1, 4), st.booleans()),
    st.tuples(st.just("unbatch")),
    st.tuples(st.just("shuffle"), st.integers(1, 9), st.integers(0, 2**33), st.booleans()),
    st.tuples(st.just("shuffle"), st.integers(1, 9)),
    st.tuples(st.just("take"), st.integers(-1, 9)),
    st.tuples(st.just("skip"), st.integers(0, 5)),
    st.tuples(st.just("repeat"), st.integers(1, 3)),
    st.tuples(st.just("cache")),
    st.tuples(st.just("prefetch"), st.just(-1)),
    st.tuples(st.just("map"), st.just(lambda x, y: (x * 2, y))),
    st.tuples(st.just("enumerate_and_drop")),
)


def start(kind):
    x, y = np.arange(22, dtype="float32").reshape(11, 2), np.arange(11)
    return kind.from_tensor_slices((x, y))


def applied(pipeline, steps):
    for name, *arguments in steps:
        if name == "enumerate_and_drop":
            pipeline = pipeline.enumerate().map(lambda number, pair: pair)
        else:
            pipeline = getattr(pipeline, name)(*arguments)
    return pipeline


def elements(pipeline):
    return [tuple(part.tolist() for part in pair) for pair in pipeline.as_numpy_iterator()]


@settings(deadline=None, max_examples=30)
@given(st.lists(STEPS, max_size=4), st.integers(0, 2**32 - 1))
def test_steps(steps, seed):
    depth = 0
    for name, *_ in steps:
        depth += {"batch": 1, "unbatch": -1}.get(name, 0)
        if depth not in (0, 1):
            return
    set_random_seed(seed)
    tf.random.set_seed(seed)
    ours, theirs = applied(start(Pipeline), steps), applied(start(tf.data.Dataset), steps)
    # Further passes, and what is derived, draw on from the same seeds.
    assert elements(ours.take(2)) == elements(theirs.take(2))
    # TensorFlow makes elements ahead where it is told to and after `map`; under `repeat` it then
    # begins one pass more than it needs, which takes seeds from later ones.
    names = {step[0] for step in steps}
    is_ahead = "repeat" in names and names & {"prefetch", "map", "enumerate_and_drop"}
    for _ in range(1 if is_ahead else 2):
        assert elements(ours) == elements(theirs)
    expected = int(theirs.cardinality())
    if "unbatch" not in [step[0] for step in steps]:
        assert int(ours.cardinality()) == expected
    if hasattr(ours, "__len__"):
        assert len(ours) == len(elements(ours))


def test_long_shuffle_without_a_seed_of_the_session(monkeypatch):
    """More words than the generator makes at once; TensorFlow's own seed stands for none."""
    monkeypatch.setattr("kerasish.random.seeding._random_seed", None)
    from tensorflow.python.eager import context

    monkeypatch.setattr(context.context(), "_seed", None)
    count = 3000
    ours = Pipeline.from_tensor_slices(np.arange(count)).shuffle(700, seed=3)
    theirs = tf.data.Dataset.range(count).shuffle(700, seed=3)
    for _ in range(2):
        assert [int(x) for x in ours] == list(theirs.as_numpy_iterator())
    # Without any seed the orders differ.
    free = [[int(x) for x in Pipeline.from_tensor_slices(np.arange(50)).shuffle(50)] for _ in "ab"]
    assert free[0] != free[1]
    assert sorted(free[0]) == list(range(50))


def test_structures():
    given_ = {"a": [1.5, 2.5, 3.5], "b": (["x", "y", "z"], np.arange(6).reshape(3, 2))}
    ours, theirs = Pipeline.from_tensor_slices(given_), tf.data.Dataset.from_tensor_slices(given_)
    for one, other in zip(
        ours.batch(2).as_numpy_iterator(), theirs.batch(2).as_numpy_iterator(), strict=True
    ):
        assert one["a"].dtype == other["a"].dtype
        np.testing.assert_array_equal(one["a"], other["a"])
        for mine, keras_part in zip(one["b"], other["b"], strict=True):
            assert mine.dtype == keras_part.dtype
            np.testing.assert_array_equal(mine, keras_part)
    rows = ours.batch(2).unbatch()
    assert [row["b"][0].tolist() for row in rows] == [b"x", b"y", b"z"]


def test_zip_concatenate_filter_and_generators():
    def numbers():
        yield from range(5)

    for kind in (Pipeline, tf.data.Dataset):
        signature = {"output_signature": tf.TensorSpec((), "int32")}
        odd = kind.from_generator(numbers, **signature).filter(lambda x: x % 2 == 1)
        both = odd.concatenate(kind.from_tensor_slices([7, 9]))
        pairs = kind.zip((both, kind.from_tensor_slices([[1], [2], [3]])))
        found = [(int(a), b.tolist()) for a, b in pairs.as_numpy_iterator()]
        assert found == [(1, [1]), (3, [2]), (7, [3])]
        assert int(pairs.cardinality()) == -2
        assert int(kind.from_tensor_slices([1]).repeat().cardinality()) == -1
        assert list(kind.from_tensor_slices([1]).repeat().take(3).as_numpy_iterator()) == [1] * 3


def test_lengths_that_are_not_known():
    endless = Pipeline.from_tensor_slices([1]).repeat()
    with pytest.raises(TypeError, match="no len"):
        len(endless)
    assert repr(endless) == "<Pipeline, elements: infinite>"
    assert repr(endless.take(2)) == "<SizedPipeline, elements: 2>"
    assert list(Pipeline.from_tensor_slices([1]).take(0).repeat()) == []


def test_cache_forgets_a_pass_that_ended_early():
    calls = []
    cached = Pipeline.from_tensor_slices([1, 2, 3]).map(lambda x: calls.append(1) or x).cache()
    next(iter(cached))
    assert (len(calls), len(list(cached)), len(list(cached)), len(calls)) == (1, 3, 3, 4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda p: p.batch(0), "Received: batch_size=0"),
        (lambda p: p.shuffle(0), "Received: buffer_size=0"),
        (lambda p: p.cache("file"), "Received: filename='file'"),
        (lambda p: list(p.map(lambda x: object())), "Received: object"),
        (lambda p: list(p.map(lambda x: torch.ones(int(x))).batch(2)), r"shapes \[\(1,\), \(2,\)"),
        (lambda p: list(p.unbatch()), r"Received: shapes \[\(\)\]"),
        (lambda p: Pipeline.from_tensor_slices(([1], [1, 2])), r"shapes \[\(1,\), \(2,\)\]"),
    ],
)
def test_refusals(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong(Pipeline.from_tensor_slices([1, 2]))


def test_training_takes_it():
    import kerasish

    x, y = np.random.default_rng(0).normal(size=(20, 3)).astype("float32"), np.arange(20.0) % 3
    losses = []
    for module, kind in ((kerasish, Pipeline), (keras, tf.data.Dataset)):
        model = module.Sequential([module.Input((3,)), module.layers.Dense(1)])
        model.set_weights([np.ones((3, 1)), np.zeros(1)])
        model.compile("sgd", "mse")
        data = kind.from_tensor_slices((x, y.astype("float32"))).batch(8).cache().prefetch(-1)
        history = model.fit(data, validation_data=data.take(1), epochs=2, verbose=0, shuffle=False)
        losses.append([*history.history["loss"], *history.history["val_loss"]])
        losses[-1].append(model.evaluate(data.repeat(), steps=2, verbose=0))
        losses[-1].append(float(model.predict(data, verbose=0).sum()))
    np.testing.assert_allclose(*losses, rtol=1e-5)


ORDERS = {
    "shuffled": lambda data: data.shuffle(20, seed=4).batch(8),
    "batches shuffled": lambda data: data.batch(4).shuffle(3).prefetch(-1),
    "cached": lambda data: data.shuffle(20).cache().shuffle(5).batch(8),
    "fixed": lambda data: data.shuffle(20, reshuffle_each_iteration=False).batch(8),
    "of unknown length": lambda data: data.shuffle(20).filter(lambda x, y: y > 0).batch(8),
    "twice": lambda data: data.shuffle(20).repeat(2).skip(3).batch(8),
}


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_training_in_random_order(name):
    """Epochs and validations take the random numbers that they take in Keras."""
    import kerasish

    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    y = np.arange(20, dtype="float32") % 3
    losses = []
    for module, kind in ((kerasish, Pipeline), (keras, tf.data.Dataset)):
        module.utils.set_random_seed(3)
        data = ORDERS[name](kind.from_tensor_slices((x, y)))
        model = module.Sequential([module.Input((3,)), module.layers.Dense(1)])
        model.compile(module.optimizers.SGD(0.3), "mse")
        arguments = {"verbose": 0, "shuffle": False}
        history = model.fit(data, validation_data=data.take(1), epochs=3, **arguments).history
        losses.append([*history["loss"], *history["val_loss"]])
        losses[-1] += model.fit(data, steps_per_epoch=1, epochs=2, **arguments).history["loss"]
    np.testing.assert_allclose(*losses, rtol=1e-5)
