"""The report: numbers taken from the tables, put into the template.

Nothing is computed here but summaries of tables, and no number stands in the template.
"""

import base64
import json
import math
from collections.abc import Mapping
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd
import yaml
from latex2mathml.converter import convert

from descent import formulas

PLAIN = {"gradient_descent": "gradient descent", "momentum": "momentum"}
MISSING = "–"


def render(
    template: Path, title: str, tables: Mapping, figures: Mapping[str, Path], manifest: Path
) -> str:
    """Write the report.

    Parameters
    ----------
    template : Path
        The Jinja template.
    title : str
        Title of the report.
    tables : Mapping of str to Mapping
        Columns of each table, by its name in `workflow/rules/report.smk`.
    figures : Mapping of str to Path
        SVG files by name.
    manifest : Path
        The manifest.

    Returns
    -------
    str
        One HTML document that needs nothing from elsewhere.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "number": number, "share": share, "plain": plain, "math": math_markup, "joined": joined,
    }  # fmt: skip
    made = json.loads(manifest.read_text(encoding="utf-8"))
    frames = {name: pd.DataFrame(dict(columns)) for name, columns in tables.items()}
    study = made["configuration"]
    return environment.get_template(template.name).render(
        title=title,
        study=study,
        manifest=made,
        configuration=yaml.safe_dump(study, sort_keys=False, allow_unicode=True, width=96),
        figures={name: data_address(path) for name, path in figures.items()},
        formulas=formulas,
        forward=forward_summary(frames["forward"], study["forward"]),
        gradients=gradient_summary(frames["gradients"]),
        samples=frames["mixture"].groupby("label").size().tolist(),
        descents=descent_rows(frames["trajectories"], study["rosenbrock"]),
        trainings=training_rows(frames["training"], frames["faults"]),
        rosenbrock_sweep=best_settings(frames["rosenbrock_sweep"], "start"),
        network_sweep=best_settings(frames["network_sweep"], "seed"),
        outcomes={
            "rosenbrock": outcome_counts(frames["rosenbrock_sweep"]),
            "network": outcome_counts(frames["network_sweep"]),
        },
        faults=FaultRows(frames["faults"]),
    )


# ── Numbers as text ──────────────────────────────────────────────────────────────────────────


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with so many significant digits, as print does: 1.23 × 10⁻⁷, not 1.23e-07."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if float(value).is_integer() and abs(value) < 1e7:
        return f"{int(value):,}".replace("-", "−").replace(",", "\u202f")
    if value and not 1e-3 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        factor = f"{float(mantissa):g}\u00a0×\u00a0" if float(mantissa) != 1.0 else ""
        return f"{factor}10{raised}".replace("-", "−")
    text = f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"
    return text.replace("-", "−")


def share(value: float | None) -> str:
    """Write a share as a percentage; one that is not quite 0 or 100 % is not rounded to it."""
    if value is None or math.isnan(value):
        return MISSING
    percent = 100.0 * value
    if 0.0 < percent < 0.1:
        return f"{percent:.1g} %"
    if 0.1 <= percent < 10.0 or 99.0 < percent < 100.0:
        return f"{min(percent, 99.9) if percent < 100.0 else percent:.1f} %"
    return f"{percent:.0f} %"


def plain(method: str) -> str:
    """Return a method's name as prose has it."""
    return PLAIN.get(method, method.replace("_", " "))


def joined(items: list[str]) -> str:
    """Join items as prose does: a, b and c."""
    items = list(items)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def math_markup(latex: str, display: str = "block") -> str:
    """Turn LaTeX into MathML, which browsers draw without help."""
    return jinja2.utils.markupsafe.Markup(convert(latex, display=display))


def data_address(path: Path) -> str:
    """Return a figure as an address that holds the figure itself."""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()


# ── Summaries of tables ──────────────────────────────────────────────────────────────────────


def forward_summary(table: pd.DataFrame, forward: Mapping) -> dict:
    """Summarise the check of the fixed-weight network, point by point."""
    points = [
        {"inputs": inputs, "classes": rows.to_dict("records")}
        for inputs, (_, rows) in zip(forward["points"], table.groupby("point"), strict=True)
    ]
    return {
        "points": points,
        "count": len(table),
        "decimals": forward["decimals"],
        "largest": float(table["difference"].abs().max()),
        "layers": [len(forward["points"][0]), *(len(matrix) for matrix in forward["weights"])],
    }


