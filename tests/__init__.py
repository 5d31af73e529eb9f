"""Tests of Harkback."""
