"""The reference cloud: orders API, event receiver, ledger. It never runs at the pickup point."""