def gradient_summary(table: pd.DataFrame) -> dict:
    """Summarise the check of the gradient, network by network."""
    worst = table.loc[table["relative_error"].idxmax()]
    rows = [
        {
            "network": int(network),
            "derivatives": len(rows),
            "zero": int((rows["analytic"] == 0.0).sum()),
            "median": float(rows["relative_error"].median()),
            "worst": float(rows["relative_error"].max()),
            "parameter": rows.loc[rows["relative_error"].idxmax(), "parameter"],
        }
        for network, rows in table.groupby("network")
    ]
    largest = table[table["network"] == worst["network"]]["analytic"].abs().max()
    return {
        "rows": rows,
        "count": len(table),
        "worst": float(worst["relative_error"]),
        "worst_parameter": worst["parameter"],
        "worst_derivative": float(worst["analytic"]),
        "largest_derivative": float(largest),
    }


def descent_rows(table: pd.DataFrame, rosenbrock: Mapping) -> list[dict]:
    """Summarise each named descent: its settings, start, end and outcome."""
    iterations = {run["name"]: run["iterations"] for run in rosenbrock["runs"]}
    rows = []
    for name, run in table.groupby("run", sort=False):
        first, last = run.iloc[0], run.iloc[-1]
        rows.append(
            {
                "name": name,
                "first": first,
                "last": last,
                "diverged": int(last["iteration"]) < iterations[str(name)],
            }
        )
    return rows


def training_rows(table: pd.DataFrame, faults: pd.DataFrame) -> list[dict]:
    """Summarise each named training over its seeds, at the last iteration."""
    stuck = faults[faults["quantity"] == "share of seeds on the plateau"].set_index("setting")
    rows = []
    for name, run in table.groupby("run", sort=False):
        last = run.groupby("seed").tail(1)
        loss, accuracy = last["loss"], last["accuracy"]
        rows.append(
            {
                "name": name,
                "settings": run.iloc[0],
                "iterations": int(run["iteration"].max()),
                "seeds": len(last),
                "median": float(loss.median()),
                "quartiles": loss.quantile([0.25, 0.75]).tolist(),
                "best": float(loss.min()),
                "accuracy": float(accuracy.median()),
                "best_accuracy": float(accuracy.max()),
                "plateau": stuck.loc[name],
            }
        )
    return rows


def best_settings(table: pd.DataFrame, start: str) -> dict:
    """Find each method's setting of the least expected running time.

    The expected running time of a setting is all iterations of its runs, failures included,
    over the number of runs that reached the target (Hansen et al. 2016, COCO).
    """
    cells = table.groupby(["method", "learning_rate", "momentum"])
    summary = pd.DataFrame(
        {
            "runs": cells.size(),
            "reached": cells["status"].apply(lambda status: int((status == "reached").sum())),
            "spent": cells["iterations"].sum(),
            "median": table[table["status"] == "reached"]
            .groupby(["method", "learning_rate", "momentum"])["iterations"]
            .median(),
        }
    ).reset_index()
    summary["expected"] = np.where(
        summary["reached"] > 0, summary["spent"] / summary["reached"].clip(lower=1), np.inf
    )
    order = ["expected", "learning_rate", "momentum"]
    best = summary.sort_values(order).groupby("method", sort=True).head(1).sort_values("method")
    return {
        "best": best.to_dict("records"),
        "settings": summary.groupby("method").size().to_dict(),
        "runs": len(table),
        "starts": table[start].nunique(),
    }


def outcome_counts(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Count the outcomes of each method's runs."""
    counts = table.groupby(["method", "status"]).size().unstack(fill_value=0)
    order = [
        status
        for status in ("reached", "budget", "plateau", "cycle", "diverged")
        if status in counts
    ]
    return {
        str(method): {status: int(row[status]) for status in order}
        for method, row in counts.iterrows()
    }


class FaultRows:
    """The table of faults, to be asked from the template."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.rows = table.replace({np.nan: None}).to_dict("records")

    def all(self, fault: str, quantity: str) -> list[dict]:
        """Return the rows of a fault and quantity."""
        return [row for row in self.rows if (row["fault"], row["quantity"]) == (fault, quantity)]

    def one(self, fault: str, quantity: str, setting: str | None = None) -> dict:
        """Return the row of a fault and quantity, the first or that of a setting; {} if none."""
        rows = [row for row in self.all(fault, quantity) if setting in (None, row["setting"])]
        return rows[0] if rows else {}
