"""The kiosk at the pickup point, and the core that both processes share."""
