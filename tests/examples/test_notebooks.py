"""Each notebook runs from its first cell to its last, and shows what its words say."""

import base64
import re
from typing import Any

import nbformat
import numpy as np
import pytest

from tests.examples.notebooks import EXAMPLES, load_runner

# The kernel's client leaves sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
runner = load_runner()


def executed(name: str) -> tuple[Any, str]:
    """The notebook with outputs, and all that it printed."""
    notebook = runner.execute(EXAMPLES / f"{name}.ipynb")
    printed = [
        runner.text_of(output) for cell in runner.code_cells(notebook) for output in cell.outputs
    ]
    return notebook, "\n".join(printed)


def number_after(label: str, text: str) -> float:
    found = re.search(re.escape(label) + r"\s*([-+.\de]+)", text)
    assert found, f"{label!r} is not in:\n{text}"
    return float(found[1])


def test_lstm_and_gru_returns() -> None:
    _, text = executed("01_lstm_and_gru_returns")
    assert "symbol: (None, 3)" in text
    assert "output: (1, 3) float32" in text
    assert "output: (1, 8, 3)" in text
    assert "output equals h: True" in text
    assert "o: (1, 8, 3) h: (1, 3) c: (1, 3)" in text
    assert "o: (1, 8, 3) h: (1, 3)\n" in text  # the GRU has no c
    assert text.count("last output equals h: True") == 2
    assert "lstm_3 (LSTM)" in text
    assert "[(2, 12), (3, 12), (12,)]" in text
    assert "[0. 0. 0. 1. 1. 1. 0. 0. 0. 0. 0. 0.]" in text


def test_eager_calls_give_the_known_values() -> None:
    _, text = executed("02_eager_calls")
    assert "(1, 4, 5)" in text
    numbers = {float(word) for word in re.findall(r"-?\d+\.\d+", text)}
    for known in (
        0.6303138,  # forward half of the bidirectional LSTM
        0.7038734,  # backward half
        0.6288687,
        0.86899155,
        0.9460773,
        0.57019705,  # without unit_forget_bias
        0.8661914,
        0.9459622,
    ):
        assert any(abs(known - number) <= 1e-5 * known for number in numbers), known
    by_hand = number_after("first by hand:", text)
    assert by_hand == pytest.approx(np.tanh(0.97))
    assert any(abs(by_hand - number) < 1e-6 for number in numbers - {by_hand})


def test_bidirectional_states() -> None:
    _, text = executed("03_bidirectional_states")
    assert "backward c  (1, 3)" in text
    assert "equals forward h:  True" in text
    assert "equals backward h: True" in text
    assert "(1, 6) equals [forward h, backward h]: True" in text
    assert "(1, 5, 6) (1, 3) (1, 3)" in text
    assert "concat  (1, 5, 6)" in text
    assert "None    [(1, 5, 3), (1, 5, 3)]" in text
    assert "4 states; output (1, 4, 6)" in text
    assert "padding leaks: False" in text


def test_states_over_time_are_drawn() -> None:
    notebook, text = executed("04_states_over_time")
    for claim in (
        "h over time equals the outputs: True",
        "the last c equals the state c:  True",
        "outputs repeat after step 11: True",
        "the final c is that of step 11: True",
    ):
        assert claim in text
    pictures = [
        output["data"]["image/png"]
        for cell in runner.code_cells(notebook)
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 1
    png = base64.b64decode(pictures[0])
    assert png.startswith(b"\x89PNG")
    assert len(png) > 10_000  # an empty figure is smaller


def test_ported_weights_give_keras_results() -> None:
    _, text = executed("05_port_weights_to_torch")
    errors = [float(error) for error in re.findall(r"largest difference: (\S+)", text)]
    assert len(errors) == 3
    assert max(errors) < 1e-5
    assert number_after("with weight_port:", text) < 1e-5
    assert number_after("transposed and copied:", text) > 0.01
    assert "3 mismatch(es), nothing was written" in text


def test_a_trained_model_goes_to_torch_and_back() -> None:
    _, text = executed("06_port_a_trained_model")
    assert "<All keys matched successfully>" in text
    errors = [float(error) for error in re.findall(r"largest difference: (\S+)", text)]
    assert len(errors) == 3
    assert max(errors) < 1e-5
    assert re.search(r"rnn/1 +second +GRU +mapping", text)
    assert "first: The gates of kernel, recurrent_kernel and bias are in the wrong order" in text
    assert "Weights of 2 of 3 layers agree, outputs of 0 of 3 layers agree." in text
    assert number_after("changed by training:", text) > 0.1
    page = EXAMPLES.parent / "build" / "examples" / "port_a_trained_model.html"
    assert "are in the wrong order" in page.read_text(encoding="utf-8")


def test_the_runner_takes_all_notebooks_without_keras() -> None:
    notebooks = {
        path.stem: nbformat.read(path, as_version=4) for path in sorted(EXAMPLES.glob("*.ipynb"))
    }
    assert len(notebooks) == 11
    assert [name for name in notebooks if runner.needs_keras(notebooks[name])] == [
        "05_port_weights_to_torch"
    ]


def test_a_progress_bar_is_shown_as_it_ended() -> None:
    output = nbformat.v4.new_output("stream", text="\r1/2 ━━ 1s\b\b\r2/2 ━━━━ 0s\b\nvalue\n")
    assert runner.text_of(output) == "2/2 ━━━━ 0s\nvalue"


def test_notebooks_are_stored_without_outputs() -> None:
    for path in sorted(EXAMPLES.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert not any(cell.outputs for cell in runner.code_cells(notebook)), path.name
