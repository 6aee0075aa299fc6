"""Measuring understanding and answers on labelled questions: reading, judging, adding up, tables."""
