"""Recurrent layers over time by torch operations, with backward passes by hand."""
