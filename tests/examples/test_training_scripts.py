"""The scripts in `examples/training` do what they say, in one process and in several."""

import re
import subprocess
import sys

import pytest

from tests.examples.notebooks import EXAMPLES

TRAINING = EXAMPLES / "training"


# A thread of Gloo that asks for the interpreter when that has ended; a race within torch.
ABORTED = "terminate called without an active exception"


def printed(script: str, *launcher: str) -> str:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, *launcher, str(TRAINING / script)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if ABORTED not in done.stderr:
            break
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")


def test_several_processes_print_the_numbers_of_one() -> None:
    numbers = [
        printed("on_several_processes.py", *launcher).splitlines() for launcher in ((), TORCHRUN)
    ]
    assert [lines[0] for lines in numbers] == ["1 processes", "2 processes"]
    assert len(numbers[0]) == 5
    for one, two in zip(numbers[0][1:], numbers[1][1:], strict=True):
        name, *values = one.split()
        assert [float(value) for value in two.split()[1:]] == pytest.approx(
            [float(value) for value in values], abs=2e-4
        ), name
    (accuracy,) = (line for line in numbers[0] if line.startswith("val_accuracy"))
    assert float(accuracy.split()[-1]) > 0.95


@pytest.mark.parametrize("launcher", [(), TORCHRUN], ids=["one", "two"])
def test_accelerate(launcher: tuple[str, ...]) -> None:
    text = printed("with_accelerate.py", *launcher)
    found = re.findall(r"accuracy: ([\d.]+)", text)
    assert len(found) == 1
    assert float(found[0]) > 0.95


def test_lightning() -> None:
    found = re.search(r"first step ([\d.]+), last ([\d.]+)", printed("with_lightning.py"))
    assert found
    assert float(found[2]) < 0.1 * float(found[1])
