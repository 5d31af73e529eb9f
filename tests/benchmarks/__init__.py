"""Speed and memory, measured on this machine: `make benchmark`. Never part of the tests."""
