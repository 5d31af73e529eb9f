"""What was found, told in the same words on every surface."""

NEAREST = "The nearest the archive has is this; it may be about something else:"
