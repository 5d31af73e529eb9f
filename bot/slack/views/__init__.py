"""Pure builders of messages: domain values in, text and blocks out."""
