"""`keras.preprocessing.sequence`: sequences, windows and pairs of words."""

from kerasish.preprocessing.skipgrams import make_sampling_table, skipgrams
from kerasish.preprocessing.timeseries_generator import TimeseriesGenerator
from kerasish.utils.sequences import pad_sequences

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]
