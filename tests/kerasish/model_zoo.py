"""Models that several tests build in both libraries; `n` is `keras` or `kerasish`."""

import numpy as np

_rng = np.random.default_rng(5)
SEQUENCES = _rng.normal(size=(5, 8, 2)).astype("float32")
VECTORS = _rng.normal(size=(5, 3)).astype("float32")
TOKENS = np.array([[1, 2, 3, 0], [4, 0, 0, 0], [5, 5, 1, 2], [0, 3, 0, 1], [2, 2, 2, 2]])


def stacked(n):
    layers = n.layers
    inputs = n.Input((8, 2))
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(inputs)
    x = layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode="sum")(x)
    x = layers.TimeDistributed(layers.Dense(4, activation="relu"))(x)
    x = layers.SimpleRNN(3)(x)
    x = layers.Dropout(0.5)(x)
    return n.Model(inputs, layers.Dense(2, activation="softmax")(x))


def encoder_decoder(n):
    """Several outputs, states handed over as a keyword argument."""
    layers = n.layers
    source, target = n.Input((8, 2), name="source"), n.Input((4, 3), name="target")
    encoded, h, c = layers.LSTM(5, return_sequences=True, return_state=True, name="encoder")(source)
    decoded = layers.LSTM(5, return_sequences=True, name="decoder")(target, initial_state=[h, c])
    outputs = layers.Dense(2, name="head")(decoded)
    return n.Model([source, target], [outputs, encoded, c], name="seq2seq")


def residual(n):
    layers = n.layers
    inputs = n.Input((3,))
    x = layers.Dense(3, activation="tanh")(inputs)
    y = layers.Dense(3)(inputs)
    x = layers.Add()([x, y, inputs])
    x = layers.Concatenate()([x, layers.Multiply()([x, y])])
    return n.Model(inputs, layers.Dense(1)(x))


def shared(n):
    """One layer called at two depths, and on its own output."""
    layers = n.layers
    a, b = n.Input((8, 2), name="a"), n.Input((8, 2), name="b")
    lstm, square = layers.LSTM(3, name="lstm"), layers.Dense(3, name="square")
    x = square(square(lstm(a)))
    y = square(lstm(b))
    return n.Model([a, b], layers.Subtract()([x, y]))


def nested(n):
    """Models in a model, one of them called twice."""
    layers = n.layers
    start = n.Input((3,))
    inner = n.Model(start, layers.Dense(2, name="p")(layers.Dense(4, name="q")(start)), name="body")
    tower = n.Sequential([n.Input((2,)), layers.Dense(3), layers.Dense(1)], name="tower")
    x, y = n.Input((3,)), n.Input((3,))
    return n.Model([x, y], layers.Average()([tower(inner(x)), tower(inner(y))]))


def deeply_nested(n):
    layers = n.layers
    start = n.Input((3,))
    model = n.Model(start, layers.Dense(3)(start))
    for _ in range(3):
        start = n.Input((3,))
        model = n.Model(start, layers.Dense(3)(model(start)))
    return model


def dicts(n):
    layers = n.layers
    inputs = {"b": n.Input((3,), name="b"), "a": n.Input((8, 2), name="a")}
    x = layers.Concatenate()([layers.GRU(3)(inputs["a"]), inputs["b"]])
    return n.Model(inputs, {"z": layers.Dense(1)(x), "y": layers.Dense(2)(x)})


def tuples(n):
    layers = n.layers
    inputs = (n.Input((3,)), n.Input((3,)))
    return n.Model(inputs, (layers.add(list(inputs)), layers.Dense(2)(inputs[0])))


def frozen(n):
    layers = n.layers
    inputs = n.Input((3,))
    fixed, free = layers.Dense(4), layers.Dense(4)
    x = layers.Dense(2)(free(inputs) + fixed(inputs))
    model = n.Model(inputs, x)
    fixed.trainable = False
    model.layers[-1].trainable = False
    return model


def operators(n):
    inputs = n.Input((8, 2))
    x = n.layers.LSTM(4, return_sequences=True)(inputs)
    x = (x * 2.0 - 1.0) / 3.0
    return n.Model(inputs, x[:, -1] + x[:, 0])


def masked(n):
    layers = n.layers
    inputs = n.Input((4,), dtype="int32")
    x = layers.Embedding(6, 3, mask_zero=True)(inputs)
    x = layers.LSTM(4, return_sequences=True)(x)
    return n.Model(inputs, layers.Dense(2)(layers.GRU(3)(x)))


