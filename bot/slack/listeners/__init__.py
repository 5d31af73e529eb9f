"""One listener a file: `register(app, services)`. Thin: read the payload, hand it on."""
