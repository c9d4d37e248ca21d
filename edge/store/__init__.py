"""SQLite: the tables of edge.db and sync.db, one writing thread per file, read-only elsewhere."""
