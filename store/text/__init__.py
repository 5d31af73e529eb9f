"""Text to text, pure: HTML, Slack markup, words, sentences, passages, excerpts."""
