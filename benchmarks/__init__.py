"""Measurements of kerasish beside bare torch and Keras; run `python -m benchmarks.rnn`."""
