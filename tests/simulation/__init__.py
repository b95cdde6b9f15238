"""Whole confederations, played from a script."""
