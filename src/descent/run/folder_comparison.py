"""Whether two results folders agree, file by file, as exactly as each file promises.

What is promised stands in `descent.run.tolerances`: exact columns must have the same bits, others
lie within their tolerance. What files say of their columns is not compared. A figure must have the
same bytes where it can: with the same version of Matplotlib, drawn from tables that are the same
bits.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from descent.run.manifest import sha256
from descent.run.tolerances import Tolerance, tolerances_of
from descent.support.files import DamagedFile, place_of, read_figure, read_json
from descent.tables.origin import TableError, disagreements
from descent.tables.parquet import columns_of, read_groups, row_count
from descent.tables.schemas import Schema, schema_of
from descent.words.numbers import number

EXACT, WITHIN, DIFFERENT = "exact", "within tolerance", "different"
SENTENCES = {
    EXACT: "The results are the same",
    WITHIN: "The results agree within tolerance",
    DIFFERENT: "The results are different",
}
TOLD_DIFFERENCES = 6  # between the configurations, at most


class NoResultsError(ValueError):
    """A folder that does not hold the results of a study."""


class Finding(NamedTuple):
    """How a file of one folder agrees with that of the other."""

    file: str
    agreement: str
    """`EXACT`, `WITHIN` or `DIFFERENT`."""
    note: str


class Results(NamedTuple):
    """A results folder."""

    folder: Path
    manifest: Mapping
    files: frozenset[str]
    """Tables and figures, by their places in the folder."""


class Gap(NamedTuple):
    """Where two tables differ."""

    share: float
    """How far apart, in units of what is allowed there; infinite where nothing is."""
    column: str
    row: int
    one: Any
    other: Any


def compare_folders(one: str | Path, other: str | Path) -> tuple[list[Finding], list[str]]:
    """Compare two results folders.

    Parameters
    ----------
    one, other : str or Path
        The folders, each with its `manifest.json`.

    Returns
    -------
    findings : list of Finding
        One per table or figure that either folder has, tables first.
    circumstances : list of str
        Where the manifests differ: versions, configuration, machine.

    Raises
    ------
    NoResultsError
        If either is no results folder.
    """
    first, second = open_results(one), open_results(other)
    names = sorted(first.files | second.files, key=lambda name: (name.endswith(".svg"), name))
    tables = [_compare_file(name, first, second) for name in names if not name.endswith(".svg")]
    redrawn = _why_redrawn(first, second, tables)
    figures = [_compare_file(n, first, second, redrawn) for n in names if n.endswith(".svg")]
    return tables + figures, list(circumstances(first.manifest, second.manifest))


def open_results(folder: str | Path) -> Results:
    """Return a results folder.

    Raises
    ------
    NoResultsError
        If it has no manifest, or a damaged one.
    """
    folder = Path(folder)
    if not (folder / "manifest.json").is_file():
        inner = folder / "results"
        hint = f"; did you mean {inner}?" if (inner / "manifest.json").is_file() else ""
        raise NoResultsError(f"{folder} is no results folder: it has no manifest.json{hint}")
    try:
        manifest = read_json(folder / "manifest.json")
    except DamagedFile as error:
        raise NoResultsError(str(error)) from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("results"), dict):
        raise NoResultsError(f"{folder / 'manifest.json'} is no manifest of results")
    found = (
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.suffix in (".parquet", ".svg") and path.is_file()
    )
    files = {path.as_posix() for path in found if not {"chunks", "benchmarks"} & {*path.parts}}
    if not files:
        raise NoResultsError(f"{folder} holds no tables and no figures")
    named = str(manifest.get("folder", "results"))
    listed = {place_of(path, named): str(sum_) for path, sum_ in manifest["results"].items()}
    return Results(folder, manifest | {"results": listed}, frozenset(files | listed.keys()))


def circumstances(one: Mapping, other: Mapping) -> Iterator[str]:
    """Tell where two manifests differ in what may explain different results."""
    for name in ("descent", "commit"):
        if one.get(name) != other.get(name):
            yield f"{name}: {one.get(name)} and {other.get(name)}"
    for section in ("versions", "machine"):
        mine, yours = _section_of(one, section), _section_of(other, section)
        for name in sorted(mine.keys() | yours.keys()):
            if mine.get(name) != yours.get(name):
                yield f"{name}: {mine.get(name)} and {yours.get(name)}"
    mine, yours = _section_of(one, "configuration"), _section_of(other, "configuration")
    found = list(disagreements(mine, yours))
    for key, first, second in found[:TOLD_DIFFERENCES]:
        yield f"{key}: {_shortened(first)} and {_shortened(second)}"
    if len(found) > TOLD_DIFFERENCES:
        yield f"configuration: {len(found) - TOLD_DIFFERENCES} more differences"


# ── One file ─────────────────────────────────────────────────────────────────────────────────


def _compare_file(name: str, first: Results, second: Results, redrawn: str = "") -> Finding:
    """Compare a file of two folders; `redrawn` says why a figure need not have the same bytes."""
    one, other = first.folder / name, second.folder / name
    for path, missing in ((one, first), (other, second)):
        if not path.is_file():
            return Finding(name, DIFFERENT, f"missing from {missing.folder}")
    digests = sha256(one), sha256(other)
    if digests[0] == digests[1]:
        agreement, note = EXACT, "same bytes"
    elif name.endswith(".svg"):
        agreement, note = _compare_figures(one, other, redrawn)
    else:
        agreement, note = _compare_tables(name, one, other)
    changed = [
        f"not the file of {results.folder}'s manifest"
        for results, digest in zip((first, second), digests, strict=True)
        if results.manifest["results"].get(name, digest) != digest
    ]
    return Finding(name, agreement, "; ".join([note, *changed]))


def _compare_figures(one: Path, other: Path, redrawn: str) -> tuple[str, str]:
    try:
        read_figure(one)
        read_figure(other)
    except DamagedFile as error:
        return DIFFERENT, str(error)
    return (WITHIN, redrawn) if redrawn else (DIFFERENT, "differs, though its tables do not")


def _why_redrawn(first: Results, second: Results, tables: list[Finding]) -> str:
    """Say why figures may differ in bytes, or nothing if they may not."""
    one, other = (
        _section_of(each.manifest, "versions").get("matplotlib") for each in (first, second)
    )
    if one != other:
        return f"differs (Matplotlib {one} and {other})"
    if any(finding.agreement != EXACT for finding in tables):
        return "differs, as tables do"
    return ""


def _compare_tables(name: str, one: Path, other: Path) -> tuple[str, str]:
    try:
        columns = columns_of(one)
        schema = schema_of(name, len(columns))
        if schema is None:
            return DIFFERENT, "other bytes, of no table that is known here"
        rows = row_count(one), row_count(other)
        if rows[0] != rows[1]:
            return DIFFERENT, f"{number(rows[0])} and {number(rows[1])} rows"
        return _compare_rows(schema, tolerances_of(name, columns), rows[0], one, other)
    except TableError as error:
        return DIFFERENT, str(error)


def _compare_rows(
    schema: Schema, tolerances: Mapping[str, Tolerance], rows: int, one: Path, other: Path
) -> tuple[str, str]:
    """Compare two tables of as many rows, row group by row group."""
    gaps: list[Gap] = []
    begin, beyond = 0, 0
    for mine, yours in zip_longest(read_groups(schema, one), read_groups(schema, other)):
        if mine is None or yours is None or len(mine) != len(yours):
            return DIFFERENT, "cut into other row groups: one was not written by this package"
        outside = np.zeros(len(mine), bool)
        for name in mine if len(mine) else ():
            share = _gap_shares(mine[name], yours[name], tolerances.get(name))
            worst = int(share.argmax())
            if share[worst] > 0.0:
                values = mine[name].iloc[worst], yours[name].iloc[worst]
                gaps.append(Gap(float(share[worst]), name, begin + worst, *values))
            outside |= share > 1.0
        beyond += int(outside.sum())
        begin += len(outside)
    return _agreement(tolerances, rows, gaps, beyond)


def _agreement(
    tolerances: Mapping[str, Tolerance], rows: int, gaps: list[Gap], beyond: int
) -> tuple[str, str]:
    """Say whether gaps are such as may be, with so many rows beyond tolerance."""
    if not gaps:
        return EXACT, "same values; other versions or configurations made them"
    outliers = {name: tolerance.outliers for name, tolerance in tolerances.items()}
    if wrong := [gap for gap in gaps if gap.share > 1.0 and not outliers.get(gap.column)]:
        return DIFFERENT, _told_gap(min(wrong, key=lambda gap: gap.row))
    worst = max(gaps, key=lambda gap: gap.share)
    may_be = int(rows * max(outliers.values()))
    of_rows = f"{number(beyond)} of {number(rows)} rows"
    if beyond > may_be:
        return DIFFERENT, f"{_told_gap(worst)}; {of_rows} are so far apart, {number(may_be)} may be"
    return WITHIN, f"at most {_width(worst)}{f'; {of_rows} are chaotic' if beyond else ''}"


def _gap_shares(one: pd.Series, other: pd.Series, tolerance: Tolerance | None) -> np.ndarray:
    """Return how far apart two columns lie, in units of what is allowed; 0 where they agree."""
    a, b = one.to_numpy(), other.to_numpy()
    if a.dtype.kind != "f":
        same = (a == b) | (one.isna() & other.isna()).to_numpy()
    elif tolerance is None:
        same = a.view(np.int64) == b.view(np.int64)
    else:
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        with np.errstate(invalid="ignore"):
            allowed = tolerance.absolute + tolerance.relative * np.maximum(np.abs(a), np.abs(b))
            share = np.abs(a - b) / allowed
        return np.where(same, 0.0, np.where(np.isnan(share), np.inf, share))
    return np.where(same, 0.0, np.inf)


def _told_gap(gap: Gap) -> str:
    """Say what two tables have at a place."""
    one, other = (f"{x:.17g}" if isinstance(x, float) else str(x) for x in (gap.one, gap.other))
    return f"{gap.column}, row {number(gap.row)}: {one} and {other}"


def _width(gap: Gap) -> str:
    """Say how far two tables lie apart at a place, or what they have where it is no number."""
    if not (isinstance(gap.one, float) and np.isfinite([gap.one, gap.other]).all()):
        return _told_gap(gap)
    relative = abs(gap.one - gap.other) / max(abs(gap.one), abs(gap.other))
    return f"{gap.column}, row {number(gap.row)}: a relative difference of {number(relative, 2)}"


def _shortened(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _section_of(manifest: Mapping, section: str) -> Mapping:
    found = manifest.get(section)
    return found if isinstance(found, Mapping) else {}


# ── For the terminal ─────────────────────────────────────────────────────────────────────────


def comparison_text(findings: list[Finding], differences: list[str]) -> str:
    """Return what `compare_folders` found as a table to be read on a terminal."""
    width = max((len(finding.file) for finding in findings), default=0)
    lines = [f"{f.file:{width}}  {f.agreement:{len(WITHIN)}}  {f.note}" for f in findings]
    if differences:
        lines += ["", "The folders were made in other circumstances:"]
        lines += [f"  {difference}" for difference in differences]
    counts = Counter(finding.agreement for finding in findings)
    told = ", ".join(f"{counts[kind]} {kind}" for kind in SENTENCES if counts[kind])
    worst = next(kind for kind in reversed(SENTENCES) if counts[kind])
    return "\n".join([*lines, "", f"{SENTENCES[worst]} ({told})"])
