"""Whether two results folders agree, file by file, as exactly as each file promises.

What is promised stands in `descent.run.tolerances`: exact columns must have the same bits, others lie
within their tolerance. A figure must have the same bytes where it can: with the same version of
Matplotlib, drawn from tables that are the same bits.
"""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from descent.support.files import DamagedFile, read_figure, read_json
from descent.run.manifest import place, sha256
from descent.tables.schemas import (
    Table,
    TableError,
    columns_of,
    disagreements,
    read_groups,
    row_count,
    table_of,
)
from descent.run.tolerances import Tolerance

EXACT, WITHIN, DIFFERENT = "exact", "within tolerance", "different"
TOLD = 6  # differences between the configurations, at most


class NoResults(ValueError):
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


def compare(one: str | Path, other: str | Path) -> tuple[list[Finding], list[str]]:
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
    NoResults
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
    NoResults
        If it has no manifest, or a damaged one.
    """
    folder = Path(folder)
    if not (folder / "manifest.json").is_file():
        inner = folder / "results"
        hint = f"; did you mean {inner}?" if (inner / "manifest.json").is_file() else ""
        raise NoResults(f"{folder} is no results folder: it has no manifest.json{hint}")
    try:
        manifest = read_json(folder / "manifest.json")
    except DamagedFile as error:
        raise NoResults(str(error)) from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("results"), dict):
        raise NoResults(f"{folder / 'manifest.json'} is no manifest of results")
    found = (
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.suffix in (".parquet", ".svg") and path.is_file()
    )
    files = {path.as_posix() for path in found if not {"chunks", "benchmarks"} & {*path.parts}}
    if not files:
        raise NoResults(f"{folder} holds no tables and no figures")
    named = str(manifest.get("folder", "results"))
    listed = {place(str(path), named): str(sum_) for path, sum_ in manifest["results"].items()}
    return Results(folder, manifest | {"results": listed}, frozenset(files | listed.keys()))


def circumstances(one: Mapping, other: Mapping) -> Iterator[str]:
    """Tell where two manifests differ in what may explain different results."""
    for name in ("descent", "commit"):
        if one.get(name) != other.get(name):
            yield f"{name}: {one.get(name)} and {other.get(name)}"
    for section in ("versions", "machine"):
        mine, yours = _mapping(one, section), _mapping(other, section)
        for name in sorted(mine.keys() | yours.keys()):
            if mine.get(name) != yours.get(name):
                yield f"{name}: {mine.get(name)} and {yours.get(name)}"
    found = list(disagreements(_mapping(one, "configuration"), _mapping(other, "configuration")))
    for key, mine, yours in found[:TOLD]:
        yield f"{key}: {_brief(mine)} and {_brief(yours)}"
    if len(found) > TOLD:
        yield f"configuration: {len(found) - TOLD} more differences"


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
    drawers = [
        _mapping(results.manifest, "versions").get("matplotlib") for results in (first, second)
    ]
    if drawers[0] != drawers[1]:
        return f"differs (Matplotlib {drawers[0]} and {drawers[1]})"
    if any(finding.agreement != EXACT for finding in tables):
        return "differs, as tables do"
    return ""


def _compare_tables(name: str, one: Path, other: Path) -> tuple[str, str]:
    try:
        table = table_of(name, max(1, len(columns_of(one)) - 1))
        if table is None:
            return DIFFERENT, "other bytes, of no table that is known here"
        rows = row_count(one), row_count(other)
        if rows[0] != rows[1]:
            return DIFFERENT, f"{rows[0]:,} and {rows[1]:,} rows"
        return _compare_rows(table, rows[0], one, other)
    except TableError as error:
        return DIFFERENT, str(error)


def _compare_rows(table: Table, rows: int, one: Path, other: Path) -> tuple[str, str]:
    """Compare two tables of as many rows, part by part."""
    gaps: list[Gap] = []
    begin, beyond = 0, 0
    for mine, yours in zip_longest(read_groups(table, one), read_groups(table, other)):
        if _length(mine) != _length(yours):
            return DIFFERENT, "cut into other row groups: one was not written by this package"
        outside = np.zeros(_length(mine), bool)
        for name in mine if _length(mine) else ():
            share = _shares(mine[name], yours[name], table.tolerances.get(name))
            worst = int(share.argmax())
            if share[worst] > 0.0:
                values = mine[name][worst], yours[name][worst]
                gaps.append(Gap(float(share[worst]), name, begin + worst, *values))
            outside |= share > 1.0
        beyond += int(outside.sum())
        begin += len(outside)
    return _judge(table, rows, gaps, beyond)


def _judge(table: Table, rows: int, gaps: list[Gap], beyond: int) -> tuple[str, str]:
    """Say whether gaps are such as may be, with so many rows beyond tolerance."""
    if not gaps:
        return EXACT, "same values; other versions or configurations made them"
    outliers = {name: tolerance.outliers for name, tolerance in table.tolerances.items()}
    if wrong := [gap for gap in gaps if gap.share > 1.0 and not outliers.get(gap.column)]:
        return DIFFERENT, _told(min(wrong, key=lambda gap: gap.row))
    worst = max(gaps, key=lambda gap: gap.share)
    may_be = int(rows * max(outliers.values()))
    if beyond > may_be:
        return (
            DIFFERENT,
            f"{_told(worst)}; {beyond:,} of {rows:,} rows are so far apart, {may_be:,} may be",
        )
    chaotic = f"; {beyond:,} of {rows:,} rows are chaotic" if beyond else ""
    return WITHIN, f"at most {_apart(worst)}{chaotic}"


def _length(columns: Mapping[str, np.ndarray] | None) -> int:
    return len(next(iter(columns.values()))) if columns else 0


def _shares(a: np.ndarray, b: np.ndarray, tolerance: Tolerance | None) -> np.ndarray:
    """Return how far apart two columns lie, in units of what is allowed; 0 where they agree."""
    is_float = a.dtype.kind == "f"
    if tolerance is None or not is_float:
        same = a.view(np.int64) == b.view(np.int64) if is_float else a == b
        return np.where(same, 0.0, np.inf)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    allowed = tolerance.absolute + tolerance.relative * np.maximum(np.abs(a), np.abs(b))
    share = np.abs(a - b) / allowed
    return np.where(same, 0.0, np.where(np.isnan(share), np.inf, share))


def _told(gap: Gap) -> str:
    """Say what two tables have at a place."""
    return f"{gap.column}, row {gap.row:,}: {_value(gap.one)} and {_value(gap.other)}"


def _apart(gap: Gap) -> str:
    """Say how far two tables lie apart at a place, or what they have where it is no number."""
    if not (isinstance(gap.one, np.floating) and np.isfinite([gap.one, gap.other]).all()):
        return _told(gap)
    relative = abs(gap.one - gap.other) / max(abs(gap.one), abs(gap.other))
    return f"{gap.column}, row {gap.row:,}: a relative difference of {relative:.1e}"


def _value(value: Any) -> str:
    if value is None or value != value:
        return "null"
    return f"{value:.17g}" if isinstance(value, np.floating) else str(value)


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _mapping(manifest: Mapping, section: str) -> Mapping:
    found = manifest.get(section)
    return found if isinstance(found, Mapping) else {}


# ── For the terminal ─────────────────────────────────────────────────────────────────────────


def told(findings: list[Finding], differences: list[str]) -> str:
    """Return what `compare` found as a table to be read on a terminal."""
    width = max((len(finding.file) for finding in findings), default=0)
    lines = [f"{f.file:{width}}  {f.agreement:{len(WITHIN)}}  {f.note}" for f in findings]
    if differences:
        lines += ["", "The folders were made in other circumstances:"]
        lines += [f"  {difference}" for difference in differences]
    counts = [
        f"{count} {agreement}"
        for agreement in (EXACT, WITHIN, DIFFERENT)
        if (count := sum(finding.agreement == agreement for finding in findings))
    ]
    return "\n".join([*lines, "", f"{verdict(findings)} ({', '.join(counts) or 'no files'})"])


def verdict(findings: list[Finding]) -> str:
    """Return the result of all files together, in a sentence without its full stop."""
    found = {finding.agreement for finding in findings}
    if DIFFERENT in found:
        return "The results are different"
    return "The results agree within tolerance" if WITHIN in found else "The results are the same"
