"""Tests of the database: schema, migrations, errors, and what is particular to each kind."""
