"""Stands before the real one in the path of programs that need none, as no point has it."""

raise ImportError("this program was started as on a machine without the driver for PostgreSQL")
