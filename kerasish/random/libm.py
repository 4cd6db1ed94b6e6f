"""Logarithm, sine and cosine of float32 as the C library glibc computes them.

TensorFlow calls the C library on a CPU, whose results differ from correctly rounded ones in about
one of a hundred last bits. With the same polynomials in float64, normal numbers equal Keras's bit
for bit, whatever C library and vector instructions are here.

Source: the polynomials and the table are those of Arm's Optimized Routines (MIT license,
https://github.com/ARM-software/optimized-routines, files logf_data.c and sincosf_data.c), which
glibc has used since version 2.28.
"""

from __future__ import annotations

import math

import numpy as np

from kerasish.random.workspace import Workspace

_LN2 = float.fromhex("0x1.62e42fefa39efp-1")
_LOG_POLYNOMIAL = tuple(
    map(
        float.fromhex,
        ("-0x1.00ea348b88334p-2", "0x1.5575b0be00b6ap-2", "-0x1.ffffef20a4123p-2"),
    )
)
# For sixteen parts of an octave: 1 / c and log(c) of a number c near the middle.
_LOG_TABLE = (
    ("0x1.661ec79f8f3bep+0", "-0x1.57bf7808caadep-2"),
    ("0x1.571ed4aaf883dp+0", "-0x1.2bef0a7c06ddbp-2"),
    ("0x1.49539f0f010bp+0", "-0x1.01eae7f513a67p-2"),
    ("0x1.3c995b0b80385p+0", "-0x1.b31d8a68224e9p-3"),
    ("0x1.30d190c8864a5p+0", "-0x1.6574f0ac07758p-3"),
    ("0x1.25e227b0b8eap+0", "-0x1.1aa2bc79c81p-3"),
    ("0x1.1bb4a4a1a343fp+0", "-0x1.a4e76ce8c0e5ep-4"),
    ("0x1.12358f08ae5bap+0", "-0x1.1973c5a611cccp-4"),
    ("0x1.0953f419900a7p+0", "-0x1.252f438e10c1ep-5"),
    ("0x1p+0", "0x0p+0"),
    ("0x1.e608cfd9a47acp-1", "0x1.aa5aa5df25984p-5"),
    ("0x1.ca4b31f026aap-1", "0x1.c5e53aa362eb4p-4"),
    ("0x1.b2036576afce6p-1", "0x1.526e57720db08p-3"),
    ("0x1.9c2d163a1aa2dp-1", "0x1.bc2860d22477p-3"),
    ("0x1.886e6037841edp-1", "0x1.1058bc8a07ee1p-2"),
    ("0x1.767dcf5534862p-1", "0x1.4043057b6ee09p-2"),
)
# The same for all parts of the octaves below 1, down to 2^-24: 1 / c and log(c) of each.
_OCTAVES = 25
# Bits of 0.69921875, where the sixteen parts of an octave start.
_LOG_START = 0x3FE6600000000000
_FIRST_PART = _LOG_START - (16 * (_OCTAVES - 1) << 48)
_INVERSES = np.array(
    [
        math.ldexp(float.fromhex(inverse), -exponent)
        for exponent in range(1 - _OCTAVES, 1)
        for inverse, _ in _LOG_TABLE
    ]
)
_LOGARITHMS = np.array(
    [
        float.fromhex(logarithm) + exponent * _LN2
        for exponent in range(1 - _OCTAVES, 1)
        for _, logarithm in _LOG_TABLE
    ]
)

_COSINE = tuple(
    map(
        float.fromhex,
        (
            "-0x1.ffffffd0c621cp-2",
            "0x1.55553e1068f19p-5",
            "-0x1.6c087e89a359dp-10",
            "0x1.99343027bf8c3p-16",
        ),
    )
)
_SINE = tuple(
    map(
        float.fromhex,
        ("-0x1.555545995a603p-3", "0x1.1107605230bc4p-7", "-0x1.994eb3774cf24p-13"),
    )
)


