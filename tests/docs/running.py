"""Runs a document: its Python, and the commands that it shows with what they print."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Files that a reader has and a document does not make, by the names that it gives them.
GIVEN: Mapping[str, Mapping[str, str]] = {
    "port-a-trained-model.md": {
        "old_model.h5": "handmade/keras2_cudnn_lstm.h5",
        "checkpoint": "tf_keras/bidirectional_concat.checkpoint",
        "checkpoint_model.keras": "tf_keras/bidirectional_concat.keras",
    },
}


def blocks_of(path: Path) -> list[tuple[str, str]]:
    """The blocks that can be run, in order: the language and the text of each."""
    return BLOCK.findall(path.read_text(encoding="utf-8"))


def run(path: Path, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
    """Run all blocks of a document, which build on each other, in `folder`.

    A `console` block has commands after `$ ` and below each what it prints, in which `...` stands
    for any lines. A command succeeds, unless `$ echo $?` after it shows another exit code.
    """
    for name, source in GIVEN.get(path.name, {}).items():
        place = GOLDEN / source
        (shutil.copytree if place.is_dir() else shutil.copyfile)(place, folder / name)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for language, text in blocks_of(path):
        if language == "python":
            exec(compile(text, path.name, "exec"), namespace)
        else:
            _run_commands(text, capture)


def _run_commands(text: str, capture: pytest.CaptureFixture[str]) -> None:
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not parts[0], f"text before the first command: {parts[0]}"
    code = 0
    for number, part in enumerate(parts[1:], 1):
        command, _, expected = part.replace("\\\n", " ").partition("\n")
        if command == "echo $?":
            assert str(code) == expected.strip()
            continue
        following = parts[number + 1] if number + 1 < len(parts) else ""
        code, printed = _run_command(shlex.split(command), capture)
        assert code == 0 or following.startswith("echo $?"), f"{command}\n{printed}"
        _assert_shown(expected.splitlines(), printed, command)


def _run_command(words: list[str], capture: pytest.CaptureFixture[str]) -> tuple[int, str]:
    from weight_port.cli import main

    assert words[0] == "weight-port", words
    capture.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(words[1:])
    printed = capture.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.err + printed.out


def _assert_shown(expected: Iterable[str], printed: str, command: str) -> None:
    lines = [line.rstrip() for line in printed.splitlines()]
    at, free = 0, False
    for line in expected:
        if line.strip() == "...":
            free = True
            continue
        places = range(at, len(lines)) if free else range(at, min(at + 1, len(lines)))
        found = next((place for place in places if lines[place] == line.rstrip()), None)
        assert found is not None, f"{command} does not print {line!r} there:\n{printed}"
        at, free = found + 1, False
