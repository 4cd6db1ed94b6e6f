"""Keras's layers on torch's modules; one line an export, in the order of the folders."""

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.activations.prelu import PReLU
from kerasish.layers.activations.rectifiers import ELU, LeakyReLU, ReLU, Softmax
from kerasish.layers.attention.attention import AdditiveAttention, Attention
from kerasish.layers.attention.grouped_query_attention import (
    GroupedQueryAttention as GroupQueryAttention,
)
from kerasish.layers.attention.multi_head_attention import MultiHeadAttention
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.layers.convolutional.conv import Conv1D, Conv2D, Conv3D
from kerasish.layers.convolutional.conv import Conv1D as Convolution1D
from kerasish.layers.convolutional.conv import Conv2D as Convolution2D
from kerasish.layers.convolutional.conv import Conv3D as Convolution3D
from kerasish.layers.convolutional.conv_transpose import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
)
from kerasish.layers.convolutional.conv_transpose import Conv1DTranspose as Convolution1DTranspose
from kerasish.layers.convolutional.conv_transpose import Conv2DTranspose as Convolution2DTranspose
from kerasish.layers.convolutional.conv_transpose import Conv3DTranspose as Convolution3DTranspose
from kerasish.layers.convolutional.depthwise_conv import DepthwiseConv1D, DepthwiseConv2D
from kerasish.layers.convolutional.separable_conv import SeparableConv1D, SeparableConv2D
from kerasish.layers.convolutional.separable_conv import SeparableConv1D as SeparableConvolution1D
from kerasish.layers.convolutional.separable_conv import SeparableConv2D as SeparableConvolution2D
from kerasish.layers.core.activation import Activation
from kerasish.layers.core.dense import Dense
from kerasish.layers.core.einsum_dense import EinsumDense
from kerasish.layers.core.embedding import Embedding
from kerasish.layers.core.identity import Identity
from kerasish.layers.core.input_layer import Input, InputLayer
from kerasish.layers.core.lambda_layer import Lambda
from kerasish.layers.core.masking import Masking
from kerasish.layers.core.reversible_embedding import ReversibleEmbedding
from kerasish.layers.core.wrapper import Wrapper
from kerasish.layers.merging.concatenate import Concatenate
from kerasish.layers.merging.dot import Dot
from kerasish.layers.merging.elementwise import (
    Add,
    Average,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)
