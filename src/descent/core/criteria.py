"""By what settings are selected and methods compared."""

CRITERIA = ("charged", "par10", "median")
"""Defined, with their sources, by `descent.statistics.running_times.scores`."""
