"""Models of sequences to eject: recurrent layers, masks, states, attention."""

import torch

import kerasish
from kerasish import layers

MODELS = {}


def model(make):
    MODELS[make.__name__] = make
    return make


def words(mask_zero=True, size=4):
    tokens = kerasish.Input((None,), dtype="int32", name="tokens")
    return tokens, layers.Embedding(9, size, mask_zero=mask_zero)(tokens)


def sequence(features=3, name="sequence", length=None):
    return kerasish.Input((length, features), name=name)


@model
def stacked_masked():
    tokens, x = words()
    x = layers.LSTM(5, return_sequences=True)(x)
    x = layers.Dropout(0.3)(x)
    x = layers.GRU(4, return_sequences=True)(x)
    x = layers.SimpleRNN(3)(x)
    return kerasish.Model(tokens, layers.Dense(1, activation="sigmoid")(x))


def _directions(kind, merge_mode, return_sequences, masked, **more):
    def make():
        tokens, x = words(masked)
        inner = getattr(layers, kind)(3, return_sequences=return_sequences, **more)
        made = layers.Bidirectional(inner, merge_mode=merge_mode)(x)
        return kerasish.Model(tokens, list(made) if isinstance(made, tuple) else made)

    name = f"bidirectional_{kind}_{merge_mode}_{return_sequences}_{masked}_{'_'.join(more)}"
    MODELS[name] = make


for _mode in ("concat", "sum", "mul", "ave", None):
    _directions("LSTM", _mode, True, True)
    _directions("GRU", _mode, False, True)
    _directions("SimpleRNN", _mode, True, False, activation="relu")
    _directions("GRU", _mode, True, True, reset_after=False)
_directions("LSTM", "concat", False, True, return_state=True)
_directions("LSTM", "sum", True, False, return_state=True, dropout=0.2, recurrent_dropout=0.1)
_directions("LSTM", "concat", False, False, activation="relu", recurrent_activation="hard_sigmoid")
_directions("GRU", "concat", True, True, use_bias=False, dropout=0.1)


@model
def backwards_masked():
    tokens, x = words()
    x, h, c = layers.LSTM(3, go_backwards=True, return_sequences=True, return_state=True)(x)
    return kerasish.Model(tokens, [x, h, c])


@model
def zero_output_for_mask():
    tokens, x = words()
    layer = layers.GRU(3, zero_output_for_mask=True, return_sequences=True)
    last = layers.LSTM(3, zero_output_for_mask=True)
    return kerasish.Model(tokens, [layer(x), last(x)])


@model
def translation():
    source, x = words()
    target = kerasish.Input((None,), dtype="int32", name="target")
    y = layers.Embedding(9, 4, mask_zero=True)(target)
    _, h, c = layers.LSTM(6, return_state=True, name="encoder")(x)
    y, _, _ = layers.LSTM(6, return_sequences=True, return_state=True, name="decoder")(
        y, initial_state=[h, c]
    )
    return kerasish.Model([source, target], layers.Dense(9, activation="softmax")(y))


@model
def masked_with_states():
    """Rows that are masked whole give zeros, but hand the initial states on."""
    tokens, x = words()
    start = kerasish.Input((3,), name="start")
    last, h = layers.GRU(3, return_state=True)(x, initial_state=start)
    both = layers.Bidirectional(layers.GRU(3))(x, initial_state=[start, start])
    return kerasish.Model([tokens, start], [last, h, both])


@model
def explicit_masks():
    """A mask that is given by name goes with initial states, too."""
    tokens, x = words(False)
    start = kerasish.Input((3,), name="start")
    mask = tokens > 0
    last, h = layers.GRU(3, return_state=True)(x, initial_state=start, mask=mask)
    y = layers.LSTM(3, return_sequences=True)(x, initial_state=[start, start], mask=mask)
    both = layers.Bidirectional(layers.GRU(3))(x, initial_state=[start, start], mask=mask)
    joined = layers.Bidirectional(layers.LSTM(3, return_sequences=True, return_state=True))
    made = joined(x, initial_state=[start, start, start, start], mask=mask)
    slow = layers.GRU(3, reset_after=False)(x, initial_state=start, mask=mask)
    return kerasish.Model([tokens, start], [last, h, y, both, *made, slow])


