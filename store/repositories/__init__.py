"""Repositories: each takes and gives domain values, and works in one transaction a call."""
