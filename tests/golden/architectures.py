"""Small models that Keras 3 and tf-keras both can build; the golden files hold them.

Each function takes the namespace (`keras` or `tf_keras`) and returns a model. Sizes are tiny, for
small files, and no two sizes of a model are equal where it can be avoided, so that a transposed
weight does not fit.
"""

import numpy as np

ARCHITECTURES = {}
TIME, FEATURES, BATCH = 5, 3, 4


def architecture(make):
    ARCHITECTURES[make.__name__] = make
    return make


def make_inputs(model, seed=0):
    """Random inputs of a model: integers for inputs of an embedding, some steps masked."""
    rng = np.random.default_rng(seed)
    arrays = []
    for symbol in model.inputs:
        shape = (symbol.shape[0] or BATCH, *symbol.shape[1:])
        name = symbol.name
        if "tokens" in name:
            array = rng.integers(1, 10, shape).astype("float32")
        else:
            array = rng.normal(size=shape).astype(
                np.dtype(getattr(symbol.dtype, "name", symbol.dtype))
            )
        if "masked" in name:
            array[0, -2:] = 0
            array[1, :1] = 0
            array[2, 2] = 0
        arrays.append(array)
    return arrays


def randomize(model, seed=1):
    """Random weights; statistics of a normalization stay positive."""
    rng = np.random.default_rng(seed)
    values = []
    for weight in model.weights:
        path = getattr(weight, "path", weight.name)
        value = rng.normal(0, 0.5, tuple(weight.shape))
        if "variance" in path or "gamma" in path:
            value = np.abs(value) + 0.5
        values.append(value.astype(np.dtype(getattr(weight.dtype, "name", weight.dtype))))
    model.set_weights(values)


def sequence(K, name="sequence"):
    return K.Input((TIME, FEATURES), name=name)


def tokens(K, name="tokens"):
    return K.Input((TIME,), name=name)


@architecture
def lstm_stacked(K):
    x = sequence(K)
    y = K.layers.LSTM(4, return_sequences=True)(x)
    y = K.layers.LSTM(2)(y)
    return K.Model(x, K.layers.Dense(1, activation="sigmoid")(y))


@architecture
def lstm_sequential(K):
    layers = [K.Input((TIME, FEATURES), name="sequence"), K.layers.LSTM(4), K.layers.Dense(2)]
    return K.Sequential(layers, name="stack")


def _bidirectional(merge_mode):
    def make(K):
        x = sequence(K)
        layer = K.layers.LSTM(4, return_sequences=True)
        return K.Model(x, K.layers.Bidirectional(layer, merge_mode=merge_mode)(x))

    make.__name__ = f"bidirectional_{merge_mode or 'two_outputs'}"
    return make


for mode in ("concat", "sum", "mul", "ave", None):
    architecture(_bidirectional(mode))


@architecture
def bidirectional_gru_last(K):
    x = sequence(K)
    return K.Model(x, K.layers.Dense(2)(K.layers.Bidirectional(K.layers.GRU(4))(x)))


@architecture
def bidirectional_states(K):
    x = sequence(K)
    layer = K.layers.LSTM(2, return_sequences=True, return_state=True)
    return K.Model(x, list(K.layers.Bidirectional(layer)(x)))


@architecture
def bidirectional_two_layers(K):
    x = sequence(K)
    forward = K.layers.LSTM(4, return_sequences=True, name="forth")
    backward = K.layers.LSTM(2, return_sequences=True, go_backwards=True, name="back")
    return K.Model(x, K.layers.Bidirectional(forward, backward_layer=backward)(x))


@architecture
def lstm_stateful(K):
    x = K.Input(batch_shape=(BATCH, TIME, FEATURES), name="sequence")
    return K.Model(x, K.layers.LSTM(4, stateful=True, return_sequences=True)(x))


@architecture
def masking_lstm(K):
    x = sequence(K, "masked")
    y = K.layers.Masking(0.0)(x)
    y = K.layers.LSTM(4, return_sequences=True)(y)
    return K.Model(x, K.layers.LSTM(2)(y))


@architecture
def masked_bidirectional(K):
    x = sequence(K, "masked")
    y = K.layers.Masking()(x)
    return K.Model(x, K.layers.Bidirectional(K.layers.GRU(4, return_sequences=True))(y))


@architecture
def embedding_masked_gru(K):
    x = tokens(K, "masked_tokens")
    y = K.layers.Embedding(10, 4, mask_zero=True)(x)
    return K.Model(x, K.layers.Dense(2, activation="softmax")(K.layers.GRU(6)(y)))


@architecture
def embedding_flat(K):
    x = tokens(K)
    y = K.layers.Flatten()(K.layers.Embedding(10, 2)(x))
    return K.Model(x, K.layers.Dense(3, activation="relu")(y))


