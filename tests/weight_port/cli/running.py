"""Runs of the command in this process."""

import json
from typing import NamedTuple

import pytest

from weight_port.cli import main, output


class Run(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def run(capsys, monkeypatch):
    for console in (output.console, output.messages):
        monkeypatch.setattr(console, "width", 300)  # tables whole, for the comparison of their text

    def call(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Run(ended.value.code or 0, captured.out, captured.err)

    return call
