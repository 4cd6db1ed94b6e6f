"""The text of the generated files: formatted, short, and what a person would have written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import kerasish
from kerasish import layers
from kerasish.eject import naming
from kerasish.eject.formatting import statement
from kerasish.eject.parts import PART_NAMES, sources
from tests.kerasish.eject.ejecting import Pair, build, eject_to

SENTIMENT = '''class Sentiment(nn.Module):
    """The model `sentiment`."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(500, 16)
        self.bidirectional = nn.LSTM(16, 8, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.5)
        self.score = nn.Linear(16, 1)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Take tokens (batch, time) int32; return (batch, 1)."""
        x = self.embedding(tokens)  # (batch, time, 16)
        mask = tokens != 0  # index 0 is padding
        _, (h, _) = run_masked(self.bidirectional, x, mask)  # (2, batch, 8)
        x = torch.cat([h[-2], h[-1]], dim=-1)  # (batch, 16)
        x = self.dropout(x)  # (batch, 16)
        return torch.sigmoid(self.score(x))  # (batch, 1)
'''
BLOCKS = '''class ResidualBlocks(nn.Module):
    """The model `functional`."""

    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(3, 4, 3, padding="same")
        self.blocks = nn.ModuleList(Block() for _ in range(3))
        self.dense = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Take x (batch, 8, 8, 3) float32; return (batch, 2)."""
        x = x.permute(0, 3, 1, 2)  # (batch, 3, 8, 8)
        x = self.conv2d(x)  # (batch, 4, 8, 8)
        for block in self.blocks:
            x = block(x)  # (batch, 4, 8, 8)
        x = x.mean((2, 3))  # (batch, 4)
        return self.dense(x)  # (batch, 2)