def masked_branches(n):
    """Masks that are joined lengthen a branch of Keras's graph, which moves its layers forward."""
    layers = n.layers
    tokens, vectors = n.Input((4,), dtype="int32"), n.Input((3,))
    words = layers.Embedding(6, 3, mask_zero=True)(tokens)
    kinds = layers.Embedding(7, 2, mask_zero=True)(tokens)
    x = layers.LSTM(2)(layers.Concatenate()([words, kinds]))
    y = vectors
    for _ in range(5):
        y = layers.Dense(3)(y)
    return n.Model([tokens, vectors], layers.Concatenate()([x, y]))


def several_features(n):
    """An output that is an input, and one that is used further."""
    layers = n.layers
    inputs = n.Input((8, 2))
    x = layers.LSTM(3, return_sequences=True)(inputs)
    return n.Model(inputs, [x, inputs, layers.GRU(2)(x)])


def sequential(n):
    layers = n.layers
    return n.Sequential(
        [n.Input((8, 2)), layers.LSTM(4, return_sequences=True), layers.GRU(3), layers.Dense(2)]
    )


def sequential_legacy(n):
    return n.Sequential(
        [n.layers.LSTM(4, return_sequences=True, input_shape=(8, 2)), n.layers.LSTM(3)]
    )


def sequential_deferred(n):
    model = n.Sequential([n.layers.GRU(4), n.layers.Dense(2)], name="later")
    model(np.zeros((1, 8, 2), "float32"))
    return model


def sequential_grown(n):
    model = n.Sequential()
    model.add(n.Input((8, 2)))
    model.add(n.layers.LSTM(3, return_sequences=True))
    model.add(n.layers.Dense(7))
    model.pop()
    model.add(n.layers.Bidirectional(n.layers.LSTM(2)))
    return model


def sequential_nested(n):
    layers = n.layers
    inner = n.Sequential([n.Input((3,)), layers.Dense(4), layers.Dense(2)])
    start = n.Input((2,))
    function = n.Model(start, layers.Dense(3)(start))
    return n.Sequential([inner, function, layers.Dense(1)])


def sequential_tokens(n):
    layers = n.layers
    return n.Sequential([layers.Embedding(6, 3, input_length=4), layers.LSTM(2), layers.Dense(1)])


def images(n):
    """Convolutions of all kinds, pooling, normalizations; slopes for each entry."""
    layers = n.layers
    inputs = n.Input((8, 2))
    x = layers.Reshape((8, 2, 1))(inputs)
    x = layers.Conv2D(4, 2, strides=(2, 1), padding="same", use_bias=False)(x)
    x = layers.PReLU(shared_axes=[1])(layers.GroupNormalization(2)(x))
    y = layers.SeparableConv2D(4, 2, padding="same")(layers.DepthwiseConv2D(2, padding="same")(x))
    x = layers.Add()([layers.RMSNormalization()(x), layers.LayerNormalization()(y)])
    x = layers.AveragePooling2D(2, padding="same")(layers.ZeroPadding2D(((1, 0), (0, 1)))(x))
    x = layers.UpSampling2D(2)(layers.Conv2DTranspose(3, 2, activation="elu")(x))
    return n.Model(inputs, layers.GlobalAveragePooling2D()(x))


def attention(n):
    """Attention of every kind, with the masks of tokens."""
    layers = n.layers
    inputs = n.Input((4,), dtype="int32")
    x = layers.Embedding(6, 4, mask_zero=True)(inputs)
    y = layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    x = layers.LayerNormalization()(layers.Add()([x, y]))
    x = layers.RepeatVector(3)(layers.GlobalAveragePooling1D()(x))
    x = layers.EinsumDense("abc,cd->abd", (3, 5), bias_axes="d")(x)
    x = layers.Concatenate()([x, layers.Attention(use_scale=True)([x, layers.Dense(5)(x)])])
    return n.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))


MODELS = {
    images: SEQUENCES,
    attention: TOKENS.astype("int32"),
    stacked: SEQUENCES,
    encoder_decoder: [SEQUENCES, _rng.normal(size=(5, 4, 3)).astype("float32")],
    residual: VECTORS,
    shared: [SEQUENCES, SEQUENCES[::-1].copy()],
    nested: [VECTORS, VECTORS[::-1].copy()],
    deeply_nested: VECTORS,
    dicts: {"a": SEQUENCES, "b": VECTORS},
    tuples: (VECTORS, VECTORS * 2),
    frozen: VECTORS,
    operators: SEQUENCES,
    masked: TOKENS.astype("int32"),
    masked_branches: [TOKENS.astype("int32"), VECTORS],
    several_features: SEQUENCES,
    sequential: SEQUENCES,
    sequential_legacy: SEQUENCES,
    sequential_deferred: SEQUENCES,
    sequential_grown: SEQUENCES,
    sequential_nested: VECTORS,
}
