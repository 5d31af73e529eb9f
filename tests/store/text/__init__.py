"""Tests of text to text."""
