"""What is deployed: files that agree with the program and each other, an image, and a runbook whose commands work."""
