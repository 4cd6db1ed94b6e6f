"""Every architecture has the layers, configurations, joints and weights of Keras's."""

import json

import pytest

import kerasish
from kerasish.layers.base.weight_budget import values_from_file
from tests.kerasish.applications.fingerprints import CASES, FILE, fingerprint, signature

EXPECTED = json.loads(FILE.read_text())


@pytest.mark.parametrize("name", EXPECTED)
def test_structure(name):
    make = getattr(kerasish.applications, name)
    assert signature(make) == EXPECTED[name]["signature"]
    for case, options in CASES.items():
        kerasish.utils.clear_session()
        with values_from_file(1 << 40):  # Nothing is drawn, which takes most of the time.
            model = make(weights=None, **options)
        assert fingerprint(model) == EXPECTED[name][case], case
