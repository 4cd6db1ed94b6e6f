"""The same seed prints the same digits with Keras on TensorFlow and without.

    python examples/training/same_digits.py

Nothing is moved from one library to the other: with `keras` for `kerasish` in the imports the
script prints the same text. So the weights that are drawn, the dropout masks of every step and the
order of the samples are the same.
"""

import numpy as np

from kerasish import Sequential, random
from kerasish.layers import LSTM, Dense, Dropout, GaussianNoise, Input
from kerasish.utils import set_random_seed

set_random_seed(42)
print("normal ", random.normal((4,)).numpy().round(5))
print("output ", LSTM(1)(np.ones((1, 2, 3), "float32")).numpy().round(5))

# How often a noisy sine crosses zero.
noise = np.random.default_rng(0)
X = np.sin(np.arange(20) * noise.uniform(0.2, 2, (200, 1))) + noise.normal(0, 0.3, (200, 20))
X = X[..., None].astype("float32")
y = (np.diff(np.sign(X[..., 0])) != 0).mean(1)

model = Sequential(
    [
        Input((20, 1)),
        GaussianNoise(0.1),
        LSTM(8, dropout=0.1, recurrent_dropout=0.2),
        Dropout(0.3),
        Dense(1),
    ]
)
model.compile("adam", "mse", metrics=["mae"])
history = model.fit(X, y, validation_split=0.2, epochs=4, verbose=0).history
for name, values in history.items():
    print(f"{name:8}", *(f"{value:.5f}" for value in values))
print("predict ", model.predict(X[:5], verbose=0).ravel().round(4))
