"""Passes on paper, for customers without a smartphone."""
