"""Keras's layers on torch's modules; one line an export, in the order of the folders."""

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.layers.core.input_layer import Input, InputLayer
from kerasish.layers.rnn.bidirectional import Bidirectional
from kerasish.layers.rnn.gru import GRU, GRUCell
from kerasish.layers.rnn.lstm import LSTM, LSTMCell
from kerasish.layers.rnn.rnn import RNN
from kerasish.layers.rnn.simple_rnn import SimpleRNN, SimpleRNNCell
from kerasish.layers.rnn.stacked_rnn_cells import StackedRNNCells
from kerasish.saving.registry import deserialize_keras_object as deserialize
from kerasish.saving.registry import serialize_keras_object as serialize

__all__ = [
    "deserialize",
    "serialize",
    "KerasTensor",
    "InputSpec",
    "Layer",
    "Input",
    "InputLayer",
    "Bidirectional",
    "GRU",
    "GRUCell",
    "LSTM",
    "LSTMCell",
    "RNN",
    "SimpleRNN",
    "SimpleRNNCell",
    "StackedRNNCells",
]
