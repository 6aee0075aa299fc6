"""Tests of the farmers' door."""
