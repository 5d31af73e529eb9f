"""Text to vectors to nearest rows. Knows text and float arrays; nothing of comments or databases."""
