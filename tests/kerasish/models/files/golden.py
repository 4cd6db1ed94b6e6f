"""Golden files: which there are, and whether a model gives the outputs that they were made with."""

import warnings

import numpy as np

from kerasish.graph.structure import flatten
from kerasish.models import load_model
from tests.golden.index import FOLDER, read

ENTRIES = read()


def entries(*formats):
    return [entry for entry in ENTRIES if entry["format"] in formats]


def name(entry):
    return entry["file"]


def load(entry):
    """The model of a file; that the training of an old file is not restored is no matter here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*the training is restored from")
        return load_model(FOLDER / entry["file"])


def arrays_of(entry):
    """Inputs, outputs, and the outputs of a second call or an empty list."""
    with np.load(FOLDER / entry["data"]) as data:

        def numbered(prefix):
            names = [key for key in data.files if key.startswith(prefix)]
            return [data[f"{prefix}{number}"] for number in range(len(names))]

        return numbered("input_"), numbered("output_"), numbered("second_output_")


def whole_model_of(entry):
    """The file with the architecture of a file of weights: the same model by the same writer."""
    folder = entry["file"].partition("/")[0]
    return next(
        FOLDER / other["file"]
        for other in entries("keras", "h5")
        if other["architecture"] == entry["architecture"] and other["file"].startswith(folder)
    )


def assert_gives_golden_outputs(model, entry):
    inputs, outputs, second = arrays_of(entry)
    for expected in (outputs, second):
        if not expected:
            continue
        found = flatten(model(inputs[0] if len(inputs) == 1 else inputs))
        assert len(found) == len(expected)
        for one, two in zip(found, expected, strict=True):
            assert tuple(one.shape) == two.shape
            np.testing.assert_allclose(
                one.detach().numpy(), two, rtol=entry["rtol"], atol=entry["atol"]
            )
