"""Fakes that stand in for the world outside in tests."""
