"""Archives to comments: one format a file. Nothing here knows the database."""
