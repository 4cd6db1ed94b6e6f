"""A bounded run of the fuzzer; `python -m tests.fuzz` runs as long as one likes."""

import pytest

from tests.fuzz.run import run_format, sources

COUNT = 300


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return sources(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize(
    "name",
    [
        "keras",
        "keras of Keras 2",
        "h5",
        "h5 of Keras 3",
        "weights.h5",
        "safetensors",
        "npz",
        "pt",
    ],
)
def test_mutations_give_the_weights_or_an_error(name, files):
    outcomes, failures = run_format(files[name], 0, COUNT)
    assert not failures, "\n".join(failures)
    assert sum(outcomes.values()) == COUNT
    # The mutations do reach the file, and do not all break it at the first byte.
    assert outcomes["error"] > COUNT // 4
    assert outcomes["error"] < COUNT


def test_a_crash_is_found(files, tmp_path, monkeypatch):
    """A file of which every reading fails is reported, and kept."""
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(files["safetensors"].read_bytes()[:-3])
    outcomes, failures = run_format(broken, 0, 2)
    assert outcomes["FAILED"] == 2
    assert "process ended" in failures[0]
