"""The real process over loopback: import, serve, ask, and assertions on what arrived."""
