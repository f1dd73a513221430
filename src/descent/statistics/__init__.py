"""Statistics of a fair comparison: what methods cost on the same starts, and how sure that is.

A run that did not reach its target, for whatever reason, is *censored*: it counts as longer than
any run that did, its time to the target is infinite, and nothing is interpolated between a finite
time and an infinite one. Nothing here is NaN, but for a comparison that is undefined.

Starts are always the last axis. What is computed over starts keeps the axes before it, so that a
function serves one hyperparameter setting and a method's settings alike. Results have the same
bits on every machine: sums are of whole numbers, or in a fixed order, and no function of a
system's library is used but the square root; exp and log are the package's own.
"""
