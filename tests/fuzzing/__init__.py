"""Coverage-guided fuzzing of the importers; see __main__. Not part of the tests: what it found became tests."""
