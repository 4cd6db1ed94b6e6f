"""`timeseries_dataset_from_array` against Keras's."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasish.utils import set_random_seed, timeseries_dataset_from_array


def batches(pipeline):
    return [
        [(part.dtype, part.tolist()) for part in (batch if isinstance(batch, tuple) else (batch,))]
        for batch in pipeline.as_numpy_iterator()
    ]


@settings(deadline=None, max_examples=25)
@given(
    st.fixed_dictionaries(
        {
            "sequence_length": st.integers(1, 6),
            "sequence_stride": st.integers(1, 4),
            "sampling_rate": st.integers(1, 3),
            "batch_size": st.none() | st.integers(1, 5),
            "shuffle": st.booleans(),
            "seed": st.none() | st.integers(0, 100),
            "start_index": st.none() | st.integers(0, 4),
            "end_index": st.none() | st.integers(8, 29),
        }
    ),
    st.sampled_from(["same", "short", None]),
    st.sampled_from(["float32", "float64", "list"]),
)
def test_windows(arguments, targets, kind):
    data, y = np.arange(60.0).reshape(30, 2), np.arange(30)
    if targets == "short":
        arguments["start_index"] = None  # Keras counts the targets before it, too, and fails
    y = {"same": y, "short": y[:13], None: None}[targets]
    data = data[:, 0].tolist() if kind == "list" else data.astype(kind)
    found = []
    for module in (keras.utils.timeseries_dataset_from_array, timeseries_dataset_from_array):
        for seeded in (keras.utils.set_random_seed, set_random_seed):
            seeded(5)
        dataset = module(data, y, **arguments)
        found.append([len(dataset), batches(dataset), batches(dataset)])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sampling_rate": 0}, r"`sampling_rate` is positive .*sampling_rate=0 with 5 steps"),
        ({"sequence_stride": 5}, "sequence_stride=5"),
        ({"start_index": 5}, "start_index=5"),
        ({"start_index": -1}, "start_index=-1"),
        ({"end_index": 5}, "end_index=5"),
        ({"start_index": 3, "end_index": 3}, "start_index=3, end_index=3"),
        ({"targets": [1, 2, 3], "start_index": 2}, "3 targets, start_index=2, .* at step 4"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        timeseries_dataset_from_array(
            np.arange(5), **{"targets": None, "sequence_length": 1} | arguments
        )
