"""Comments and people: domain, importing, storage, refresh and search. No surface, no environment, no server."""
