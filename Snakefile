"""A study of first-order optimisers: data, checks, descents, training, figures, report.

Inputs:  config.yaml (the study as shipped), overlaid by the config.yaml of the working
         directory, by --configfile and by --config.
Outputs: everything under results/, results/report.html first of all.
"""

import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.0")

ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True))
sys.path.insert(0, str(ROOT / "src"))

from descent import __version__
from descent.run.estimates import describe, estimates, too_large
from descent.support.files import DamagedFile, read_json, remove_partial
from descent.run.locking import LockedError, claim, release_dead, wait_for_jobs
from descent.config.reading import ConfigurationError, read_study

# An importing workflow's config.yaml is its own; this one's is the working directory's.
is_imported = Path(workflow.main_snakefile).resolve() != ROOT.resolve() / "Snakefile"
try:
    study = read_study(
        shipped=ROOT / "config.yaml",
        local=None if is_imported else Path("config.yaml"),
        given=config,
    )
except ConfigurationError as error:
    raise WorkflowError(str(error)) from None


include: "workflow/rules/common.smk"


require_writable(Path("results"))
require_writable(Path("logs"))
require_memory()
if workflow.is_main_process and not is_imported:
    free_of_dead_runs()
    tell_of_another_version()


include: "workflow/rules/data.smk"
include: "workflow/rules/forward.smk"
include: "workflow/rules/rosenbrock.smk"
include: "workflow/rules/objectives.smk"
include: "workflow/rules/network.smk"
include: "workflow/rules/theory.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/crate.smk"


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
    tell_estimates({job.rule.name for job in workflow.dag.needrun_jobs()})


onsuccess:
    remove_partial("results")  # what a job left that was killed with its node
    clear_chunks()
    tell_recap()


onerror:
    tell_recap(stopped=True)
