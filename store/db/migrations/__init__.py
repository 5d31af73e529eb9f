"""The schema's history, applied by Alembic, configured here and in no file of settings."""
