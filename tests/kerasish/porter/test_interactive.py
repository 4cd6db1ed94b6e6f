"""`install` in a notebook: the cells that follow may be of Keras 1."""

from collections.abc import Iterator
from typing import Any

import pytest

import kerasish


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from IPython.core.interactiveshell import InteractiveShell

    made = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: made)
    try:
        yield made
    finally:
        kerasish.uninstall()
        made.history_manager.end_session()


def run(shell: Any, *cells: str) -> dict[str, Any]:
    for cell in cells:
        shell.run_cell(cell).raise_error()
    return shell.user_ns


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_arguments_of_keras_1(shell: Any) -> None:
    names = run(
        shell,
        "import kerasish\nkerasish.install()",
        "from keras.models import Sequential\nfrom keras.layers.core import Dense\n"
        "import keras.layers.recurrent as old",
        "model = Sequential()\n"
        "model.add(old.GRU(output_dim=4, input_shape=(5, 2), inner_activation='sigmoid'))\n"
        "%time model.add(Dense(3, init='uniform', W_regularizer='l2'))",
        "model.compile('sgd', 'mse')\n"
        "import numpy as np\n"
        "seen = model.fit(np.ones((4, 5, 2)), np.ones((4, 3)), nb_epoch=2, verbose=0)",
    )
    model = names["model"]
    assert isinstance(model, kerasish.Sequential)
    assert model.output_shape == (None, 3)
    assert model.layers[0].recurrent_activation.__name__ == "sigmoid"
    assert type(model.layers[1].kernel_initializer).__name__ == "RandomUniform"
    assert len(names["seen"].history["loss"]) == 2


def test_what_is_no_keras_stays(shell: Any) -> None:
    run(shell, "import kerasish\nkerasish.install()", "x = {'nb_epoch': 3}\n!true\nx")
    assert shell.user_ns["x"] == {"nb_epoch": 3}
    with pytest.raises(SyntaxError):
        run(shell, "import keras\nx = = 3")


def test_uninstall(shell: Any) -> None:
    before = list(shell.input_transformers_post)
    kerasish.install()
    kerasish.install()
    assert len(shell.input_transformers_post) == len(before) + 1
    kerasish.uninstall()
    assert shell.input_transformers_post == before
