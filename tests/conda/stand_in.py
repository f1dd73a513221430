"""A stand-in for the command `conda`, as much of it as Snakemake calls; py-rattler does the work.

`CONDA_CHANNEL` names the folder that is every channel, and `CONDA_PREFIX_DIR` the folder that
`conda info` gives as conda's own, with `bin/activate`.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import rattler
import yaml

CHANNEL = Path(os.environ["CONDA_CHANNEL"])


async def create(environment: dict, prefix: Path) -> None:
    """Solve an environment and install it."""
    specs = [
        rattler.MatchSpec(text.rpartition("::")[2], strict=True)
        for text in environment["dependencies"]
    ]
    channel = rattler.Channel(CHANNEL.as_uri())
    records = await rattler.solve([channel], specs, platforms=["linux-64", "noarch"])
    cache = CHANNEL.with_name("cache")
    await rattler.install(records, prefix, cache_dir=cache, show_progress=False)


def value(arguments: list[str], option: str) -> str:
    """Return what follows an option."""
    return arguments[arguments.index(option) + 1]


match sys.argv[1:]:
    case ["--version"]:
        print("conda 25.1.0")
    case ["info", "--json"]:
        print(json.dumps({"conda_prefix": os.environ["CONDA_PREFIX_DIR"], "platform": "linux-64"}))
    case ["config", "--get", "channel_priority", "--json"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    case ["env", "create", *options]:
        wanted = yaml.safe_load(Path(value(options, "--file")).read_text(encoding="utf-8"))
        asyncio.run(create(wanted, Path(value(options, "--prefix"))))
    case ["clean", *_]:
        pass
    case other:
        sys.exit(f"conda: {other} is not known to the stand-in")
