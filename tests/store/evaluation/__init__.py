"""Tests of measuring a ranking."""
