"""Whether two results folders agree, file by file, as exactly as each file promises.

What is promised stands in `descent.run.tolerances`: exact columns must have the same bits, others
lie within their tolerance. What files say of their columns is not compared. A figure must have the
same bytes where it can: with the same version of Matplotlib, drawn from tables that are the same
bits.

Files may be a stranger's: only what lies in the folders is looked at, and nothing that they say
reaches the terminal but in the middle of a line, escaped and cut.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from descent.run.manifest import sha256
from descent.run.manifest_reading import first_fault
from descent.run.tolerances import Tolerance, tolerances_of
from descent.support.files import DamagedFile, place_of, read_figure, read_json
from descent.support.quoting import on_one_line, shortened, written
from descent.tables.origin import TableError, TextError, disagreements
from descent.tables.parquet import columns_of, read_groups, row_count
from descent.tables.schemas import Schema, schema_of
from descent.words.numbers import counted, number

EXACT, WITHIN, DIFFERENT = "exact", "within tolerance", "different"
SENTENCES = {
    EXACT: "The results are the same",
    WITHIN: "The results agree within tolerance",
    DIFFERENT: "The results are different",
}
TOLD_DIFFERENCES = 6  # between the configurations, at most
LONGEST_VALUE = 40  # characters
"""Those of `descent.words.numbers`."""
PLACE = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*", re.ASCII)
"""Of a file in a results folder: no way out of it, and no text that could be taken for ours."""


class NoResultsError(ValueError):
    """A folder that does not hold the results of a study, or none that can be compared."""


class ComparedManifest(BaseModel):
    """What a manifest says that folders are compared by; versions differ in what they write."""

    model_config = ConfigDict(frozen=True)

    descent: str | None = None
    commit: str | None = None
    configuration: dict[str, JsonValue] = {}
    versions: dict[str, str | None] = {}
    machine: dict[str, str | int | None] = {}
    folder: str = "results"
    results: dict[str, str]


class Finding(NamedTuple):
    """How a file of one folder agrees with that of the other."""

    file: str
    agreement: str
    """`EXACT`, `WITHIN` or `DIFFERENT`."""
    note: str


class Results(NamedTuple):
    """A results folder."""

    folder: Path
    manifest: ComparedManifest
    listed: Mapping[str, str]
    """Checksums of the manifest, by their files' places in the folder."""
    files: frozenset[str]
    """Tables and figures, by their places: those listed, and those that are there."""


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
        If either is no results folder, or a file in it cannot be compared.
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
        If it has no manifest, or a damaged one, or one that lists what lies elsewhere.
    """
    folder = Path(folder)
    path = folder / "manifest.json"
    if not path.is_file():
        inner = folder / "results"
        hint = f"; did you mean {inner}?" if (inner / "manifest.json").is_file() else ""
        raise NoResultsError(f"{folder} is no results folder: it has no manifest.json{hint}")
    _refuse_way_out(path, folder)
    try:
        manifest = ComparedManifest.model_validate(read_json(path))
    except ValidationError as error:
        raise NoResultsError(f"{path} is no manifest of results ({first_fault(error)})") from None
    except DamagedFile as error:
        raise NoResultsError(str(error)) from None
    listed: dict[str, str] = {}
    for name, checksum in manifest.results.items():
        place = place_of(name, manifest.folder)
        if place in listed or not PLACE.fullmatch(place):
            fault = "twice" if place in listed else "which is no place in the folder"
            raise NoResultsError(f"{path} lists {written(place)}, {fault}")
        listed[place] = checksum
    files = frozenset(_found_files(folder))
    if not files:
        raise NoResultsError(f"{folder} holds no tables and no figures")
    return Results(folder, manifest, listed, files | listed.keys())


def circumstances(one: ComparedManifest, other: ComparedManifest) -> Iterator[str]:
    """Tell where two manifests differ in what may explain different results."""
    facts = [{"descent": each.descent, "commit": each.commit} for each in (one, other)]
    for mine, yours in (facts, (one.versions, other.versions), (one.machine, other.machine)):
        for name in sorted(mine.keys() | yours.keys()):
            if mine.get(name) != yours.get(name):
                yield _told_difference(name, mine.get(name), yours.get(name))
    found = list(disagreements(one.configuration, other.configuration))
    yield from (_told_difference(*difference) for difference in found[:TOLD_DIFFERENCES])
    if len(found) > TOLD_DIFFERENCES:
        yield f"configuration: {counted(len(found) - TOLD_DIFFERENCES, 'more difference')}"


def _told_difference(key: str, one: Any, other: Any) -> str:
    mine, yours = (shortened(str(value), LONGEST_VALUE) for value in (one, other))
    return f"{shortened(key)}: {mine} and {yours}"


def _found_files(folder: Path) -> Iterator[str]:
    """Yield the places of tables and figures that are there."""

    def stop(error: OSError) -> NoReturn:
        raise error

    for above, _, names in os.walk(folder, onerror=stop):
        within = Path(above).relative_to(folder)
        if not {"chunks", "benchmarks"} & {*within.parts}:
            yield from (
                (within / name).as_posix()
                for name in names
                if name.endswith((".parquet", ".svg")) and Path(above, name).is_file()
            )


def _refuse_way_out(path: Path, folder: Path) -> None:
    """Refuse a file that links lead to out of its folder: the same file may lie behind others."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise NoResultsError(f"{path} cannot be compared: a link leads out of {folder}")


