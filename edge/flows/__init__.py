"""The shell: one story a file; decide in the core, commit, act, confirm."""
