"""Tests of what is logged, and what never is."""
