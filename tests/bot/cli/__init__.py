"""Tests of the command line, run in process: what is printed where, and exit codes."""
