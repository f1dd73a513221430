"""Summaries of the tables of checks, named runs and findings, as the report shows them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from descent.statistics.large_numbers import without_overflow
from descent.words.numbers import number, share


def forward_summary(table: pd.DataFrame, forward: Mapping) -> dict:
    """Summarise the check of the fixed-weight network."""
    inputs = [f"({', '.join(map(number, point))})" for point in forward["points"]]
    return {
        "rows": table.assign(inputs=[inputs[i] for i in table["point"]]).to_dict("records"),
        "decimals": forward["decimals"],
        "largest": float(table["difference"].abs().max()),
        "layers": [len(forward["points"][0]), *(len(matrix) for matrix in forward["weights"])],
    }


def gradient_summary(table: pd.DataFrame) -> dict:
    """Summarise the check of the gradient, network by network."""
    worst = table.loc[table["relative_error"].idxmax()]
    its_network = table[table["network"] == worst["network"]]
    return {
        "rows": [
            {
                "network": network,
                "derivatives": len(own),
                "zero": int((own["analytic"] == 0.0).sum()),
                "median": float(own["relative_error"].median()),
                "worst": float(own["relative_error"].max()),
                "parameter": own.loc[own["relative_error"].idxmax(), "parameter"],
            }
            for network, own in table.groupby("network")
        ],
        "count": len(table),
        "worst": worst["relative_error"],
        "worst_parameter": worst["parameter"],
        "worst_derivative": worst["analytic"],
        "largest_derivative": float(its_network["analytic"].abs().max()),
    }


def descent_rows(table: pd.DataFrame, rosenbrock: Mapping) -> list[dict]:
    """Summarise each named descent: its settings, start, end and outcome."""
    settings = {run["name"]: run for run in rosenbrock["runs"]}
    summary = []
    for name, path in table.groupby("run", sort=False):
        first, last = path.iloc[0].to_dict(), path.iloc[-1].to_dict()
        diverged = last["iteration"] < settings[name]["iterations"]
        run = {"name": name, "settings": settings[name], "diverged": diverged}
        summary.append(run | {"first": first, "last": last})
    return summary


def training_rows(table: pd.DataFrame, network: Mapping, faults: "FaultTable") -> list[dict]:
    """Summarise each named training over its seeds, at each seed's last iteration."""
    settings = {run["name"]: run for run in network["runs"]}
    last = table.groupby(["run", "seed"], sort=False).tail(1)
    return [
        {
            "name": name,
            "settings": settings[name],
            "seeds": len(own),
            "median": without_overflow(np.median, own["loss"]),
            "quartiles": np.quantile(own["loss"], [0.25, 0.75]).tolist(),
            "best": float(own["loss"].min()),
            "accuracy": float(own["accuracy"].median()),
            "best_accuracy": float(own["accuracy"].max()),
            "plateau": faults.row("dead starts", "share of seeds on the plateau", name),
        }
        for name, own in last.groupby("run", sort=False)
    ]


def theory_summary(table: pd.DataFrame) -> dict:
    """Set theoretical values beside what was measured: in groups, and a cycle by itself."""
    table = table.assign(difference=(table["measured"] - table["theoretical"]).abs())
    table["agrees"] = table["difference"] <= table["resolution"]
    cycle = table["quantity"].str.contains("cycle")
    return {
        "count": len(table),
        "agreeing": int(table["agrees"].sum()),
        "cycle": table[cycle].to_dict("records"),
        "groups": [
            {
                **dict(zip(("quantity", "objective", "method"), names, strict=True)),
                "count": len(own),
                "agreeing": int(own["agrees"].sum()),
                "theoretical": (own["theoretical"].min(), own["theoretical"].max()),
                "difference": own["difference"].max(),
                "resolution": own["resolution"].max(),
            }
            for names, own in table[~cycle].groupby(["quantity", "objective", "method"], sort=False)
        ],
    }


class FaultTable:
    """The table of faults, to be asked from the templates."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.rows = table.to_dict("records")

    def of(self, fault: str, setting: str | None = None) -> list[dict]:
        """Return the rows of a fault, in every setting or in one."""
        own = [row for row in self.rows if row["fault"] == fault]
        return [row for row in own if setting in (None, row["setting"])]

    def row(self, fault: str, quantity: str, setting: str | None = None) -> dict:
        """Return the first row of a fault and quantity; {} if there is none."""
        own = self.of(fault, setting)
        return next((row for row in own if row["quantity"] == quantity), {})

    def written(self, fault: str) -> dict:
        """Return a fault's quantities, and its `rows`: setting → quantity → text, or nothing."""
        own = self.of(fault)
        rows: dict[str, dict] = {}
        for row in own:
            rows.setdefault(row["setting"], {})[row["quantity"]] = fault_text(row)
        return {"quantities": list(dict.fromkeys(row["quantity"] for row in own)), "rows": rows}


def fault_text(row: Mapping) -> str:
    """Write what a row of the table of faults says: an outcome, a share, a number."""
    if not pd.isna(row["outcome"]):
        return row["outcome"]
    if row["quantity"].endswith("is shown"):
        return "yes" if row["value"] else "no"
    if not row["quantity"].startswith("share"):
        return number(row["value"])
    interval = "" if pd.isna(row["low"]) else f" ({share(row['low'])} to {share(row['high'])})"
    return share(row["value"]) + interval
