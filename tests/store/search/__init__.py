"""Tests of the search: who may see what, and what is found."""
