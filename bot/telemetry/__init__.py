"""Seeing inside: structured logs, without secrets and without what people ask."""
