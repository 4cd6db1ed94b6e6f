"""What holds for the numbers and generators themselves."""

import copy
import ctypes
import ctypes.util
import math
import multiprocessing
import pickle
import platform

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasish import random
from kerasish.random import host, libm, traced
from kerasish.random.philox import Stream, blocks, blocks_in_place, stream
from kerasish.random.workspace import Workspace


def _words(counter, key):
    source = Stream(tuple(key), tuple(counter[2:]))
    position = counter[0] | counter[1] << 32
    result = blocks(source, np.array([position], dtype=np.uint64).view(np.int64))
    return [int(word[0]) & 0xFFFFFFFF for word in result]


def test_published_vectors():
    # From the known-answer tests of Random123, the authors' library.
    assert _words([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert _words([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0]) == [
        0xD16CFE09,
        0x94FDCCEB,
        0x5001E420,
        0x24126EA1,
    ]


@settings(max_examples=25, deadline=None)
@given(seed=st.tuples(st.integers(0, 2**31), st.integers(0, 2**31)), count=st.integers(0, 40_000))
def test_traced_words_are_those_of_the_host(seed, count):
    source = stream(seed)
    expected = host.random_words(source, count)
    assert torch.equal(traced.random_words(source, count, "cpu"), expected)
    as_tensors = stream(tuple(torch.tensor(number) for number in seed))
    assert torch.equal(traced.random_words(as_tensors, count, "cpu"), expected)


def test_positions_beyond_32_bits():
    positions = np.array([0, 2**32 - 1, 2**32, 2**32 + 1, 2**40], dtype=np.int64)
    together = blocks(stream((1, 2)), positions)
    for index, position in enumerate(positions.tolist()):
        alone = blocks(stream((1, 2)), torch.tensor([position]))
        for word, other in zip(together, alone, strict=True):
            assert (int(word[index]) ^ int(other[0])) & 0xFFFFFFFF == 0
    # The upper word of the counter has to matter.
    assert (together[0][0] ^ together[0][2]) & 0xFFFFFFFF != 0


@pytest.mark.parametrize("first", [0, 5, 2**32 - 3, 2**40])
@pytest.mark.parametrize("seed", [(0, 0), (7, 3), (2**31 - 3, 2**31 - 3)])
def test_words_in_place_are_the_same(first, seed):
    source, space = stream(seed), Workspace()
    positions = np.arange(first, first + 7, dtype=np.int64)
    expected = blocks(source, positions)
    for _ in range(2):
        for word, other in zip(
            blocks_in_place(source, positions.copy(), space), expected, strict=True
        ):
            np.testing.assert_array_equal(word & 0xFFFFFFFF, other & 0xFFFFFFFF)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("kind", ["uniform", "normal", "truncated_normal"])
def test_traced_floats_are_nearly_those_of_the_host(kind, dtype):
    source = stream((5, 6))
    ours = getattr(traced, kind)(source, 10_001, dtype, 1.0, 0.0, "cpu")
    expected = getattr(host, kind)(source, 10_001, dtype, 1.0, 0.0)
    # Uniform numbers are exact.
    tolerance = 0 if kind == "uniform" else 4 * torch.finfo(dtype).eps
    torch.testing.assert_close(ours, expected, rtol=tolerance, atol=tolerance)


def test_parts_on_threads_give_the_same():
    source = stream((1, 0))
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        expected = host.truncated_normal(source, 200_000, torch.float32, 1.0, 0.0)
        torch.set_num_threads(5)
        assert torch.equal(
            host.truncated_normal(source, 200_000, torch.float32, 1.0, 0.0), expected
        )
    finally:
        torch.set_num_threads(threads)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="compares with glibc")
def test_functions_are_those_of_glibc():
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    uniform = np.unique(np.random.default_rng(0).integers(1, 2**23, 20_000)) * 2.0**-23
    angles = (uniform * (2 * math.pi)).astype(np.float32).astype(np.float64)
    sine, cosine = libm.sine_and_cosine(angles)
    checks = {
        "logf": (uniform, libm.log(uniform)),
        "sinf": (angles, sine),
        "cosf": (angles, cosine),
    }
    for name, (inputs, ours) in checks.items():
        function = getattr(library, name)
        function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
        expected = np.array([function(float(number)) for number in inputs], dtype=np.float32)
        np.testing.assert_array_equal(ours, expected)


def test_moments():
    count = 400_000
    truncated_variance = 0.87962566103423978**2
    for values, mean, variance in (
        (random.uniform((count,), -1, 3, seed=1), 1, 16 / 12),
        (random.normal((count,), 2, 3, seed=1), 2, 9),
        (random.truncated_normal((count,), 1, 2, seed=1), 1, 4 * truncated_variance),
        (random.gamma((count,), 2.5, seed=1), 2.5, 2.5),
        (random.beta((count,), 2, 3, seed=1), 0.4, 6 / (25 * 6)),
        (random.binomial((count,), 10, 0.3, seed=1), 3, 2.1),
        (random.randint((count,), 0, 10, seed=1).float(), 4.5, 99 / 12),
    ):
        assert abs(values.mean().item() - mean) < 5 * math.sqrt(variance / count)
        assert values.var().item() == pytest.approx(variance, rel=0.02)
    assert random.truncated_normal((count,), seed=1).abs().max() < 2
    kept = random.dropout(torch.ones(count), 0.3, seed=1)
    assert (kept != 0).float().mean().item() == pytest.approx(0.7, abs=0.005)


@settings(max_examples=30, deadline=None)
@given(
    minval=st.integers(-(2**63), 2**63 - 2), span=st.integers(1, 2**64 - 1), seed=st.integers(0, 99)
)
def test_integers_are_remainders(minval, span, seed):
    maxval = min(minval + span, 2**63 - 1)
    values = random.randint((9,), minval, maxval, "int64", seed=seed)
    words = host.random_words(stream((seed, 0)), 5).view(torch.int64).view(-1)[:9]
    expected = [minval + word % 2**64 % (maxval - minval) for word in words.tolist()]
    assert values.tolist() == expected


def test_parameters_of_gamma_beta_and_binomial_are_broadcast():
    alpha = torch.tensor([[0.5], [50.0]])
    values = random.gamma((2, 10_000), alpha, seed=2)
    torch.testing.assert_close(values.mean(1), torch.tensor([0.5, 50.0]), rtol=0.05, atol=0)
    assert random.beta((2, 5), alpha, [1, 2, 3, 4, 5], "float64", seed=2).dtype == torch.float64
    counts = random.binomial((3, 100), [[0], [5], [9]], 1.0, seed=2)
    assert counts.unique(dim=1).tolist() == [[0], [5], [9]]
    assert torch.equal(values, random.gamma((2, 10_000), alpha, seed=2))
    assert not torch.equal(values, random.gamma((2, 10_000), alpha, seed=3))


def test_seed_generator_copies():
    generator = random.SeedGenerator(3, name="mine")
    generator.next()
    for other in (copy.deepcopy(generator), pickle.loads(pickle.dumps(generator))):
        assert other.next() == (3, 1)
    assert generator.next() == (3, 1)
    again = random.SeedGenerator.from_config(generator.get_config())
    assert (again.name, again.next()) == ("mine", (3, 0))


def test_seed_generator_made_in_inference_mode():
    with torch.inference_mode():
        generator = random.SeedGenerator(3)
        generator.next()
    assert generator.next() == (3, 1)


class _Dropout(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.seed = random.SeedGenerator(5)

    def forward(self, x):
        return random.dropout(x, 0.4, seed=self.seed)


@torch._dynamo.config.patch(error_on_recompile=True)
def test_compiled_dropout_draws_the_same_masks():
    eager, module = _Dropout(), _Dropout()
    compiled = torch.compile(module, fullgraph=True, backend="eager")
    x = torch.randn(7, 9)
    masks = []
    for _ in range(3):
        masks.append(compiled(x))
        assert torch.equal(masks[-1], eager(x))
    assert not torch.equal(masks[0], masks[1])
    assert module.seed.state.tolist() == eager.seed.state.tolist() == [5, 3]


def test_tensors_without_values_take_no_seed():
    from torch._subclasses.fake_tensor import FakeTensorMode

    generator = random.SeedGenerator(5)
    assert random.dropout(torch.ones(3, 4, device="meta"), 0.5, seed=generator).shape == (3, 4)
    with FakeTensorMode(allow_non_fake_inputs=True):
        assert random.normal((3,), seed=generator).shape == (3,)
        assert random.randint((2, 3), 0, 5, seed=generator).shape == (2, 3)
    assert generator.state.tolist() == [5, 0]


def test_default_device_does_not_matter():
    with torch.device("meta"):
        values = random.normal((5,), seed=1)
        generator = random.SeedGenerator(1)
    assert torch.equal(values, random.normal((5,), seed=1))
    assert generator.next() == (1, 0)


def test_set_random_seed_seeds_all():
    import random as python_random

    drawn = []
    for _ in range(2):
        random.set_random_seed(7)
        drawn.append((python_random.random(), np.random.rand(), torch.rand(1).item()))  # noqa: NPY002
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random.uniform((3,), dtype="int32"), r"float type.* Received: dtype='int32'"),
        (lambda: random.normal((-1,)), r"negative length. Received: shape=\(-1,\)"),
        (lambda: random.normal((3,), seed="a"), r"Received: seed='a' \(of type str\)"),
        (lambda: random.normal((3,), seed=2**63), "Received: seed=9223372036854775808"),
        (lambda: random.SeedGenerator(1.5), r"Received: seed=1.5"),
        (lambda: random.SeedGenerator(True), r"Received: seed=True"),
        (lambda: random.set_random_seed(-1), "Received: seed=-1"),
        (lambda: random.randint((3,), 5, 5), "minval < maxval.* Received: minval=5, maxval=5"),
        (lambda: random.randint((3,), 0, 2**40), "both of int32. Received: minval=0"),
        (lambda: random.randint((3,), 0, 4.5), "needs integers .* Received: .*maxval=4.5"),
        (lambda: random.randint((3,), 0, 5, "float32"), "Received: dtype='float32'"),
        (lambda: random.dropout(torch.ones(3), 1.5), "from 0 to 1. Received: rate=1.5"),
        (lambda: random.dropout(torch.ones(3).int(), 0.5), "Received: inputs of dtype=torch.int32"),
        (lambda: random.dropout(torch.ones(3), 0.5, (2,)), r"Received: noise_shape=\(2,\)"),
        (lambda: random.dropout(torch.ones(3), 0.5, (1, 3)), r"Received: noise_shape=\(1, 3\)"),
        (lambda: random.categorical(torch.ones(3), 2), r"Received: shape=\(3,\)"),
        (lambda: random.gamma((3,), 0), "more than 0. Received: alpha=0"),
        (lambda: random.gamma((3,), [1, 2]), r"broadcast .* Received: alpha of shape \(2,\)"),
        (lambda: random.binomial((3,), 2, 1.5), "from 0 to 1. Received: probabilities=1.5"),
        (lambda: random.binomial((3,), -2, 0.5), "0 or more. Received: counts=-2"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def _draw_many(_):
    # Summed by NumPy: torch's own threads do not survive a fork.
    return float(random.uniform((600_000,), seed=3).numpy().sum())


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_threads_after_a_fork():
    """The threads that draw do not exist in a forked process, which makes its own."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        expected = _draw_many(None)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.map_async(_draw_many, [None]).get(timeout=60) == [expected]
    finally:
        torch.set_num_threads(before)
