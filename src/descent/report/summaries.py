"""Summaries of the tables of checks, named runs and findings, as the report shows them."""

from collections.abc import Mapping

import numpy as np

Table = Mapping[str, np.ndarray]


def select(table: Table, **values: object) -> dict[str, np.ndarray]:
    """Return the rows in which some columns have given values."""
    chosen = np.ones(len(next(iter(table.values()))), bool)
    for name, value in values.items():
        chosen &= table[name] == value
    return {name: column[chosen] for name, column in table.items()}


def groups(table: Table, *names: str) -> list[Table]:
    """Split a table by the values of some columns, in the order in which these first occur."""
    codes = np.zeros(len(table[names[0]]), int)
    for name in names:
        values, code = np.unique(table[name], return_inverse=True)
        codes = codes * len(values) + code
    _, first, member = np.unique(codes, return_index=True, return_inverse=True)
    return [
        {name: column[member == group] for name, column in table.items()}
        for group in np.argsort(first)
    ]


def rows(table: Table) -> list[dict]:
    """Return a table row by row."""
    columns = [column.tolist() for column in table.values()]
    return [dict(zip(table, row, strict=True)) for row in zip(*columns, strict=True)]


def forward_summary(table: Table, forward: Mapping) -> dict:
    """Summarise the check of the fixed-weight network, point by point."""
    points = [
        {"inputs": inputs, "classes": rows(point)}
        for inputs, point in zip(forward["points"], groups(table, "point"), strict=True)
    ]
    return {
        "points": points,
        "count": len(table["point"]),
        "decimals": forward["decimals"],
        "largest": float(np.abs(table["difference"]).max()),
        "layers": [len(forward["points"][0]), *(len(matrix) for matrix in forward["weights"])],
    }


def gradient_summary(table: Table) -> dict:
    """Summarise the check of the gradient, network by network."""
    worst = rows(table)[int(table["relative_error"].argmax())]
    its_network = table["network"] == worst["network"]
    networks = groups(table, "network")
    return {
        "rows": [
            {
                "network": int(network["network"][0]),
                "derivatives": len(network["parameter"]),
                "zero": int((network["analytic"] == 0.0).sum()),
                "median": float(np.median(network["relative_error"])),
                "worst": float(network["relative_error"].max()),
                "parameter": network["parameter"][network["relative_error"].argmax()],
            }
            for network in networks
        ],
        "count": len(table["network"]),
        "worst": worst["relative_error"],
        "worst_parameter": worst["parameter"],
        "worst_derivative": worst["analytic"],
        "largest_derivative": float(np.abs(table["analytic"][its_network]).max()),
    }


def descent_rows(table: Table, rosenbrock: Mapping) -> list[dict]:
    """Summarise each named descent: its settings, start, end and outcome."""
    settings = {run["name"]: run for run in rosenbrock["runs"]}
    summary = []
    for run in groups(table, "run"):
        path = rows(run)
        first, last = path[0], path[-1]
        name = first["run"]
        summary.append(
            {
                "name": name,
                "settings": settings[name],
                "first": first,
                "last": last,
                "diverged": last["iteration"] < settings[name]["iterations"],
            }
        )
    return summary


def training_rows(table: Table, network: Mapping, faults: "FaultRows") -> list[dict]:
    """Summarise each named training over its seeds, at each seed's last iteration."""
    settings = {run["name"]: run for run in network["runs"]}
    summary = []
    for run in groups(table, "run"):
        last = np.append(run["seed"][1:] != run["seed"][:-1], True)
        loss, accuracy = run["loss"][last], run["accuracy"][last]
        name = str(run["run"][0])
        summary.append(
            {
                "name": name,
                "settings": settings[name],
                "seeds": len(loss),
                "median": float(np.median(loss)),
                "quartiles": np.quantile(loss, [0.25, 0.75]).tolist(),
                "best": float(loss.min()),
                "accuracy": float(np.median(accuracy)),
                "best_accuracy": float(accuracy.max()),
                "plateau": faults.one("dead starts", "share of seeds on the plateau", name),
            }
        )
    return summary


def theory_summary(table: Table) -> dict:
    """Set what is known of methods beside what was measured: in groups, and a cycle by itself."""
    difference = np.abs(table["measured"] - table["theory"])
    judged = {**table, "difference": difference, "agrees": difference <= table["resolution"]}
    cycle = np.array(["cycle" in quantity for quantity in table["quantity"].tolist()], bool)
    return {
        "rows": rows(judged),
        "agreeing": int(judged["agrees"].sum()),
        "others": sorted(set(table["quantity"][~judged["agrees"]].tolist())),
        "cycle": rows({name: column[cycle] for name, column in judged.items()}),
        "groups": [
            {
                **{name: str(group[name][0]) for name in ("quantity", "objective", "method")},
                "count": len(group["theory"]),
                "momenta": (float(group["momentum"].min()), float(group["momentum"].max())),
                "known": (float(group["theory"].min()), float(group["theory"].max())),
                "difference": float(group["difference"].max()),
                "resolution": float(group["resolution"].max()),
                "agreeing": int(group["agrees"].sum()),
            }
            for group in groups(
                {name: column[~cycle] for name, column in judged.items()},
                "quantity",
                "objective",
                "method",
            )
        ],
    }


class FaultRows:
    """The table of faults, to be asked from the template."""

    def __init__(self, table: Table) -> None:
        self.rows = [
            {name: None if value != value else value for name, value in row.items()}
            for row in rows(table)
        ]

    def all(self, fault: str, quantity: str) -> list[dict]:
        """Return the rows of a fault and quantity."""
        return [row for row in self.rows if (row["fault"], row["quantity"]) == (fault, quantity)]

    def one(self, fault: str, quantity: str, setting: str | None = None) -> dict:
        """Return the row of a fault and quantity, the first or that of a setting; {} if none."""
        found = [row for row in self.all(fault, quantity) if setting in (None, row["setting"])]
        return found[0] if found else {}

    def value(self, fault: str, quantity: str, setting: str | None = None) -> float | None:
        """Return the number in that row; None if there is none."""
        return self.one(fault, quantity, setting).get("value")
