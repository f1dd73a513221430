"""The marker of what is only shown, such as a title, and never computed with."""

from typing import Annotated, TypeVar

T = TypeVar("T")

Shown = Annotated[T, "shown"]
"""The type of a record's field that fingerprints of computing code leave out.

Such fields are given by keyword, so that they can be found in calls.
"""
