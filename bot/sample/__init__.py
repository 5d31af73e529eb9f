"""The sample archive: a Blogger comments feed written for this project."""

from pathlib import Path

COMMENTS = Path(__file__).with_name("comments.xml")
