"""Measuring a ranking against what people judged relevant."""
