"""Models of images and other grids to eject: convolutions, pooling, normalization, shapes."""

import kerasish
from kerasish import layers

MODELS = {}


def model(make):
    MODELS[make.__name__] = make
    return make


@model
def classifier():
    return kerasish.Sequential(
        [
            kerasish.Input((9, 8, 3)),
            layers.Conv2D(4, 3, activation="relu", padding="same"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(5, 3, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.SpatialDropout2D(0.2),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )


@model
def residual_blocks():
    inputs = kerasish.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same")(inputs)
    for _ in range(3):
        y = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        y = layers.BatchNormalization()(y)
        x = layers.Add()([x, y])
    return kerasish.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))


@model
def many_convolutions():
    x = kerasish.Input((9, 8, 4))
    made = [
        layers.Conv2D(2, (2, 3), strides=(2, 3), padding="same", use_bias=False)(x),
        layers.Conv2D(6, 3, dilation_rate=2, padding="same", groups=2)(x),
        layers.Conv2D(3, 4, padding="same", activation="softmax")(x),
        layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2)(x),
        layers.SeparableConv2D(3, 3, strides=2, padding="same", activation="relu")(x),
        layers.Conv2DTranspose(3, 3, strides=2, padding="same")(x),
        layers.Conv2DTranspose(3, 2, strides=3, padding="valid")(x),
        layers.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=0)(x),
    ]
    return kerasish.Model(x, made)


@model
def open_sizes():
    """Padding that depends on the size of the image."""
    x = kerasish.Input((None, None, 2))
    y = layers.Conv2D(3, 3, strides=2, padding="same")(x)
    pooled = [
        layers.MaxPooling2D(2, padding="same")(y),
        layers.MaxPooling2D(3, 2, padding="same")(y),
        layers.AveragePooling2D(2, padding="same")(y),
        layers.AveragePooling2D(3, 1, padding="same")(y),
        layers.AveragePooling2D((3, 2), 2, padding="same")(y),
    ]
    return kerasish.Model(x, pooled)


@model
def pooling():
    x = kerasish.Input((7, 5, 3))
    made = [
        getattr(layers, f"{kind}Pooling2D")(size, stride, padding=padding)(x)
        for kind in ("Max", "Average")
        for padding in ("same", "valid")
        for size, stride in ((2, None), (3, 2), (4, 1), ((2, 3), (1, 2)))
    ]
    made += [layers.GlobalMaxPooling2D(keepdims=True)(layers.Conv2D(2, 1)(x))]
    made += [layers.AdaptiveAveragePooling2D(3)(x), layers.AdaptiveMaxPooling2D((2, 1))(x)]
    return kerasish.Model(x, made)


@model
def channels_first():
    x = kerasish.Input((3, 7, 6))
    y = layers.ZeroPadding2D(((1, 0), (2, 1)), data_format="channels_first")(x)
    y = layers.UpSampling2D(2, data_format="channels_first", interpolation="bilinear")(y)
    y = layers.Cropping2D(((1, 2), (0, 1)), data_format="channels_first")(y)
    y = layers.BatchNormalization(axis=1, scale=False)(y)
    return kerasish.Model(x, layers.Flatten(data_format="channels_first")(y))


@model
def along_time():
    x = kerasish.Input((12, 4))
    y = layers.Conv1D(6, 3, padding="causal", dilation_rate=2, activation="relu")(x)
    y = layers.SeparableConv1D(6, 3, padding="same")(y)
    y = layers.AveragePooling1D(3, 2, padding="same")(y)
    y = layers.Conv1DTranspose(5, 4, strides=2, padding="same")(y)
    y = layers.DepthwiseConv1D(3)(layers.UpSampling1D(2)(y))
    y = layers.Cropping1D((1, 0))(layers.ZeroPadding1D(2)(y))
    return kerasish.Model(x, layers.Bidirectional(layers.LSTM(3))(y))


@model
def volumes():
    x = kerasish.Input((5, 4, 6, 2))
    y = layers.Conv3D(3, 2, strides=(1, 2, 1), padding="same", activation="elu")(x)
    y = layers.MaxPooling3D(2, padding="same")(y)
    y = layers.Conv3DTranspose(2, 2, strides=2)(y)
    y = layers.ZeroPadding3D(1)(layers.Cropping3D(1)(layers.UpSampling3D((1, 2, 1))(y)))
    return kerasish.Model(x, layers.GlobalAveragePooling3D()(y))


