"""Old files as files of Keras 3 by the command: real Keras 3 loads them, with their outputs."""

import warnings

import keras
import numpy as np
import pytest

from tests.golden.index import FOLDER
from tests.kerasish.models.files.golden import arrays_of, entries, name
from weight_port.cli import main
from weight_port.convert import OldArchitectureError, convert_file

OLD = [entry for entry in entries("keras", "h5") if not entry["writer"].startswith("keras 3")]


@pytest.mark.parametrize("between", [None, "m.safetensors"])
@pytest.mark.parametrize("entry", OLD[::3], ids=name)
def test_converted(entry, between, tmp_path):
    source = FOLDER / entry["file"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of masks that old Bidirectional layers treated otherwise
        if between:
            convert_file(source, tmp_path / between)
            source = tmp_path / between
        with pytest.raises(OldArchitectureError, match="weight-port convert"):
            convert_file(source, tmp_path / "new.keras")
        with pytest.raises(SystemExit) as ended:
            main(["convert", str(source), str(tmp_path / "new.keras")])
    assert ended.value.code == 0
    keras.utils.clear_session()
    model = keras.models.load_model(tmp_path / "new.keras", compile=False)
    inputs, outputs, _ = arrays_of(entry)
    found = model(inputs[0] if len(inputs) == 1 else inputs)
    for one, two in zip(keras.tree.flatten(found), outputs, strict=True):
        np.testing.assert_allclose(one, two, rtol=entry["rtol"], atol=entry["atol"])