@model
def custom_cells():
    x = sequence()
    y = layers.LSTM(3, activation="softsign", recurrent_activation="hard_sigmoid")(x)
    z = layers.GRU(3, activation="elu", return_sequences=True)(x)
    z = layers.SimpleRNN(2, activation="linear", recurrent_dropout=0.2)(z)
    return kerasish.Model(x, [y, z])


@model
def cells():
    x = layers.Masking()(inputs := sequence())
    stack = [layers.LSTMCell(4), layers.GRUCell(3, reset_after=False), layers.SimpleRNNCell(2)]
    y = layers.RNN(stack, return_sequences=True, go_backwards=True)(x)
    outputs = layers.RNN(layers.GRUCell(3), return_state=True)(x)
    return kerasish.Model(inputs, [y, *outputs])


@model
def time_distributed_images():
    x = kerasish.Input((None, 6, 5, 2))
    inner = kerasish.Sequential([layers.Conv2D(3, 2, activation="relu"), layers.Flatten()])
    y = layers.TimeDistributed(inner)(x)
    y = layers.TimeDistributed(layers.Dense(4, activation="tanh"))(y)
    y = layers.TimeDistributed(layers.LayerNormalization())(y)
    return kerasish.Model(x, layers.LSTM(3)(y))


@model
def hierarchical():
    """A model with masks of its own, on every sentence of a document."""
    tokens, x = words()
    sentence = kerasish.Model(tokens, layers.GRU(3)(x), name="sentence")
    document = kerasish.Input((3, 5), dtype="int32", name="document")
    y = layers.TimeDistributed(sentence)(document)
    return kerasish.Model(document, layers.GRU(2)(y))


@model
def masks_across_models():
    """A mask goes into a model, and out of one."""
    tokens, x = words()
    embed = kerasish.Model(tokens, layers.Dense(4)(x), name="embed")
    start = sequence(4)
    head = kerasish.Model(start, layers.LSTM(3)(start), name="head")
    given = kerasish.Input((None,), dtype="int32")
    return kerasish.Model(given, head(embed(given)))


@model
def unused_masks():
    """No mask is computed where nothing takes it."""
    tokens, x = words()
    return kerasish.Model(tokens, layers.GlobalMaxPooling1D()(layers.Dense(3)(x)))


@model
def merged_masks():
    tokens, x = words()
    y = layers.Embedding(9, 4, mask_zero=True)(tokens)
    z = layers.Dense(4)(x)
    joined = [
        layers.Add()([x, y]),
        layers.Concatenate()([x, y, z]),
        layers.Multiply()([x, y]),
        layers.Maximum()([x, z]),
        layers.Concatenate(axis=1)([x, y]),
    ]
    pooled = [layers.GlobalAveragePooling1D()(one) for one in joined]
    return kerasish.Model(tokens, [layers.LSTM(2)(joined[1]), *pooled])


@model
def transformer():
    tokens, x = words(size=6)
    for _ in range(2):
        attended = layers.MultiHeadAttention(2, 3, dropout=0.1)(x, x, use_causal_mask=True)
        x = layers.LayerNormalization()(layers.Add()([x, attended]))
        y = layers.Dense(8, activation="gelu")(x)
        x = layers.LayerNormalization()(x + layers.Dense(6)(y))
    return kerasish.Model(tokens, layers.Dense(9)(x))


