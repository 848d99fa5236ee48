# make demo   the whole product on music and film of its own, result in demo-out/index.html
# make test   every test, first those that need no other program, then those that drive a real editor
# make lint   ruff, mypy, import-linter
# make panel  the PyQt6 window
# make bench  benchmarks, each prints ratios, then what moved since the last release; BENCH_ARGS="search store" for some
# make pack   train and export the core pack; DATA=folder, RECORDINGS=folders (a night on two cores)

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
TORCH ?= torch==2.13.0
DATA ?= ../shared/data
RECORDINGS ?=
WORK ?= .cache/core
PACK ?= models/packs/core
PACK_ARGS ?=
BENCH_ARGS ?=
PYTEST_ARGS ?=
JOBS ?= 2

# A real editor listens on a place of its user's (Audacity's pipe, JACK), so its tests run one after another.
EDITORS = tests/host_bridge/ardour tests/host_bridge/audacity tests/host_bridge/blender tests/gui/end_to_end

RUNTIME = $(VENV)/.installed-runtime
FULL = $(VENV)/.installed-full

.PHONY: demo test lint panel bench pack clean

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Cuefinder needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "no venv module: install the system package python3-venv"; exit 1; }

$(RUNTIME): pyproject.toml | $(BIN)/python
	$(BIN)/pip install -q -e .
	@touch $@

$(FULL): pyproject.toml | $(BIN)/python
	$(BIN)/pip install -q $(TORCH)
	$(BIN)/pip install -q -e '.[train,test,dev,bench]'
	@touch $@ $(RUNTIME)

demo: $(RUNTIME)
	@command -v fluidsynth >/dev/null || echo "fluidsynth is not installed, so the demo plays on the built-in synthesiser (system packages: fluidsynth fluid-soundfont-gm)"
	$(BIN)/cuefinder demo --out demo-out

test: $(FULL)
	@export QT_QPA_PLATFORM=offscreen; failed=0; set -x; \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(EDITORS:%=--ignore=%) $(PYTEST_ARGS) || failed=1; \
	$(BIN)/python -m pytest $(EDITORS) $(PYTEST_ARGS) || failed=1; \
	exit $$failed

lint: $(FULL)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy plugin host_bridge
	$(BIN)/lint-imports

panel: $(RUNTIME)
	$(BIN)/cuefinder panel

bench: $(FULL)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

pack: $(FULL)
	$(BIN)/python -m models.train_core --data $(DATA) --recordings $(RECORDINGS) --work $(WORK) $(PACK_ARGS)
	$(BIN)/python -m export.core --work $(WORK) --out $(PACK)

clean:
	rm -rf $(VENV) demo-out .cache build *.egg-info
