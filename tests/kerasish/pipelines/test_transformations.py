"""Windows, pipelines of pipelines, padded batches and states, against `tf.data`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasish.pipelines import AUTOTUNE, Pipeline

Dataset = tf.data.Dataset


def listed(pipeline: Any) -> list[Any]:
    """The elements as lists, with the types of their parts."""

    def plain(part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(map(plain, part))
        if isinstance(part, dict):
            return {key: plain(one) for key, one in part.items()}
        return np.asarray(part).tolist(), str(np.asarray(part).dtype).replace("int64", "int")

    return [plain(element) for element in pipeline.as_numpy_iterator()]


@settings(deadline=None, max_examples=40)
@given(*[st.integers(0, 12)], *[st.integers(1, 5)] * 3, st.booleans(), st.booleans())
def test_windows(count: int, size: int, shift: int, stride: int, drop: bool, pairs: bool) -> None:
    found = []
    for kind in (Pipeline, Dataset):
        source = kind.range(count)
        if pairs:
            windows = kind.zip((source, source.map(lambda x: x * 2)))
            windows = windows.window(size, shift, stride, drop)
            flat = windows.flat_map(lambda a, b, kind=kind: kind.zip((a.batch(size), b)))
        else:
            windows = source.window(size, shift, stride, drop)
            flat = windows.flat_map(lambda window: window.batch(size))
        found.append((listed(flat), int(windows.cardinality())))
    assert found[0] == found[1]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 4), max_size=7), st.integers(1, 4), st.integers(1, 3))
def test_interleave(lengths: list[int], cycle: int, block: int) -> None:
    found = []
    for kind in (Pipeline, Dataset):
        source = kind.from_tensor_slices(np.array(lengths, "int64"))
        found.append(
            listed(
                source.enumerate().interleave(
                    lambda at, n, kind=kind: kind.range(100 * at, 100 * at + n),
                    cycle_length=cycle,
                    block_length=block,
                )
            )
        )
    assert found[0] == found[1]


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize(
    ("shapes", "values"), [(None, None), (([None], [6]), (-1, "x")), (([5], [None]), (7, ""))]
)
def test_padded_batch(drop: bool, shapes: Any, values: Any) -> None:
    numbers = [[1], [2, 3], [], [4, 5, 6], [7]]
    words = [["a", "b"], ["c"], ["dd", "e", "f"], [], ["g"]]

    def rows(kind: Any) -> Any:
        pairs = [
            (np.array(a, "int32"), np.array(b, "O")) for a, b in zip(numbers, words, strict=True)
        ]
        if kind is Pipeline:
            return Pipeline.from_generator(lambda: pairs)
        spec = tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.string)
        return Dataset.from_generator(lambda: pairs, output_signature=spec)

    ours, theirs = (
        listed(rows(kind).padded_batch(2, shapes, values, drop_remainder=drop))
        for kind in (Pipeline, Dataset)
    )
    assert ours == theirs


def test_states_and_choices() -> None:
    found: list[list[Any]] = []
    for kind in (Pipeline, Dataset):
        numbers = kind.from_tensor_slices(np.array([3, 1, 3, 4, 1, 5], "int64"))
        shift = np.int64(1)
        found.append(
            [
                listed(numbers.unique()),
                listed(numbers.take_while(lambda x: x != 4)),
                listed(numbers.scan(np.int64(10), lambda s, x: (s + x, (s, s * x)))),
                listed(numbers.batch(4).rebatch(3)),
                [listed(numbers.shard(4, at)) for at in range(4)],
                [int(numbers.shard(4, at).cardinality()) for at in range(4)],
                listed(numbers.apply(lambda data: data.map(lambda x: x + 1))),
                int(numbers.reduce(np.int64(0), lambda s, x: s * 2 + x)),
                int(numbers.batch(6).get_single_element()[2]),
                listed(kind.range(2, 9, 3).concatenate(kind.range(shift))),
                listed(kind.range(2).window(2).map(lambda w: w.batch(2).get_single_element()))
                if kind is Pipeline
                else [([0, 1], "int")],
            ]
        )
    assert found[0] == found[1]
    assert tf.data.AUTOTUNE == AUTOTUNE


def test_windows_of_an_endless_pipeline_are_made_one_by_one() -> None:
    asked = []

    def numbers() -> Any:
        for number in range(10**9):
            asked.append(number)
            yield number

    pairs = Pipeline.from_generator(numbers).window(3, shift=1).flat_map(lambda w: w.batch(3))
    assert [batch.tolist() for batch in pairs.take(2)] == [[0, 1, 2], [1, 2, 3]]
    assert len(asked) < 6


def test_errors() -> None:
    numbers = Pipeline.range(3)
    for call, text in [
        (lambda: numbers.window(0), "Received: size=0"),
        (lambda: numbers.window(2, stride=0), "Received: stride=0"),
        (lambda: numbers.interleave(lambda x: numbers, cycle_length=0), "cycle_length=0"),
        (lambda: numbers.padded_batch(0), "batch_size=0"),
        (lambda: numbers.shard(2, 2), "index=2"),
        (numbers.get_single_element, "Received: several"),
        (lambda: list(numbers.batch(3).padded_batch(1, [2])), "larger than the padded shape"),
    ]:
        with pytest.raises(ValueError, match=text):
            call()
    with pytest.raises(TypeError, match="Received: Tensor"):
        list(numbers.flat_map(lambda x: x))