@architecture
def encoder_decoder_lstm(K):
    source, target = sequence(K, "source"), K.Input((4, 2), name="target")
    _, h, c = K.layers.LSTM(6, return_state=True, name="encoder")(source)
    y = K.layers.LSTM(6, return_sequences=True, name="decoder")(target, initial_state=[h, c])
    y = K.layers.TimeDistributed(K.layers.Dense(2, activation="softmax"))(y)
    return K.Model([source, target], y)


@architecture
def encoder_decoder_gru(K):
    source, target = sequence(K, "source"), K.Input((4, 2), name="target")
    _, h = K.layers.GRU(6, return_state=True, name="encoder")(source)
    return K.Model(
        [source, target], K.layers.GRU(6, return_sequences=True, name="decoder")(target, h)
    )


@architecture
def bidirectional_encoder_decoder(K):
    source, target = sequence(K, "source"), K.Input((4, 2), name="target")
    layer = K.layers.LSTM(3, return_state=True)
    _, fh, fc, bh, bc = K.layers.Bidirectional(layer, name="encoder")(source)
    h = K.layers.Concatenate(name="h")([fh, bh])
    c = K.layers.Concatenate(name="c")([fc, bc])
    decoder = K.layers.LSTM(6, return_sequences=True, name="decoder")
    return K.Model([source, target], decoder(target, initial_state=[h, c]))


@architecture
def nested_functional(K):
    a = K.Input((FEATURES,), name="inner_input")
    inner = K.Model(a, K.layers.Dense(4, activation="tanh")(a), name="inner")
    x, y = K.Input((FEATURES,), name="left"), K.Input((FEATURES,), name="right")
    return K.Model([x, y], K.layers.Subtract()([inner(x), inner(y)]))


@architecture
def nested_sequential(K):
    layers = [K.Input((TIME, FEATURES)), K.layers.GRU(4), K.layers.Dense(2, activation="tanh")]
    inner = K.Sequential(layers, name="inner")
    x = sequence(K)
    return K.Model(x, K.layers.Dense(1)(inner(x)))


@architecture
def nested_as_output(K):
    a = K.Input((FEATURES,), name="inner_input")
    inner = K.Model(a, K.layers.Dense(4)(a), name="inner")
    x = K.Input((FEATURES,), name="x")
    return K.Model(x, inner(x))


@architecture
def shared_lstm(K):
    left, right = sequence(K, "left"), sequence(K, "right")
    lstm = K.layers.LSTM(4)
    y = K.layers.Concatenate()([lstm(left), lstm(right)])
    return K.Model([left, right], K.layers.Dense(1)(y))


@architecture
def many_inputs_and_outputs(K):
    x, extra = sequence(K), K.Input((2,), name="extra")
    y = K.layers.Concatenate()([K.layers.SimpleRNN(4)(x), extra])
    first = K.layers.Dense(1, name="first")(y)
    return K.Model([x, extra], [first, K.layers.Dense(3, activation="softmax", name="second")(y)])


@architecture
def merges(K):
    a, b = K.Input((4,), name="a"), K.Input((4,), name="b")
    made = [
        getattr(K.layers, kind)()([a, b])
        for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
    ]
    return K.Model([a, b], K.layers.Dense(2)(K.layers.Concatenate()(made)))


@architecture
def time_distributed_dense(K):
    x = sequence(K)
    y = K.layers.TimeDistributed(K.layers.Dense(4, activation="relu"))(x)
    return K.Model(x, K.layers.GRU(2, return_sequences=True)(y))


@architecture
def time_distributed_model(K):
    a = K.Input((6, FEATURES), name="words")
    inner = K.Model(a, K.layers.LSTM(4)(a), name="sentence")
    x = K.Input((TIME, 6, FEATURES), name="document")
    return K.Model(x, K.layers.LSTM(2)(K.layers.TimeDistributed(inner)(x)))


@architecture
def conv_lstm_1d(K):
    x = K.Input((3, 6, 2), name="frames")
    layer = K.layers.ConvLSTM1D(3, 2, padding="same", recurrent_activation="sigmoid")
    return K.Model(x, layer(x))


@architecture
def conv_lstm_2d(K):
    x = K.Input((3, 5, 4, 2), name="frames")
    layer = K.layers.ConvLSTM2D(
        3, (2, 3), return_sequences=True, recurrent_activation="hard_sigmoid"
    )
    return K.Model(x, layer(x))


@architecture
def stacked_cells(K):
    x = sequence(K)
    cells = [K.layers.LSTMCell(4), K.layers.GRUCell(2)]
    return K.Model(x, K.layers.RNN(cells, return_sequences=True)(x))


