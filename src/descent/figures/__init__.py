"""Figures, each a function of tables; those that every problem has are in `families`."""
