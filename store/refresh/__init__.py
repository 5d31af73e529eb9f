"""Bringing sources up to date: decide, write, index."""
