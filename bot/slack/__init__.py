"""Slack: listeners, views, who may see what. The only place that uses Slack's own words."""
