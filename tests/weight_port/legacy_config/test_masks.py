"""Differences of masks and of states between the eras, which are told and not hidden."""

import warnings

import pytest

from tests.golden.old_configs import bare_list, keras2, keras2_recurrent, wrapper
from weight_port.legacy_config import LegacyConfigError, modernize

MASKING = keras2("Masking", "masking_1", (5, 3), mask_value=0.0)


def bidirectional(sequences=True):
    inner = keras2_recurrent("LSTM", "lstm_1", 4, sequences=sequences)
    return wrapper("Bidirectional", "both", inner, merge_mode="concat")


@pytest.mark.parametrize("version", ["1.2.2", "2.2.4", "2.3.1", "2.1.6-tf"])
def test_masked_bidirectional(version):
    with pytest.warns(UserWarning, match=r"zeros at masked steps.*Received: \['both'\]"):
        modernize(bare_list(MASKING, bidirectional()), version)


@pytest.mark.parametrize(
    ("entries", "version"),
    [
        ((MASKING, bidirectional()), "2.2.4-tf"),
        ((MASKING, bidirectional()), "2.4.0"),
        ((bidirectional(),), "2.2.4"),
        ((MASKING, bidirectional(sequences=False)), "2.2.4"),
        ((keras2("Embedding", "e", (5,), mask_zero=False), bidirectional()), "2.2.4"),
    ],
)
def test_nothing_to_tell(entries, version):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        modernize(bare_list(*entries), version)


def stack(**more):
    cells = [keras2_recurrent("LSTMCell", f"cell_{i}", 4) for i in range(2)]
    return keras2("RNN", "stack", (5, 3), cell=keras2("StackedRNNCells", "c", cells=cells), **more)


def test_states_of_stacked_cells():
    config = bare_list(stack(return_state=True))
    for version in ("2.1.6", "2.2.4", "2.1.6-tf"):
        with pytest.raises(LegacyConfigError, match=r"'stack' \(RNN\).*order.*return_state=True"):
            modernize(config, version)
    for version in ("2.3.1", "2.2.4-tf", "2.15.0"):
        assert modernize(config, version)["config"]["layers"][0]["config"]["return_state"]
    assert modernize(bare_list(stack(return_state=False)), "2.2.4")
