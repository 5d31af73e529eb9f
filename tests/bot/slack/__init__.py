"""Tests of the Slack surface, part by part; the whole of it is in tests/scenarios."""
