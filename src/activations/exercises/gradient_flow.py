"""Exercises of the gradient flow chapter."""

__all__ = []  # nothing to import by name: the registry collects the exercises, in this order
