"""The product's words as values. Standard library only; nothing here reads, writes or asks."""
