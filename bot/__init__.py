"""Every surface: Slack, the command line, HTTP. Alone reads settings."""
