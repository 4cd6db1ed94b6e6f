"""The benchmark of files runs, and measures what it says."""

import pytest

from benchmarks import files


def test_a_small_run(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(files, "_has_keras", lambda: False)
    small = {"tiny, 0.0 MB": "tiny.keras"}

    def make_models(folder):
        import kerasish

        kerasish.Sequential([kerasish.Input((2,)), kerasish.layers.Dense(1)]).save(
            folder / "tiny.keras"
        )
        return small

    monkeypatch.setattr(files, "make_models", make_models)
    arguments = ["--gigabytes", "0.001", "--rounds", "1", "--markdown", str(tmp_path / "out.md")]
    assert files.main(arguments) == 0
    text = (tmp_path / "out.md").read_text()
    assert text in capsys.readouterr().out
    for step in ("cp + bare h5py", "weights.h5 to safetensors", "safetensors to .keras"):
        assert f"| {step} |" in text
    assert "not installed" in text


def test_a_step_that_fails_is_told(tmp_path):
    with pytest.raises(RuntimeError, match=r"(?s)cp \+ bare h5py failed.*big\.weights\.h5"):
        files.measure("cp + bare h5py", tmp_path)
