"""The database: tables, engine, migrations, and what differs between databases behind one port."""