from kerasish.layers.merging.functional_forms import (
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from kerasish.layers.normalization.batch_normalization import BatchNormalization
from kerasish.layers.normalization.group_normalization import GroupNormalization
from kerasish.layers.normalization.layer_normalization import LayerNormalization
from kerasish.layers.normalization.rms_normalization import RMSNormalization
from kerasish.layers.normalization.spectral_normalization import SpectralNormalization
from kerasish.layers.normalization.unit_normalization import UnitNormalization
from kerasish.layers.pooling.adaptive import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from kerasish.layers.pooling.whole import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from kerasish.layers.pooling.whole import GlobalAveragePooling1D as GlobalAvgPool1D
from kerasish.layers.pooling.whole import GlobalAveragePooling2D as GlobalAvgPool2D
from kerasish.layers.pooling.whole import GlobalAveragePooling3D as GlobalAvgPool3D
from kerasish.layers.pooling.whole import GlobalMaxPooling1D as GlobalMaxPool1D
from kerasish.layers.pooling.whole import GlobalMaxPooling2D as GlobalMaxPool2D
from kerasish.layers.pooling.whole import GlobalMaxPooling3D as GlobalMaxPool3D
from kerasish.layers.pooling.windows import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from kerasish.layers.pooling.windows import AveragePooling1D as AvgPool1D
from kerasish.layers.pooling.windows import AveragePooling2D as AvgPool2D
from kerasish.layers.pooling.windows import AveragePooling3D as AvgPool3D
from kerasish.layers.pooling.windows import MaxPooling1D as MaxPool1D
from kerasish.layers.pooling.windows import MaxPooling2D as MaxPool2D
from kerasish.layers.pooling.windows import MaxPooling3D as MaxPool3D
from kerasish.layers.preprocessing.category_encoding import CategoryEncoding
from kerasish.layers.preprocessing.discretization import Discretization
from kerasish.layers.preprocessing.hashed_crossing import HashedCrossing
from kerasish.layers.preprocessing.hashing import Hashing
from kerasish.layers.preprocessing.images.augmenting import AugMix, RandAugment
from kerasish.layers.preprocessing.images.brightness import RandomBrightness, RandomContrast
from kerasish.layers.preprocessing.images.color_jitter import RandomColorJitter
from kerasish.layers.preprocessing.images.colors import (
    RandomColorDegeneration,
    RandomGrayscale,
    RandomHue,
    RandomInvert,
    RandomPosterization,
    RandomSaturation,
    RandomSharpness,
)
from kerasish.layers.preprocessing.images.cropping import CenterCrop, RandomCrop
from kerasish.layers.preprocessing.images.erasing import RandomErasing
from kerasish.layers.preprocessing.images.levels import (
    AutoContrast,
    Equalization,
    Solarization,
)
from kerasish.layers.preprocessing.images.mixing import CutMix, MixUp
from kerasish.layers.preprocessing.images.projecting import (
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from kerasish.layers.preprocessing.images.random_flip import RandomFlip
from kerasish.layers.preprocessing.images.resizing import Resizing
from kerasish.layers.preprocessing.images.warping import (
    RandomElasticTransform,
    RandomGaussianBlur,
    RandomPerspective,
    RandomShear,
)
from kerasish.layers.preprocessing.integer_lookup import IntegerLookup
from kerasish.layers.preprocessing.normalization import Normalization
from kerasish.layers.preprocessing.pipeline import Pipeline
from kerasish.layers.preprocessing.rescaling import Rescaling
from kerasish.layers.preprocessing.sound.mel_spectrogram import MelSpectrogram
from kerasish.layers.preprocessing.sound.stft_spectrogram import STFTSpectrogram
from kerasish.layers.preprocessing.string_lookup import StringLookup
from kerasish.layers.preprocessing.text_vectorization import TextVectorization
from kerasish.layers.regularization.activity_regularization import ActivityRegularization
from kerasish.layers.regularization.alpha_dropout import AlphaDropout
from kerasish.layers.regularization.dropout import (
    Dropout,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from kerasish.layers.regularization.gaussian import GaussianDropout, GaussianNoise
from kerasish.layers.reshaping.cropping import Cropping1D, Cropping2D, Cropping3D
from kerasish.layers.reshaping.flatten import Flatten
from kerasish.layers.reshaping.permute import Permute
from kerasish.layers.reshaping.repeat_vector import RepeatVector
from kerasish.layers.reshaping.reshape import Reshape
from kerasish.layers.reshaping.up_sampling import UpSampling1D, UpSampling2D, UpSampling3D
from kerasish.layers.reshaping.zero_padding import ZeroPadding1D, ZeroPadding2D, ZeroPadding3D
from kerasish.layers.rnn.bidirectional import Bidirectional
from kerasish.layers.rnn.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from kerasish.layers.rnn.gru import GRU, GRUCell
from kerasish.layers.rnn.lstm import LSTM, LSTMCell
from kerasish.layers.rnn.rnn import RNN
from kerasish.layers.rnn.simple_rnn import SimpleRNN, SimpleRNNCell
from kerasish.layers.rnn.stacked_rnn_cells import StackedRNNCells
from kerasish.layers.rnn.time_distributed import TimeDistributed
from kerasish.layers.serialization import deserialize, serialize
from kerasish.layers.wrapping.torch_module_wrapper import TorchModuleWrapper
from kerasish.layers.wrapping.wrap import wrap

__all__ = [
    "KerasTensor",
    "InputSpec",
    "Layer",
    "Conv1D",
    "Convolution1D",
    "Conv1DTranspose",
    "Convolution1DTranspose",
    "Conv2D",
    "Convolution2D",
    "Conv2DTranspose",
    "Convolution2DTranspose",
    "Conv3D",
    "Convolution3D",
    "Conv3DTranspose",
    "Convolution3DTranspose",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "AdditiveAttention",
    "Attention",
    "GroupQueryAttention",
    "MultiHeadAttention",
    "PReLU",
    "ELU",
    "LeakyReLU",
    "ReLU",
    "Softmax",
    "Activation",
    "Dense",
    "EinsumDense",
    "Embedding",
    "Identity",
    "Input",
    "InputLayer",
    "Lambda",
    "Masking",
    "ReversibleEmbedding",
    "Wrapper",
    "Concatenate",
    "Dot",
    "Add",
    "Average",
    "Maximum",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "concatenate",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
    "BatchNormalization",
    "GroupNormalization",
    "LayerNormalization",
    "RMSNormalization",
    "SpectralNormalization",
    "UnitNormalization",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "CategoryEncoding",
    "Discretization",
    "HashedCrossing",
    "Hashing",
    "RandomBrightness",
    "RandomContrast",
    "RandomColorJitter",
    "RandomColorDegeneration",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPosterization",
    "RandomSaturation",
    "RandomSharpness",
    "AutoContrast",
    "Equalization",
    "Solarization",
    "RandomErasing",
    "CutMix",
    "MixUp",
    "RandomElasticTransform",
    "RandomGaussianBlur",
    "RandomPerspective",
    "RandomShear",
    "AugMix",
    "RandAugment",
    "Pipeline",
    "MelSpectrogram",
    "STFTSpectrogram",
    "CenterCrop",
    "RandomCrop",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "RandomFlip",
    "Resizing",
    "IntegerLookup",
    "Normalization",
    "Rescaling",
    "StringLookup",
    "TextVectorization",
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "GaussianDropout",
    "GaussianNoise",
    "Flatten",
    "Permute",
    "RepeatVector",
    "Reshape",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "Bidirectional",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "GRU",
    "GRUCell",
    "LSTM",
    "LSTMCell",
    "RNN",
    "SimpleRNN",
    "SimpleRNNCell",
    "StackedRNNCells",
    "TimeDistributed",
    "TorchModuleWrapper",
    "wrap",
    "deserialize",
    "serialize",
]
