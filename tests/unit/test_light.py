"""Jobs load only what they use: each heavy import would cost every job a good part of a second."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    path.stem for path in (ROOT / "workflow" / "scripts").glob("*.py") if path.stem != "descent_job"
)
HEAVY = ("matplotlib", "pandas", "numba", "pydantic", "pyarrow", "scipy")
READS_MANIFEST = {"report", "crate"}
READS_TABLES = {"select_settings", "vary_protocols", "compare", "evaluate"}
READS_TABLES |= {"trace_paths", "trace_curves", "report"}


def loaded_by(code: str) -> set[str]:
    """Run code in a process of its own and return the heavy modules that it loaded."""
    show = f"import sys; print(*(set({HEAVY}) & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{show}"],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return set(run.stdout.split())


def imports_of(text: str) -> str:
    """Return the imports of the package that stand at the first level of a Python file."""
    return "\n".join(
        ast.unparse(node)
        for node in ast.parse(text).body
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "descent"
    )


def test_rules_are_read_without_what_their_jobs_load():
    # Up to its rules a Snakefile is Python.
    head = (ROOT / "Snakefile").read_text("utf-8").partition("\ninclude:")[0]
    assert loaded_by(imports_of(head)) == {"pydantic"}


# Scripts, and what they may load; those of a row together, since one process takes a second.
DRAWS = {script for script in SCRIPTS if script.startswith(("plot_", "draw_"))}
ALLOWED = {
    "draws": (DRAWS, {"matplotlib", "pandas", "pyarrow"}),
    "reads the manifest and tables": (
        READS_MANIFEST & READS_TABLES, {"pandas", "pyarrow", "pydantic"}
    ),
    "reads the manifest": (READS_MANIFEST - READS_TABLES, {"pyarrow", "pydantic"}),
    "reads tables": (READS_TABLES - READS_MANIFEST, {"pandas", "pyarrow"}),
    "none of these": ({*SCRIPTS} - DRAWS - READS_MANIFEST - READS_TABLES, {"pyarrow"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", ALLOWED)
def test_scripts_load_only_what_they_use(kind):
    scripts, allowed = ALLOWED[kind]
    files = [ROOT / "workflow" / "scripts" / f"{script}.py" for script in scripts]
    imports = [imports_of(file.read_text("utf-8")) for file in files]
    assert imports
    assert all(imports)
    assert loaded_by("\n".join(imports)) <= allowed


def test_tables_are_written_and_samples_read_without_pandas(tmp_path):
    code = f"""
from descent.tables.parquet import read_samples, write
from descent.tables.schemas import FAULTS, TRAINED, mixture_schema
parameters = dict(run=["a"], seed=[1], parameter=["W1[0,0]"], value=[0.5])
faults = dict(fault=["a"], setting=["b"], quantity=["c"], value=[None], low=[0.1], high=[None],
              outcome=["d"])
samples = dict(x1=[0.5, 1.5], label=[0, 1])
path = "{tmp_path}/t.parquet"
for schema, columns in ((TRAINED, parameters), (FAULTS, faults), (mixture_schema(1), samples)):
    write(schema, columns, {{}}, path)
x, labels = read_samples(mixture_schema(1), path)
assert (x.tolist(), labels.tolist()) == ([[0.5], [1.5]], [0, 1])
"""
    assert loaded_by(code) == {"pyarrow"}


def test_a_small_sweep_loads_no_compiler():
    assert (
        loaded_by("import descent\ndescent.sweep('rosenbrock', 'momentum', [[0, 0]], 9, 0.1)")
        == set()
    )
