"""One format a file: bytes to comments. `FORMAT` of each is what the registry knows it by."""
