"""Hacker News: the examples of its API's documentation: a comment, a job and a choice of a poll."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "hackernews/README-API.md": Expected(""),
    "hackernews/api-readme-example-1.json": Expected("hackernews", comments=1),
    "hackernews/api-readme-example-3.json": Expected("hackernews", comments=1),
    "hackernews/api-readme-example-5.json": Expected("hackernews", comments=1),
}