'''


def sentiment():
    return kerasish.Sequential(
        [
            kerasish.Input((None,), dtype="int32"),
            layers.Embedding(500, 16, mask_zero=True),
            layers.Bidirectional(layers.LSTM(8)),
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid", name="score"),
        ],
        name="sentiment",
    )


def class_of(text: str, name: str) -> str:
    """The source of one class."""
    start = text.index(f"class {name}(")
    return text[start : text.index("\n\n\n", start) + 1]


def test_a_sequence_model(tmp_path: Path) -> None:
    text = eject_to(build(sentiment), tmp_path / "net.py").code.read_text()
    assert class_of(text, "Sentiment") == SENTIMENT
    assert text.startswith('"""Sentiment in plain PyTorch, from Keras.\n')
    assert 'WEIGHTS = Path(__file__).with_name("net.safetensors")' in text


def test_repeated_blocks_become_a_loop(ejected: dict[str, Pair]) -> None:
    pair = ejected["residual_blocks"]
    assert class_of(pair.code.read_text(), "ResidualBlocks") == BLOCKS
    assert "blocks.2.conv2d.weight" in pair.module.state_dict()


def test_equal_layers_in_a_row_become_one_list(ejected: dict[str, Pair]) -> None:
    text = ejected["deep"].code.read_text()
    assert "self.denses = nn.ModuleList(nn.Linear(6, 6) for _ in range(4))" in text
    assert "for dense in self.denses:\n            x = F.relu(dense(x))" in text


def test_recurrent_layers_in_a_row_become_one_module(ejected: dict[str, Pair]) -> None:
    text = ejected["deep_recurrent"].code.read_text()
    assert "nn.LSTM(4, 3, num_layers=4, batch_first=True, bidirectional=True)" in text
    assert "nn.GRU(2, 5, num_layers=2, batch_first=True)" in text


def test_nothing_is_there_that_is_not_used(ejected: dict[str, Pair]) -> None:
    text = ejected["unused_masks"].code.read_text()
    assert "mask" not in text.partition("class ")[2]
    assert not [name for name in PART_NAMES if name in ejected["deep"].code.read_text()]


def test_masks_cross_the_borders_of_models(ejected: dict[str, Pair]) -> None:
    text = ejected["masks_across_models"].code.read_text()
    assert "x, mask = self.embed(tokens)  # (batch, time, 4)" in text
    assert "return self.head(x, mask)" in text
    assert "def forward(self, sequence: torch.Tensor, mask: torch.Tensor)" in text


def test_files_are_formatted(ejected: dict[str, Pair], ejected_folder: Path) -> None:
    pytest.importorskip("ruff")
    files = [str(pair.code) for pair in ejected.values()]
    tests = [str(path) for path in ejected_folder.glob("test_*.py")]
    commands = (
        ["format", "--diff", "--line-length", "100", *files, *tests],
        ["check", "--select", "E,F,W,B,C4,SIM,RET,UP", "--ignore", "E501", *files, *tests],
    )
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "ruff", command[0], "--isolated", *command[1:]],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


@pytest.mark.parametrize("part", PART_NAMES)
def test_helpers_stand_alone(part: str) -> None:
    """Each runs with nothing around it but the imports of a generated file."""
    head = (
        "from __future__ import annotations\n"
        "from collections.abc import Callable\nfrom typing import Any\nimport torch\n"
        "from torch import nn\nfrom torch.nn import functional as F\n"
        "from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence\n"
    )
    namespace: dict[str, object] = {}
    exec(head + "\n\n".join(sources([part])), namespace)
    assert part in namespace


def test_long_statements() -> None:
    """As ruff's formatter has them."""
    name = "a" * 60
    assert statement(f"x = self.{name}(1, {name})", 8) == [
        f"        x = self.{name}(",
        f"            1, {name}",
        "        )",
    ]
    assert statement(f"x = f({name}, {name}, 1)", 8) == [
        "        x = f(",
        f"            {name},",
        f"            {name},",
        "            1,",
        "        )",
    ]
    assert statement(f"x = {name} + {name} + b", 8) == [
        "        x = (",
        f"            {name}",
        f"            + {name}",
        "            + b",
        "        )",
    ]
    assert statement("x = 1", 4, "c" * 95) == [f"    # {'c' * 95}", "    x = 1"]


def test_names() -> None:
    assert naming.snake_case("block1/Conv.2") == "block1_conv_2"
    assert naming.attribute("train", ()) == "layer_train"
    assert naming.attribute("1st", ()) == "layer_1st"
    assert naming.attribute("a", ["a"]) == "a_2"
    assert naming.variable("lambda", ()) == "lambda_"
    assert naming.variable("list", ()) == "list_"
    assert naming.class_name("encoder_2") == "Encoder2"
    assert naming.class_name("1") == "Model1"
    assert naming.class_name("größe") != "Größe"


def test_an_unnamed_model_is_named_after_its_file(tmp_path: Path) -> None:
    model = build(lambda: kerasish.Sequential([kerasish.Input((2,)), layers.Dense(1)]))
    pair = eject_to(model, tmp_path / "price_model.py")
    assert type(pair.module).__name__ == "PriceModel"


def test_augmentation_is_left_out(ejected: dict[str, Pair]) -> None:
    text = ejected["prepared_images"].code.read_text()
    assert "`random_flip` (RandomFlip), `random_rotation` (RandomRotation)" in " ".join(
        text.split()
    )
    assert "x / 127.5 - 1" in text


def test_a_large_model(tmp_path: Path) -> None:
    """50 layers with weights in 200 lines; each stage's repeated blocks are one class."""
    model = kerasish.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=3)
    pair = eject_to(build(lambda: model), tmp_path / "resnet.py")
    text = pair.code.read_text()
    assert len(text.splitlines()) < 250
    assert "self.blocks_3 = nn.ModuleList(Block3() for _ in range(5))" in text
    assert "for block in self.blocks_3:" in text
    assert len(list(pair.module.parameters())) == len(model.trainable_weights)


def test_float64_stays(ejected: dict[str, Pair]) -> None:
    kinds = {one.dtype for one in ejected["double"].module.parameters()}
    assert kinds == {torch.float64}
