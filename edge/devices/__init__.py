"""Ports and drivers: doors, lights, scanners."""
