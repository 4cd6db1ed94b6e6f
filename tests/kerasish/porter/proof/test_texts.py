"""Printed texts: what is masked, and when numbers agree."""

import pytest

from kerasish.porter.proof.texts import compare_texts, masked, plain
from weight_port.verify import Tolerance

TOLERANCE = Tolerance(1e-3, 1e-6)


@pytest.mark.parametrize(
    ("original", "port"),
    [
        ("8/8 ━━━ 1s 12ms/step - loss: 0.5012", "8/8 ━━━ 0s 3ms/step - loss: 0.5013"),
        ("took 3.2 s, at 12:30:01 on 2026-11-23", "took 45 min, at 9:05 on 2026-11-24 10:00"),
        ("<keras.src.callbacks.history.History object at 0x7f01>", "<History object at 0x9>"),
        ("<class 'keras.layers.Dense'>", "<class 'kerasish.layers.Dense'>"),
        (
            "tf.Tensor([[1.5 2.25]], shape=(1, 2), dtype=float32)",
            "tensor([[1.5000, 2.2500]], grad_fn=<AddBackward0>)",
        ),
        (
            "<tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>",
            "tensor([1., 2.])",
        ),
        ("['', np.str_('was'), np.float32(0.5)]", "['', 'was', 0.5]"),
        ("WARNING:tensorflow:5 out of the last 5 calls\nloss 1e-3", "loss 0.001"),
        ("Wall time: 3.2 s", "Wall time: 12 µs"),
        ("a  b\n", "a b"),
        ("2.21.0", "2.13.0+cpu"),
        ("saved to /tmp/tmpx9c849yg/a", "saved to /tmp/tmp6hj_eu5j/a"),
        (
            "Epoch 1/2\n1/5 ━━ 0s - loss: 3\nsaved\n5/5 ━━ 1s - loss: 2\nEpoch 2/2\n5/5 ━━ loss: 1",
            "Epoch 1/2\n5/5 ━━ 0s - loss: 2\nsaved\n5/5 ━━ 0s - loss: 2\nEpoch 2/2\n5/5 ━━ loss: 1",
        ),
        ("Training time: 12.34, loss 0.5", "Training time: 9.87, loss 0.5"),
        (
            "1.2 ms ± 3 µs per loop (mean ± std. dev. of 7 runs, 1,000 loops each)",
            "5 µs ± 1 ns per loop (mean ± std. dev. of 7 runs, 100,000 loops each)",
        ),
        ("loss: 0.237", "loss: 0.238"),  # one of the last digit that is printed
        ("1000.4 steps", "1001.2 steps"),
    ],
)
def test_agree(original: str, port: str) -> None:
    assert compare_texts(original, port, TOLERANCE).agree


@pytest.mark.parametrize(
    ("original", "port", "shown"),
    [
        ("loss: 0.237", "loss: 0.239", "loss: 0.239"),
        ("epoch 3", "epoch 4", "epoch 4"),  # whole numbers are counts
        ("right: True", "right: False", "right: False"),
        ("a b c", "a b", "(the end)"),
        ("value nan", "value 0.5", "value 0.5"),
        ("-0.5", "0.5", "0.5"),
        ("5/5 ━━ 1s - loss: 0.50\nEpoch 2/2", "5/5 ━━ 1s - loss: 0.60\nEpoch 2/2", None),
        ("2/2 - 1s - 9ms/step - loss: 0.50", "2/2 - 0s - 1ms/step - loss: 0.60", None),
        ("time 3, loss: 0.25", "time 3, loss: 0.5", "time 3, loss: 0.5"),
    ],
)
def test_differ(original: str, port: str, shown: str | None) -> None:
    found = compare_texts(original, port, TOLERANCE)
    assert not found.agree
    assert shown is None or found.port == shown


def test_the_difference_of_numbers_is_told() -> None:
    found = compare_texts("a 0.5000 b 2.000", "a 0.5001 b 2.001", TOLERANCE)
    assert found.agree
    assert found.absolute == pytest.approx(1e-3)


def test_masks_leave_the_rest() -> None:
    assert masked("step 3 of 4, 5 layers") == "step 3 of 4, 5 layers"
    assert masked("x in 2s") == "x in <time> "


def test_a_progress_bar_as_it_ended() -> None:
    assert plain("\x1b[1m1/2\x1b[0m ━ 1s\b\b\r\x1b[1m2/2\x1b[0m ━━\nvalue\n") == "2/2 ━━\nvalue\n"
    assert plain("abc\b\bXY") == "aXY"
