"""Pictures of what people see in Slack: real payloads, drawn as Slack draws them."""