@architecture
def stacked_cells_layer(K):
    x = sequence(K)
    cells = K.layers.StackedRNNCells([K.layers.SimpleRNNCell(4), K.layers.LSTMCell(2)])
    return K.Model(x, K.layers.RNN(cells)(x))


@architecture
def rnn_of_cell(K):
    x = sequence(K)
    return K.Model(x, K.layers.RNN(K.layers.GRUCell(4, reset_after=False))(x))


@architecture
def attention_over_states(K):
    x = sequence(K)
    states = K.layers.LSTM(4, return_sequences=True)(x)
    scores = K.layers.Flatten()(K.layers.Dense(1, activation="tanh")(states))
    weights = K.layers.Activation("softmax")(scores)
    weights = K.layers.Permute((2, 1))(K.layers.RepeatVector(4)(weights))
    return K.Model(x, K.layers.Dense(2)(K.layers.Flatten()(K.layers.Multiply()([states, weights]))))


@architecture
def attention_dot(K):
    source, target = sequence(K, "source"), K.Input((4, 2), name="target")
    keys = K.layers.Bidirectional(K.layers.GRU(3, return_sequences=True))(source)
    queries = K.layers.GRU(6, return_sequences=True)(target)
    scores = K.layers.Activation("softmax")(K.layers.Dot(axes=(2, 2))([queries, keys]))
    context = K.layers.Dot(axes=(2, 1))([scores, keys])
    return K.Model([source, target], K.layers.Concatenate()([context, queries]))


@architecture
def gru_reset_after(K):
    x = sequence(K)
    return K.Model(x, K.layers.GRU(4, reset_after=True, return_sequences=True)(x))


@architecture
def gru_reset_before(K):
    x = sequence(K)
    return K.Model(x, K.layers.GRU(4, reset_after=False, return_sequences=True)(x))


@architecture
def gru_backwards(K):
    x = sequence(K)
    layer = K.layers.GRU(4, go_backwards=True, return_sequences=True, return_state=True)
    return K.Model(x, list(layer(x)))


@architecture
def lstm_hard_sigmoid(K):
    x = sequence(K)
    y = K.layers.LSTM(4, recurrent_activation="hard_sigmoid", return_sequences=True)(x)
    y = K.layers.Activation("hard_sigmoid")(y)
    return K.Model(x, K.layers.Dense(2, activation="hard_sigmoid")(y))


@architecture
def lstm_without_bias(K):
    x = sequence(K)
    return K.Model(x, K.layers.LSTM(4, use_bias=False, unroll=True, activation="relu")(x))


@architecture
def lstm_double(K):
    x = K.Input((TIME, FEATURES), dtype="float64", name="sequence")
    return K.Model(x, K.layers.LSTM(4, dtype="float64")(x))


@architecture
def simple_rnn(K):
    x = sequence(K)
    return K.Model(x, K.layers.SimpleRNN(4, return_sequences=True, activation="relu")(x))


@architecture
def many_arguments(K):
    x = sequence(K)
    y = K.layers.LSTM(
        4,
        kernel_initializer="he_normal",
        recurrent_initializer=K.initializers.Orthogonal(0.5),
        bias_initializer=K.initializers.VarianceScaling(2.0, "fan_in", "uniform"),
        kernel_regularizer=K.regularizers.L1L2(0.01, 0.02),
        recurrent_constraint=K.constraints.MaxNorm(2.0),
        dropout=0.2,
        recurrent_dropout=0.1,
    )(x)
    return K.Model(x, K.layers.Dropout(0.5)(K.layers.GaussianNoise(0.1)(y)))


@architecture
def conv1d_lstm(K):
    x = K.Input((8, FEATURES), name="sequence")
    y = K.layers.Conv1D(4, 3, padding="same", activation="relu")(x)
    return K.Model(x, K.layers.LSTM(2)(K.layers.MaxPooling1D(2)(y)))


@architecture
def batch_normalization(K):
    x = sequence(K)
    y = K.layers.BatchNormalization()(K.layers.Dense(4)(x))
    return K.Model(x, K.layers.LSTM(2)(y))


@architecture
def layer_normalization(K):
    x = sequence(K)
    y = K.layers.LayerNormalization()(K.layers.GRU(4, return_sequences=True)(x))
    return K.Model(x, K.layers.GlobalAveragePooling1D()(y))


@architecture
def reshaping(K):
    x = sequence(K)
    y = K.layers.Permute((2, 1))(K.layers.Reshape((3, 5))(x))
    y = K.layers.SpatialDropout1D(0.3)(y)
    return K.Model(x, K.layers.RepeatVector(2)(K.layers.Flatten()(y)))
