"""The notebooks that read like Keras notebooks give, with Keras in the imports, the same values."""

import re

import matplotlib as mpl
import pytest

import kerasish
from tests.examples.notebooks import assert_same, code_of, run_cells

NOTEBOOKS = {
    # Variables that each notebook has to leave, so that an empty comparison is noticed.
    "01_lstm_and_gru_returns": {
        "last_output",
        "sequence",
        "o",
        "h",
        "c",
        "gru_o",
        "decoder_output",
    },
    "02_eager_calls": {"hidden_states", "last_state", "with_forget", "forward_h", "backward_h"},
    "03_bidirectional_states": {"results", "gru_bh", "forward_part", "decoder_output"},
    "04_states_over_time": {"outputs", "h_history", "c_history", "masked_outputs", "masked_c"},
    "07_sentiment": {"X", "words", "history", "scores"},
    "08_forecasting": {"first_x", "first_y", "history", "forecast", "alone"},
    "09_characters": {"X", "Y", "losses", "hits", "story"},
    "10_translation": {"history", "translations", "right"},
    "11_images": {"images", "history", "loss", "accuracy", "predicted"},
}
# Those that train: differences of rounding grow with every step.
TRAINING = ("07", "08", "09", "10", "11")


def with_keras(cell: str) -> str:
    """Replace the package in the imports, and nothing else."""
    return re.sub(r"^(from|import) kerasish\b", r"\1 keras", cell, flags=re.MULTILINE)


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive:UserWarning")
@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning")  # so by default
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_same_values_with_keras_in_the_imports(name: str) -> None:
    import keras

    mpl.use("Agg")
    cells = code_of(name)
    changed = [with_keras(cell) for cell in cells]
    assert sum(a != b for a, b in zip(cells, changed, strict=True)) == 1
    assert not any("kerasish" in cell for cell in changed)
    if "set_random_seed" in cells[0]:
        # The seed is set in the cells themselves, and gives both sides the same weights.
        kerasish.backend.clear_session()
        keras.backend.clear_session()
    tolerance = {"rtol": 1e-3, "atol": 1e-4} if name.startswith(TRAINING) else {}
    received = run_cells(cells)
    expected = run_cells(changed)
    assert NOTEBOOKS[name] <= set(expected[-1])
    for number, (ours, theirs) in enumerate(zip(received, expected, strict=True)):
        assert set(ours) == set(theirs), f"cell {number}"
        for variable, value in theirs.items():
            assert_same(ours[variable], value, f"cell {number}: {variable}", **tolerance)
