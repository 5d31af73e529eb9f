"""Tests of the surfaces: settings, logs, Slack views and viewers, the command line, HTTP."""
