"""The kinds of database that can hold a cloud, behind one port."""
