"""Tests of what messages are made of: snapshots, and properties over hostile archives."""
