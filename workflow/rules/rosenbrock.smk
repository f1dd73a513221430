"""Descent on the Rosenbrock function.

Inputs:  the configuration's section `rosenbrock`.
Outputs: results/rosenbrock/*.parquet and their figures.
"""


rule descend_rosenbrock:
    """Run the named descents and keep every iterate."""
    input:
        core=core("descend_rosenbrock"),
    output:
        "results/rosenbrock/trajectories.parquet",
    params:
        configuration=part(rosenbrock=["a", "b", "seed", "runs"]),
    log:
        "logs/descend_rosenbrock.log",
    benchmark:
        "logs/descend_rosenbrock.tsv"
    script:
        "../scripts/descend_rosenbrock.py"


rule sweep_rosenbrock:
    """Descend from every start with every learning rate and momentum."""
    input:
        core=core("sweep_rosenbrock"),
    output:
        "results/rosenbrock/sweep.parquet",
    params:
        configuration=part(rosenbrock=["a", "b", "sweep"]),
    log:
        "logs/sweep_rosenbrock.log",
    benchmark:
        "logs/sweep_rosenbrock.tsv"
    script:
        "../scripts/sweep_rosenbrock.py"
