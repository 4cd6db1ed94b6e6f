"""`kerasish.preprocessing.text` against Keras 2's."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tf_keras.preprocessing import text as theirs

from kerasish.preprocessing import text as ours

WORDS = st.sampled_from(["a", "B", "b", "don't", "é", "İx", "und", "x-y", "...", "the", "The"])
TEXTS = st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=15)
DOCUMENTS = st.lists(TEXTS | st.lists(WORDS, max_size=6), min_size=1, max_size=5)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "num_words": st.integers(1, 6),
        "lower": st.booleans(),
        "char_level": st.booleans(),
        "oov_token": st.sampled_from(["<oov>", "the"]),
        "split": st.sampled_from([" ", "e", "--"]),
        "filters": st.sampled_from(["", ".,-", "ab"]),
        "analyzer": st.just(str.split),
    },
)
TABLES = ("word_index", "index_word", "word_counts", "word_docs", "index_docs", "document_count")


@settings(deadline=None, max_examples=150)
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS, OPTIONS)
def test_tokenizer(first, second, new, options):
    pair = ours.Tokenizer(**options), theirs.Tokenizer(**options)
    for one in pair:
        one.fit_on_texts(first)
        one.fit_on_texts(iter(second))
    restored = (
        ours.tokenizer_from_json(pair[1].to_json()),
        theirs.tokenizer_from_json(pair[0].to_json()),
    )
    if "analyzer" in options:  # a function, which is in no JSON
        restored = ()
    for mine, keras in (pair, restored) if restored else (pair,):
        for name in TABLES:
            assert getattr(mine, name) == getattr(keras, name)
        assert mine.to_json() == keras.to_json()
        sequences = mine.texts_to_sequences(new)
        assert sequences == keras.texts_to_sequences(new)
        numbers = [[0, 1, 2, 99], *sequences, []]
        assert mine.sequences_to_texts(numbers) == keras.sequences_to_texts(numbers)
        if keras.word_index or keras.num_words:
            for mode in ("binary", "count", "freq", "tfidf"):
                for given_ in (sequences, mine.texts_to_sequences(first)):
                    matrix = mine.sequences_to_matrix(given_, mode)
                    expected = keras.sequences_to_matrix(given_, mode)
                    np.testing.assert_allclose(matrix, expected, rtol=1e-15)
                    assert matrix.dtype == expected.dtype
    assert list(pair[0].word_counts) == list(pair[1].word_counts)


def test_fit_on_sequences():
    pair = ours.Tokenizer(num_words=5), theirs.Tokenizer(num_words=5)
    sequences = [[1, 2, 2], [4, 1, 7], [3]]
    matrices = []
    for one in pair:
        one.fit_on_sequences(sequences)
        matrices.append(one.sequences_to_matrix(sequences, "tfidf"))
    np.testing.assert_allclose(*matrices, rtol=1e-15)
    assert pair[0].index_docs == pair[1].index_docs


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.booleans(), st.sampled_from([" ", "e"]))
def test_words_and_hashes(text, lower, split):
    arguments = {"lower": lower, "split": split}
    assert ours.text_to_word_sequence(text, **arguments) == theirs.text_to_word_sequence(
        text, **arguments
    )
    assert ours.one_hot(text, 50, **arguments) == theirs.one_hot(text, 50, **arguments)
    for function in (None, "md5", len):
        assert ours.hashing_trick(text, 9, function, **arguments) == theirs.hashing_trick(
            text, 9, function, **arguments
        )
    assert ours.one_hot(text, 50, analyzer=list) == theirs.one_hot(text, 50, analyzer=list)


def test_refusals():
    tokenizer = ours.Tokenizer()
    with pytest.raises(ValueError, match="needs `num_words`, or texts"):
        tokenizer.sequences_to_matrix([[1]])
    tokenizer.num_words = 3
    with pytest.raises(ValueError, match=r"for mode='tfidf'. Received: document_count=0"):
        tokenizer.sequences_to_matrix([[1]], "tfidf")
    with pytest.raises(ValueError, match=r"knows the modes .* Received: mode='sum'"):
        tokenizer.sequences_to_matrix([[1]], "sum")
    with pytest.raises(ValueError, match=r"what Tokenizer.to_json returns. Received: '\[1\]'"):
        ours.tokenizer_from_json("[1]")
    with pytest.raises(ValueError, match=r"hash_function='sha'"):
        ours.hashing_trick("a", 3, "sha")
    with pytest.warns(DeprecationWarning, match="now `num_words`"):
        assert ours.Tokenizer(nb_words=4).num_words == 4


def test_json_holds_the_class():
    assert json.loads(ours.Tokenizer().to_json(indent=1))["class_name"] == "Tokenizer"
