"""Check the fixed-weight network's probabilities and write them to Parquet."""

import job

from descent.study.checks import check_forward
from descent.tables.schemas import FORWARD, write

configuration = snakemake.params.configuration
write(FORWARD, check_forward(**configuration["forward"]), configuration, snakemake.output[0])