# ── One file ─────────────────────────────────────────────────────────────────────────────────


def _compare_file(name: str, first: Results, second: Results, redrawn: str = "") -> Finding:
    """Compare a file of two folders; `redrawn` says why a figure need not have the same bytes."""
    one, other = first.folder / name, second.folder / name
    for path, results in ((one, first), (other, second)):
        if not path.is_file():
            return Finding(name, DIFFERENT, f"missing from {results.folder}")
        _refuse_way_out(path, results.folder)
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
        if results.listed.get(name, digest) != digest
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
    one, other = (each.manifest.versions.get("matplotlib") for each in (first, second))
    if one != other:
        return f"differs (Matplotlib {one} and {other})"
    if any(finding.agreement != EXACT for finding in tables):
        return "differs, as tables do"
    return ""


def _compare_tables(name: str, one: Path, other: Path) -> tuple[str, str]:
    try:
        columns = columns_of(one)
        schema = schema_of(name, columns)
        if schema is None:
            return DIFFERENT, "other bytes, of no table that is known here"
        rows = row_count(one), row_count(other)
        if rows[0] != rows[1]:
            return DIFFERENT, f"{number(rows[0])} and {number(rows[1])} rows"
        return _compare_rows(schema, tolerances_of(name, columns), rows[0], one, other)
    except TextError as error:
        raise NoResultsError(str(error)) from None
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
    if begin != rows:
        return DIFFERENT, f"holds {number(begin)} rows and says {number(rows)}"
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
        with np.errstate(invalid="ignore", over="ignore"):
            allowed = tolerance.absolute + tolerance.relative * np.maximum(np.abs(a), np.abs(b))
            share = np.abs(a - b) / allowed
        return np.where(same, 0.0, np.where(np.isnan(share), np.inf, share))
    return np.where(same, 0.0, np.inf)


def _told_gap(gap: Gap) -> str:
    """Say what two tables have at a place."""
    one, other = (
        f"{x:.17g}" if isinstance(x, float) else shortened(str(x)) for x in (gap.one, gap.other)
    )
    return f"{gap.column}, row {number(gap.row)}: {one} and {other}"


def _width(gap: Gap) -> str:
    """Say how far two tables lie apart at a place, or what they have where it is no number."""
    if not (isinstance(gap.one, float) and np.isfinite([gap.one, gap.other]).all()):
        return _told_gap(gap)
    relative = abs(gap.one - gap.other) / max(abs(gap.one), abs(gap.other))
    return f"{gap.column}, row {number(gap.row)}: a relative difference of {number(relative, 2)}"


# ── For the terminal ─────────────────────────────────────────────────────────────────────────


def comparison_text(findings: list[Finding], differences: list[str]) -> str:
    """Return what `compare_folders` found as a table to be read on a terminal."""
    names = [f.file if PLACE.fullmatch(f.file) else written(f.file) for f in findings]
    width = max(map(len, names), default=0)
    lines = [
        f"{name:{width}}  {f.agreement:{len(WITHIN)}}  {f.note}"
        for name, f in zip(names, findings, strict=True)
    ]
    if differences:
        lines += ["", "The folders were made in other circumstances:"]
        lines += [f"  {difference}" for difference in differences]
    counts = Counter(finding.agreement for finding in findings)
    told = ", ".join(f"{counts[kind]} {kind}" for kind in SENTENCES if counts[kind])
    worst = next(kind for kind in reversed(SENTENCES) if counts[kind])
    return "\n".join(map(on_one_line, [*lines, "", f"{SENTENCES[worst]} ({told})"]))