@model
def normalizations():
    x = kerasish.Input((4, 6))
    made = [
        layers.LayerNormalization(axis=[1, 2], scale=False)(x),
        layers.LayerNormalization(center=False)(x),
        layers.GroupNormalization(3)(x),
        layers.GroupNormalization(2, axis=1, center=False)(x),
        layers.RMSNormalization()(x),
        layers.UnitNormalization()(x),
        layers.BatchNormalization(center=False, scale=False)(x),
        layers.BatchNormalization(momentum=0.9)(layers.Flatten()(x)),
        layers.SpectralNormalization(layers.Dense(3))(x),
    ]
    return kerasish.Model(x, made)


@model
def activation_layers():
    x = kerasish.Input((3, 4))
    names = """
        relu relu6 elu celu selu sigmoid tanh hard_sigmoid hard_tanh softsign log_sigmoid linear
        sparse_sigmoid exponential silu hard_silu mish glu soft_shrink hard_shrink tanh_shrink
        leaky_relu softmax log_softmax softplus gelu
    """
    made = [layers.Dense(4, activation=name)(x) for name in names.split()]
    made += [
        layers.ReLU(max_value=2.0)(x),
        layers.ReLU(negative_slope=0.1)(x),
        layers.LeakyReLU(0.05)(x),
        layers.ELU(0.5)(x),
        layers.PReLU()(x),
        layers.PReLU(shared_axes=[1])(x),
        layers.Softmax(axis=1)(x),
        layers.Activation("tanh")(x),
        layers.GaussianNoise(0.1)(layers.GaussianDropout(0.1)(layers.AlphaDropout(0.1)(x))),
        layers.ActivityRegularization(0.1)(layers.Identity()(x)),
    ]
    return kerasish.Model(x, made)


@model
def shapes():
    x = kerasish.Input((4, 6))
    vector = layers.Flatten()(x)
    made = [
        layers.Reshape((-1, 3))(x),
        layers.Permute((2, 1))(x),
        layers.RepeatVector(3)(vector),
        layers.Dot(axes=2)([x, x]),
        layers.Dot(axes=1, normalize=True)([vector, vector]),
        layers.Dot(axes=(1, 1))([x, layers.Dense(4)(vector)]),
        layers.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d")(x),
        layers.Add()([x, layers.Dense(6)(vector)]),
        layers.Dropout(0.2, noise_shape=(None, 1, 6))(x),
    ]
    return kerasish.Model(x, made)


@model
def autoencoder():
    inputs = kerasish.Input((8, 8, 1))
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(inputs)
    encoder = kerasish.Model(inputs, layers.Dense(3)(layers.Flatten()(x)), name="encoder")
    decoder = kerasish.Sequential(
        [
            kerasish.Input((3,)),
            layers.Dense(4 * 4 * 2, activation="relu"),
            layers.Reshape((4, 4, 2)),
            layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid"),
        ],
        name="decoder",
    )
    return kerasish.Model(inputs, decoder(encoder(inputs)), name="autoencoder")


@model
def deep():
    x = inputs = kerasish.Input((6,))
    for _ in range(4):
        x = layers.Dense(6, activation="relu")(x)
    for _ in range(3):
        x = layers.Dropout(0.1)(layers.Dense(6, activation="tanh")(x))
    return kerasish.Model(inputs, layers.Dense(1)(x))


@model
def prepared_images():
    """Numbers scaled, normalized and resized; augmentation is left out."""
    x = inputs = kerasish.Input((6, 7, 3))
    x = layers.RandomFlip("horizontal")(x)
    x = layers.RandomRotation(0.1)(x)
    x = layers.Resizing(8, 9)(layers.Rescaling(1 / 127.5, offset=-1)(x))
    x = layers.Rescaling([1.0, 2.0, 3.0], [0.5, 0.0, 1.0])(x)
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])(x)
    x = layers.Conv2D(4, 3, activation="relu")(x)
    x = layers.Dropout(0.2, noise_shape=(None, 1, 1, 1))(x)
    adapted = layers.Normalization()
    y = adapted(layers.GlobalAveragePooling2D()(x))
    return kerasish.Model(inputs, y)


@model
def squeeze_and_excite():
    """Numbers for each channel, made a tensor of images again."""
    x = inputs = kerasish.Input((6, 5, 4))
    y = layers.Reshape((1, 1, 4))(layers.GlobalAveragePooling2D()(x))
    y = layers.Conv2D(2, 1, activation="silu")(y)
    y = layers.Conv2D(4, 1, activation="sigmoid")(y)
    x = layers.Multiply()([x, y])
    z = layers.Dense(4)(layers.GlobalMaxPooling2D(keepdims=True)(x))
    return kerasish.Model(inputs, [layers.Add()([x, z]), layers.Reshape((1, 1, 4))(z[:, 0, 0])])
