"""Tests about the house: documents that tell the truth, words in their places, two sides of every agreement."""
