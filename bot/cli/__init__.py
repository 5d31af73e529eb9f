"""The command line: a file a verb. Thin: parse, ask, print."""