def log(x: np.ndarray, space: Workspace | None = None) -> np.ndarray:
    """Return `logf(x)`.

    Args:
        x: float64 array `(length,)` of numbers of float32 between 2^-24 and 1.
        space: Gives the arrays `"a"` to `"d"` and `"logarithm"`, which the result is in.

    Returns:
        float32 array.
    """
    space = space or Workspace()
    length = len(x)
    part = np.subtract(x.view(np.int64), _FIRST_PART, out=space.array("a", length, np.int64))
    part >>= 48
    # x = c * (1 + r)
    r = np.take(_INVERSES, part, mode="clip", out=space.array("b", length, np.float64))
    r *= x
    r -= 1.0
    start = np.take(_LOGARITHMS, part, mode="clip", out=space.array("c", length, np.float64))
    start += r
    a_0, a_1, a_2 = _LOG_POLYNOMIAL
    y = np.multiply(r, a_1, out=part.view(np.float64))
    y += a_2
    r *= r
    y += np.multiply(r, a_0, out=space.array("d", length, np.float64))
    y *= r
    result = space.array("logarithm", length, np.float32)
    return np.add(y, start, out=result, casting="same_kind")


def sine_and_cosine(x: np.ndarray, space: Workspace | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return `sinf(x)` and `cosf(x)`.

    Args:
        x: float64 array `(length,)` of numbers of float32 between 0 and 2 pi.
        space: Gives the arrays `"a"` to `"e"`, `"quadrant"`, `"sine"` and `"cosine"`, which the
            results are in.

    Returns:
        Two float32 arrays.
    """
    space = space or Workspace()
    length = len(x)
    # x = quadrant * pi / 2 + r, with r between -pi / 4 and pi / 4.
    turns = np.multiply(x, 2.0 / math.pi, out=space.array("a", length, np.float64))
    turns += 0.5
    np.floor(turns, out=turns)
    quadrant = space.array("quadrant", length, np.uint32)
    np.copyto(quadrant, turns, casting="unsafe")
    turns *= math.pi / 2.0
    r = np.subtract(x, turns, out=turns)
    squared = np.multiply(r, r, out=space.array("b", length, np.float64))
    fourth = np.multiply(squared, squared, out=space.array("c", length, np.float64))
    total, tail = (space.array(name, length, np.float64) for name in "de")

    c_1, c_2, c_3, c_4 = _COSINE
    np.multiply(squared, c_1, out=total)
    total += 1.0
    total += np.multiply(fourth, c_2, out=tail)
    np.multiply(squared, c_4, out=tail)
    tail += c_3
    tail *= fourth
    tail *= squared
    cosine = space.array("cosine", length, np.float32)
    np.add(total, tail, out=cosine, casting="same_kind")

    s_1, s_2, s_3 = _SINE
    np.multiply(squared, s_3, out=tail)
    tail += s_2
    squared *= r
    fourth *= r
    np.multiply(squared, s_1, out=total)
    total += r
    tail *= fourth
    sine = space.array("sine", length, np.float32)
    np.add(total, tail, out=sine, casting="same_kind")
    _turn(sine, cosine, quadrant, space.array("b", length, np.uint32))
    return sine, cosine


def _turn(sine: np.ndarray, cosine: np.ndarray, quadrant: np.ndarray, spare: np.ndarray) -> None:
    """Turn sine and cosine of an angle, in place, into those a number of quadrants, 0 to 4, on."""
    sine_bits, cosine_bits = sine.view(np.uint32), cosine.view(np.uint32)
    # All bits in odd quadrants, where the two change places.
    odd = np.bitwise_and(quadrant, 1, out=spare)
    np.negative(odd, out=odd)
    sine_bits ^= cosine_bits
    odd &= sine_bits
    sine_bits ^= cosine_bits
    sine_bits ^= odd
    cosine_bits ^= odd
    # The sign is bit 31: negative sines in quadrants 2 and 3, negative cosines in 1 and 2.
    sign = np.bitwise_and(quadrant, 2, out=spare)
    sign <<= 30
    sine_bits ^= sign
    quadrant += 1
    quadrant &= 2
    quadrant <<= 30
    cosine_bits ^= quadrant
