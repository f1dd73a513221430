# Everything from a fresh clone: `make` installs what is locked, runs the study and says where the
# report is. `make help` lists the other targets. Paths are relative, so that the folder may have
# any name.

PYTHON ?= python3
CORES ?= all
WORKERS ?= logical
UV ?= uv
ARGS ?=

VENV := .venv
PEERS := .venv-peers
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
REPORT := results/report.html

# Puts the environment first on PATH. Snakemake calls its Python without quoting the path: where the
# folder's name has a space or the like, the environment is reached through a temporary link.
ENTER = bin="$$PWD/$(BIN)"; \
	case "$$bin" in *[!A-Za-z0-9_./+@%=,-]*) \
		link=$$(mktemp -d); trap 'rm -rf "$$link"' EXIT; \
		ln -s "$$PWD/$(VENV)" "$$link/venv"; bin="$$link/venv/bin";; \
	esac; \
	PATH="$$bin:$$PATH"; export PATH

# Imports come from the environment alone (and, by -P, not from the working folder).
unexport PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: all quick install packages test lint bench soak mutants lock clean help

all: install ## install, run the study, say where the report is
	@$(ENTER); python -P -m snakemake --quiet host rules --cores $(CORES) $(ARGS)
	@if [ -f $(REPORT) ]; then printf '\nThe report: %s\n' "$$PWD/$(REPORT)"; fi

quick: install ## the study in small, in a folder of its own
	@mkdir -p quick
	@$(ENTER); python -P -m snakemake --quiet host rules --cores $(CORES) \
		--configfile workflow/quick.yaml --directory quick $(ARGS)
	@printf '\nThe report: %s\n' "$$PWD/quick/$(REPORT)"

install: $(VENV)/installed ## make the Python environment in .venv

packages: ## install what the tests need of Debian's packages (as root)
	@.ci/packages

# A file's tests share their studies, and go to one worker; what takes longest, Slurm, comes first.
test: install ## run the tests (options: make test ARGS="-k sweep")
	@$(ENTER); python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: install ## check style, types and the workflow
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/snakefmt --check Snakefile workflow/Snakefile workflow/rules/*.smk
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/snakemake --lint

bench: install $(PEERS)/installed ## measure speed (options: make bench ARGS=--quick)
	@$(ENTER); python benchmarks/run.py $(ARGS)

# The libraries that the engine is measured against, apart from the project's environment.
$(PEERS)/installed: benchmarks/peers.txt
	@echo 'Installing the libraries to compare with into $(PEERS) (once; a few minutes) ...'
	@$(PYTHON) -m venv --clear $(PEERS)
	@$(PEERS)/bin/python -m pip --disable-pip-version-check -qq install --requirement $<
	@touch $@

soak: install ## kill the study and resume it, run random studies (options: make soak ARGS="--kills 100 --studies 20")
	@$(ENTER); python tests/workflow/soak.py $(ARGS)

mutants: install ## change formulas one by one and count what the tests notice (ARGS="--room core")
	@$(ENTER); python tests/mutants.py $(ARGS)

lock: ## write requirements.txt anew (ARGS=--upgrade for newer versions; needs uv)
	@command -v $(UV) >/dev/null || { echo 'make lock needs uv: pip install uv' >&2; exit 1; }
	@$(UV) pip compile --quiet --no-config --no-python-downloads \
		--universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--custom-compile-command 'make lock' --extra workflow --extra test --extra plugins --group build $(ARGS) \
		--output-file requirements.txt pyproject.toml
	@echo uv | $(UV) pip compile --quiet --no-config --generate-hashes $(ARGS) \
		--custom-compile-command 'make lock' --output-file requirements-uv.txt -
	@echo 'requirements.txt is written; environment.yml names the same versions by hand.'

clean: ## remove the results, the logs and what Snakemake remembers
	@if [ -d results ]; then find results/ -mindepth 1 ! -path results/.gitignore -delete; fi
	@rm -rf .snakemake logs
	@echo 'results/ is empty.'

help: ## show this list
	@echo 'make            install, run the study, say where the report is'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile \
		| while IFS='|' read -r name text; do printf '%-15s %s\n' "$$name" "$$text"; done
	@echo 'Variables: PYTHON=python3.12 (the interpreter), CORES=2, WORKERS=4 (of the tests), ARGS=...'

# An environment that was moved with its folder, or whose Python is gone, is made anew.
ifneq ($(shell test -x $(BIN)/python && cat $(VENV)/locked 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/locked
endif

define CHECK_PYTHON
import sys
found = "Python " + ".".join(map(str, sys.version_info[:3]))
if sys.version_info < (3, 11):
    sys.exit(found + " is too old, 3.11 or newer is needed: make PYTHON=python3.13")
if sys.version_info >= (3, 15):
    sys.exit("The locked versions are for Python 3.11 to 3.14, this is " + found + ": make PYTHON=python3.13")
try:
    import ensurepip, venv
except ImportError:
    sys.exit(found + " cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv")
endef
export CHECK_PYTHON

# The locked versions, each checked against its hash, by uv, which is quick, or else by pip. The tools
# that build come first: a package that is published as source only is built with these, not with
# whatever is newest.
INSTALL = $(1) --require-hashes --requirement $(VENV)/build.txt \
	&& $(1) --require-hashes --no-build-isolation --requirement requirements.txt
UV_INSTALL = $(BIN)/uv pip install --quiet --no-config --python $(BIN)/python
$(VENV)/locked: requirements.txt
	@command -v $(PYTHON) >/dev/null \
		|| { echo 'There is no $(PYTHON) here: install Python 3.11 or newer.' >&2; exit 1; }
	@$(PYTHON) -c "$$CHECK_PYTHON"
	@echo 'Installing the locked packages into $(VENV) (once) ...'
	@$(PYTHON) -m venv --clear $(VENV)
	@awk '/^(flit-core|setuptools)==/,!/\\$$/' requirements.txt > $(VENV)/build.txt
	@{ $(PIP) install --require-hashes --only-binary :all: --requirement requirements-uv.txt \
		&& $(call INSTALL,$(UV_INSTALL)); } 2>$(VENV)/uv.log \
	|| { echo 'uv cannot do it here ($(VENV)/uv.log): pip does, in a minute or two ...' \
		&& $(call INSTALL,$(PIP) install); }
	@pwd -P > $@

# The package itself, where it lies; its `__init__` holds the version.
$(VENV)/installed: $(VENV)/locked pyproject.toml src/descent/__init__.py
	@{ $(UV_INSTALL) --no-build-isolation --no-deps --editable . 2>/dev/null; } \
		|| $(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@
