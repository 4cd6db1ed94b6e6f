"""Every architecture has the layers, configurations, joints and weights of Keras's."""

import json
import os

import pytest

import kerasish
from kerasish.layers.base.weight_budget import values_from_file
from tests.kerasish.applications.fingerprints import CASES, FILE, fingerprint, signature

EXPECTED = json.loads(FILE.read_text())
# The first of a family is built, if small also without its classifier; of the rest, whose depth and
# width alone are others, the largest are built on demand only:
#     KERASISH_LARGE_TESTS=1 pytest tests/kerasish/applications
LARGE = bool(os.environ.get("KERASISH_LARGE_TESTS"))
FIRST = {
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "NASNetMobile",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "Xception",
}


BUILT = [
    name
    for name, entry in EXPECTED.items()
    if LARGE or name in FIRST or entry["classifier"]["layers"] < 250
]


def test_signatures():
    for name, entry in EXPECTED.items():
        assert signature(getattr(kerasish.applications, name)) == entry["signature"], name


@pytest.mark.parametrize("name", BUILT)
def test_structure(name):
    make = getattr(kerasish.applications, name)
    for case, options in CASES.items():
        small = name in FIRST and EXPECTED[name]["classifier"]["layers"] < 250
        if case == "features" and not small and not LARGE:
            continue
        kerasish.utils.clear_session()
        with values_from_file(1 << 40):  # Nothing is drawn, which takes most of the time.
            model = make(weights=None, **options)
        assert fingerprint(model) == EXPECTED[name][case], case
