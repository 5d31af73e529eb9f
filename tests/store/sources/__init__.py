"""Tests of the formats, and of reading and fetching files."""