@model
def attention_layers():
    query, key = sequence(4, "query"), sequence(4, "key")
    plain = layers.MultiHeadAttention(2, 3, value_dim=5, output_shape=7, use_bias=False)
    outputs = [
        plain(query, key),
        layers.Attention(use_scale=True)([query, key]),
        layers.Attention(score_mode="concat")([query, key], use_causal_mask=True),
        layers.AdditiveAttention(dropout=0.1)([query, key]),
        *layers.MultiHeadAttention(1, 2)(query, key, return_attention_scores=True),
    ]
    return kerasish.Model([query, key], outputs)


@model
def masked_attention():
    tokens, x = words()
    other = kerasish.Input((None,), dtype="int32", name="other")
    y = layers.Embedding(9, 4, mask_zero=True)(other)
    made = [layers.Attention()([x, y]), layers.MultiHeadAttention(2, 3)(x, y)]
    return kerasish.Model([tokens, other], [*made, layers.GlobalAveragePooling1D()(made[0])])


@model
def steps():
    x = sequence(4)
    y = (x * 2.0 - 1.0) / 3.0 + x**2
    y = torch.tanh(y) @ x.transpose(1, 2)
    z = torch.cat([x[:, -1], x.mean(dim=1), x[:, 0] * torch.arange(4.0)], dim=-1)
    return kerasish.Model(x, [y, -z, torch.softmax(z, -1), z > 0])


@model
def dictionaries():
    inputs = {"b": kerasish.Input((3,), name="b"), "a": sequence(2, "a")}
    x = layers.Concatenate()([layers.GRU(3)(inputs["a"]), inputs["b"]])
    return kerasish.Model(inputs, {"z": layers.Dense(1)(x), "y": layers.Dense(2)(x)})


@model
def double():
    x = kerasish.Input((None, 3), dtype="float64")
    y = layers.LSTM(4, return_sequences=True, dtype="float64")(x)
    y = layers.GRU(4, reset_after=False, dtype="float64")(y)
    return kerasish.Model(x, layers.Dense(2, dtype="float64")(y))


@model
def odd_names():
    """Names that are no identifiers, shadow something, or are the same after cleaning."""
    a = kerasish.Input((3,), name="lambda")
    b = kerasish.Input((3,), name="torch")
    x = layers.Dense(3, name="train")(a)
    x = layers.Dense(3, name="1st/Dense.x")(x)
    y = layers.Dense(3, name="forward")(b)
    y = layers.Dense(3, name="1st_dense_x")(y)
    return kerasish.Model([a, b], layers.Add(name="x")([x, y]), name="self")


@model
def deep_recurrent():
    """Layers that torch has as one module."""
    tokens, x = words()
    for _ in range(3):
        x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(3))(x)
    y = sequence(2)
    z = layers.GRU(5, return_sequences=True)(y)
    z, h = layers.GRU(5, return_sequences=True, return_state=True)(z)
    return kerasish.Model([tokens, y], [x, z, h])


class OwnAttention(layers.Layer):
    """What many notebooks have: learned attention over the steps of a sequence."""

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1], 3), name="w")
        self.b = self.add_weight((3,), initializer="zeros", name="b")
        self.score = layers.Dense(1, name="score")
        self.score.build((None, None, 3))

    def call(self, inputs, training=None):
        hidden = torch.tanh(inputs @ self.w + self.b)
        weights = torch.softmax(self.score(hidden), dim=1)
        return (weights * inputs).sum(dim=1)


@model
def own_layers():
    x = sequence()
    y = layers.GRU(4, return_sequences=True)(x)
    z = layers.Lambda(lambda t: t[:, -1] * 2.0)(y)
    first, second = OwnAttention(), OwnAttention()
    z = layers.Concatenate()([first(y), second(x), z])
    z = layers.Lambda(lambda t: t / torch.linalg.norm(t, dim=-1, keepdim=True))(z)
    return kerasish.Model(x, layers.Dense(2)(layers.Lambda(lambda t: t.clamp(min=-1.0))(z)))
