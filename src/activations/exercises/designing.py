"""Exercises of the designing chapter."""

__all__ = []  # nothing to import by name: the registry collects the exercises, in this order
