"""HTTP: health, and Slack's events where Socket Mode is not used."""
