"""A study of first-order optimisers: data, checks, descents, training, figures, report.

Inputs:  config.yaml (the study as shipped), overlaid by the config.yaml of the working
         directory, by --configfile and by --config.
Outputs: everything under results/, results/report.html first of all.
"""

import hashlib
import re
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.0")

# The folder of the workflow's files: where this one lies, or into which a hosted workflow's are
# brought, since Snakemake brings them one by one, and they need one another.
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True))
if not ROOT.is_dir():
    this = workflow.included_stack[-1]
    # Beside a Snakefile at the top of its repository `workflow.source_path` finds nothing.
    bring = lambda name: Path(workflow.sourcecache.get_path(this.join(f"../{name}"))).read_bytes()
    contents = {name: bring(name) for name in bring("workflow/files.txt").decode().split()}
    digest = hashlib.sha256(repr(contents).encode()).hexdigest()
    ROOT = Path(".snakemake", "descent", digest[:16]).resolve()
    if not ROOT.exists():
        ROOT.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=ROOT.parent) as made:
            for name, content in contents.items():
                path = Path(made, "whole", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            Path(made, "whole").rename(ROOT)
sys.path.insert(0, str(ROOT / "src"))

from descent.config.problems import part_for, problem_parts, sweep_cuts
from descent.config.reading import ConfigurationError, read_study
from descent.core.objectives import OBJECTIVES
from descent.figures.families import FAMILIES, NETWORK_FAMILIES, PLANE_FAMILIES
from descent.run.estimates import estimate_lines, estimated_needs
from descent.run.leftovers import (
    clear_chunks,
    note_temporary,
    noted_temporary,
    remove_garbled,
)
from descent.run.locking import LockedError, claim, release_dead, wait_for_jobs
from descent.run.preflight import (
    NotReadyError,
    SNAKEMAKE_FOLDERS,
    note_of_another_version,
    require_memory,
    require_path_without_braces,
    require_own_module,
    require_places,
    require_writable,
)
from descent.run.recap import Job, recap_text
from descent.run.resources import chunk_files, chunk_threads, memory_of, minutes_of
from descent.run.sources import commit_of, workflow_files
from descent.run.terminal import open_closed_streams, say_on_terminal
from descent.support.files import remove_partial
from descent.support.fingerprints import fingerprint

open_closed_streams()

# An importing workflow's config.yaml is its own; this one's is the working directory's.
main = Path(workflow.main_snakefile).resolve()
is_imported = main not in {ROOT.resolve() / name for name in ("Snakefile", "workflow/Snakefile")}
try:
    study = read_study(
        shipped=ROOT / "config.yaml",
        local=None if is_imported else Path("config.yaml"),
        given=config,
    )
except ConfigurationError as error:
    raise WorkflowError(str(error)) from None


include: ROOT / "workflow/rules/common.smk"


be_ready()


include: ROOT / "workflow/rules/data.smk"
include: ROOT / "workflow/rules/forward.smk"
include: ROOT / "workflow/rules/problems.smk"
include: ROOT / "workflow/rules/theory.smk"


if study.rosenbrock:

    include: ROOT / "workflow/rules/rosenbrock.smk"


if study.network:

    include: ROOT / "workflow/rules/network.smk"


include: ROOT / "workflow/rules/report.smk"
include: ROOT / "workflow/rules/crate.smk"


rule all:
    """Everything."""
    default_target: True
    input:
        rules.manifest.output,
        rules.report.output,
    localrule: True


if workflow.output_settings.dryrun:
    tell_estimates()


onstart:
    begin_alone()
    tell_estimates(workflow.dag.needrun_jobs())


onsuccess:
    clear_leftovers()
    tell_recap()


onerror:
    tell_recap(stopped=True)
