"""Keras code as it is, on kerasish: the import hook and `run`."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import kerasish
from kerasish.porter.running import run_file
from tests.kerasish.porter.cases import notebook_text


@pytest.fixture
def installed() -> Iterator[None]:
    kerasish.install()
    try:
        yield
    finally:
        kerasish.uninstall()


def run(code: str) -> dict:
    names: dict = {}
    exec(code, names)
    return names


@pytest.mark.parametrize(
    "statement",
    [
        "from keras.layers import LSTM",
        "from tensorflow.keras.layers import LSTM",
        "from tf_keras.layers import LSTM",
        "from tensorflow.python.keras.layers.recurrent_v2 import LSTM",
        "from tensorflow.contrib.keras.api.keras.layers import LSTM",
        "from keras.layers.recurrent import LSTM",
        "from keras.layers import CuDNNLSTM as LSTM",
        "from keras.layers import *",
        "from tensorflow import keras; LSTM = keras.layers.LSTM",
        "import tensorflow as tf; LSTM = tf.keras.layers.LSTM",
        "import tensorflow.compat.v1 as tf; LSTM = tf.keras.layers.LSTM",
        "import tensorflow as tf; LSTM = tf.compat.v1.keras.layers.LSTM",
        "import keras.layers.recurrent as r; LSTM = r.LSTM",
        "import keras.src.layers as r; LSTM = r.LSTM",
    ],
)
def test_imports_give_kerasish(installed: None, statement: str) -> None:
    assert run(statement)["LSTM"] is kerasish.layers.LSTM


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("tf.constant([1, 2], dtype='float32', name='x')", torch.tensor([1.0, 2.0])),
        ("tf.cast([1.7], tf.int32)", torch.tensor([1], dtype=torch.int32)),
        ("tf.reduce_sum([[1.0, 2.0]], axis=1, keepdims=True)", torch.tensor([[3.0]])),
        ("tf.concat([tf.ones((1, 1)), tf.zeros((1, 1))], 0)", torch.tensor([[1.0], [0.0]])),
        ("tf.transpose(tf.zeros((2, 3)), perm=[1, 0])", torch.zeros(3, 2)),
        ("tf.nn.relu(tf.constant([-1.0, 1.0]))", torch.tensor([0.0, 1.0])),
        ("tf.keras.backend.mean([1.0, 3.0])", torch.tensor(2.0)),
        ("tf.compat.v1.reduce_max([1.0, 3.0], keep_dims=True)", torch.tensor([3.0])),
    ],
)
def test_small_functions_of_tensorflow(installed: None, code: str, expected: torch.Tensor) -> None:
    torch.testing.assert_close(run(f"import tensorflow as tf; y = {code}")["y"], expected)


def test_the_random_seed(installed: None) -> None:
    code = "import tensorflow as tf; tf.random.set_seed(3); y = tf.random.normal((4,))"
    assert torch.equal(run(code)["y"], run(code)["y"])


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("import keras.quantizers", ModuleNotFoundError, "no module keras.quantizers: quant"),
        ("from keras.layers import JaxLayer", ImportError, "JaxLayer"),
        ("import keras; keras.layers.JaxLayer", AttributeError, "kerasish.wrap"),
        ("import tensorflow as tf; tf.data.TFRecordDataset", AttributeError, "torch.utils.data"),
        ("import keras; keras.backend.gradients", AttributeError, "the function of torch"),
        (
            "import tensorflow as tf; tf.concat([tf.ones((1, 1))])",
            TypeError,
            "other defaults.*Received: 1",
        ),
        ("import tensorflow as tf; tf.zeros(3, foo=1)", TypeError, r"Received: .*\['foo'\]"),
        (
            "import tensorflow as tf; tf.config.list_physical_devices()",
            TypeError,
            r"Received: \[\]",
        ),
    ],
)
def test_what_is_missing_says_so(
    installed: None, code: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        run(code)


def test_pipelines_of_tensorflow(installed: None) -> None:
    names = run(
        "import tensorflow as tf\n"
        "data = tf.data.Dataset.range(4).batch(3, num_parallel_calls=tf.data.AUTOTUNE)"
    )
    assert [batch.tolist() for batch in names["data"]] == [[0, 1, 2], [3]]


def test_uninstall_gives_keras_back() -> None:
    import keras

    kerasish.install()
    kerasish.install()
    assert importlib.import_module("keras") is not keras
    kerasish.uninstall()
    assert importlib.import_module("keras") is keras
    kerasish.uninstall()
    assert importlib.import_module("keras.layers").LSTM is not kerasish.layers.LSTM


def test_run_a_script(tmp_path: Path) -> None:
    (tmp_path / "nets.py").write_text(
        "from tensorflow.keras import layers\n\ndef head():\n    return layers.Dense(2)\n"
    )
    script = tmp_path / "train.py"
    source = (
        "import sys\nimport numpy as np\nimport tensorflow as tf\n"
        "from keras.models import Sequential\nfrom keras.layers import CuDNNGRU\n"
        "from nets import head\n"
        "tf.random.set_seed(1)\n"
        "model = Sequential([CuDNNGRU(output_dim=3), head()])\n"
        "y = model(tf.constant(np.ones((1, 4, 2)))).numpy()\n"
        "given, name = sys.argv[1:], __name__\n"
    )
    script.write_text(source)
    try:
        names = run_file(script, ["--epochs", "3"])
    finally:
        sys.modules.pop("nets", None)
    assert names["given"] == ["--epochs", "3"]
    assert names["name"] == "__main__"
    assert isinstance(names["y"], np.ndarray)
    assert names["y"].shape == (1, 2)
    assert type(names["model"]) is kerasish.Sequential
    assert script.read_text() == source
    assert sys.modules["__main__"].__dict__ is not names
    assert str(tmp_path) not in sys.path


def test_run_a_notebook_with_commands(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = ("%env KERAS_BACKEND=torch\nimport keras", "x = keras.layers.Dense(3)\nn = %pwd")
    path.write_text(notebook_text(cells))
    names = run_file(path)
    assert isinstance(names["x"], kerasish.layers.Dense)
    assert isinstance(names["n"], str)


def test_an_error_in_the_code_is_the_codes(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text("import keras\nkeras.layers.Dense(-1)\n")
    with pytest.raises(ValueError, match="units"):
        run_file(script)
    assert "keras" not in sys.modules or sys.modules["keras"].__name__ == "keras"
