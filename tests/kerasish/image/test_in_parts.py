"""Large batches are worked on in parts, with the results of the whole."""

import pytest
import torch

from kerasish.image import affine_transform, in_parts, resize


@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8])
def test_the_same_as_at_once(monkeypatch, dtype):
    generator = torch.Generator().manual_seed(0)
    images = (255 * torch.rand(5, 9, 7, 3, generator=generator)).to(dtype)
    sizes: list[int] = []
    transforms = torch.eye(3).flatten()[:8] + 0.2 * torch.rand(5, 8, generator=generator)
    results = []
    for part in (1 << 18, 400):
        monkeypatch.setattr(in_parts, "_PART", part)
        results.append(
            [
                resize(images, (6, 11)),
                resize(images.movedim(-1, 1), (6, 11), data_format="channels_first"),
                affine_transform(images, transforms, fill_mode="reflect"),
                affine_transform(images, transforms[:1], interpolation="nearest"),
            ]
        )
        in_parts.in_parts(lambda some: sizes.append(len(some)) or some, images)
    assert sizes == [5, 2, 2, 1]
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)


def test_gradients_pass(monkeypatch):
    monkeypatch.setattr(in_parts, "_PART", 1)
    images = torch.rand(3, 4, 4, 2, dtype=torch.float64, requires_grad=True)
    transforms = torch.tensor([1.1, 0.1, 0.3, 0.05, 0.9, 0.2, 0.0, 0.0]).repeat(3, 1)
    assert torch.autograd.gradcheck(lambda x: affine_transform(x, transforms), images)
    resize(images, (3, 7)).sum().backward()
    assert images.grad.abs().sum() > 0


def test_no_place_where_the_scale_is_zero():
    """Only a projection in perspective has such places; they are filled."""
    images = torch.ones(1, 3, 3, 1)
    straight = torch.tensor([[1.0, 0, 0, 0, 1, 0, 0, 0]])
    bent = torch.tensor([[1.0, 0, 0, 0, 1, 0, -1, 0]])
    for interpolation in ("nearest", "bilinear"):
        found = affine_transform(images, straight, interpolation, fill_value=7.0)
        assert torch.equal(found, images)
        found = affine_transform(images, bent, interpolation, "nearest", fill_value=7.0)
        assert (found[0, :, 1] == 7).all()
        assert (found[0, :, 0] == 1).all()
