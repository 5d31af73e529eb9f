"""Tests of the encoders and the vector index."""
