"""What was typed to what was understood. Pure."""
