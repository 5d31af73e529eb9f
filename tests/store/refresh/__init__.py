"""Tests of bringing sources up to date."""
