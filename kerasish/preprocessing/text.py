"""`keras.preprocessing.text`: texts as numbers, as in Keras 2."""

from kerasish.preprocessing.tokenizer import Tokenizer, tokenizer_from_json
from kerasish.preprocessing.words import hashing_trick, one_hot, text_to_word_sequence

__all__ = [
    "Tokenizer",
    "hashing_trick",
    "one_hot",
    "text_to_word_sequence",
    "tokenizer_from_json",
]
