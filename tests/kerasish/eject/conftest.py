"""All models of this folder, ejected once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.kerasish.eject import image_models, sequence_models
from tests.kerasish.eject.ejecting import Pair, build, eject_to

MAKERS = {**sequence_models.MODELS, **image_models.MODELS}


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Tensors of a few numbers are slower on several threads."""
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(count)


@pytest.fixture(scope="session")
def ejected_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the generated files."""
    return tmp_path_factory.mktemp("ejected")


@pytest.fixture(scope="session")
def ejected(ejected_folder: Path) -> dict[str, Pair]:
    """The models and the modules by name."""
    return {
        name: eject_to(build(make), ejected_folder / f"{name}.py") for name, make in MAKERS.items()
    }
