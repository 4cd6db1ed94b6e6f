"""Scripts under `torchrun` give the numbers that they give in one process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.kerasish.distribution import scenarios

ROOT = Path(scenarios.__file__).parents[3]


def torchrun(processes, script, *arguments, cwd=ROOT):
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    return subprocess.run(
        [sys.executable, *launcher, str(script), *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    out = tmp_path_factory.mktemp("several")
    done = torchrun(3, scenarios.__file__, out)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "UserWarning" not in done.stderr
    return out


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return scenarios.run(tmp_path_factory.mktemp("alone"))


@pytest.mark.parametrize("rank", range(3))
@pytest.mark.parametrize("name", [scenario.__name__ for scenario in scenarios.ALL])
def test_results_are_those_of_one_process(results, alone, name, rank):
    with np.load(results / f"rank{rank}.npz") as found:
        np.testing.assert_allclose(found[name], alone[name], rtol=2e-5, atol=1e-6)


def test_files_come_from_the_first_process(results):
    assert len((results / "log.csv").read_text().splitlines()) == 1 + 5
    assert (results / "best.weights.h5").exists()
    assert not list(results.glob(".*"))


def test_errors_say_what_does_not_work(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np, kerasish\n"
        "model = kerasish.Sequential([kerasish.Input((2,)), kerasish.layers.Dense(1)])\n"
        "model.compile('sgd', 'mse', jit_compile=True)\n"
        "model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)\n"
    )
    done = torchrun(2, script)
    assert done.returncode != 0
    assert "`jit_compile=True` works in one process only" in done.stderr
