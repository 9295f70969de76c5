# Set-up, checks and the demo. Every target works in a fresh clone: `setup` installs what is missing and is quick after.
export VENV ?= .venv
BIN := $(VENV)/bin
# Compiled modules are kept: tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test quick fuzz sound-test docs app bench eval lock clean

help:
	@echo "make run     open the window with the demo song; without a screen, write it before and after to build/demo"
	@echo "make test    every check: style, types, import walls, tests"
	@echo "make quick   the tests that take a minute or two"
	@echo "make fuzz    hunt for files that break something, for MINUTES=5; may be given: SEED=NUMBER, FILES=FOLDER, HUNTS=NAMES: see CONTRIBUTING.md"
	@echo "make sound-test  play through a real sound server for LISTEN=60 seconds and compare what it recorded; on a machine that is idle"
	@echo "make docs    build the site of the documents and of the engine's functions in build/docs"
	@echo "make app     build dist/duv-studio, a folder that runs without Python, and let it test itself"
	@echo "make bench   how long reading, blending, drawing and training take"
	@echo "make eval    the newest base models against baselines, humans and marks; DATA=FOLDER holds the data sets. May be given:"
	@echo "             MODELS=NAMES, PAIRS=FOLDER, OUTPUTS='NAME=FOLDER', NOTES=NUMBER, PICTURES=FOLDER, FIGURES=FOLDER: see docs/evaluation.md"
	@echo "make lock    pin the newest allowed versions in requirements.lock"
	@echo "make clean   remove what was built (.venv stays)"
	@echo "Each with PYTHON=python3.12 for another Python, and VENV=FOLDER for another environment than .venv."

setup:
	@sh tools/setup.sh

run: setup
	@sh tools/run.sh

# Lines that no test runs, and the files with the fewest that any does; without: make test COVERAGE=
COVERAGE ?= --cov --cov-report=
PARALLEL := --numprocesses logical --maxprocesses 8 --dist worksteal
test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest $(PARALLEL) $(COVERAGE)
	@[ -z "$(COVERAGE)" ] || $(BIN)/coverage report | sed -n '1,12p; /^TOTAL/p'

QUICK := cli/test_cli.py cli/test_render.py engine/features engine/humanizer engine/midi engine/music engine/performance \
	sound/schedule sound/soundfont sound/synth sound/takes training/data \
	ui/canvas ui/document ui/panels ui/style ui/widgets test_examples.py
quick: setup
	$(BIN)/python -m pytest $(PARALLEL) $(addprefix tests/,$(QUICK))

MINUTES ?= 5
SEED ?= 1
fuzz: setup
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz --minutes $(MINUTES) --seed $(SEED) $(if $(FILES),--files $(FILES)) \
		$(addprefix --only ,$(HUNTS))

LISTEN ?= 60
sound-test: setup
	@LISTEN=$(LISTEN) sh tools/sound_test.sh

docs: setup
	$(BIN)/mkdocs build --strict --quiet

app: setup
	@sh tools/app.sh

bench: setup
	@for file in tests/benchmarks/bench_*.py; do $(BIN)/python -m tests.benchmarks.$$(basename $$file .py) || exit 1; done

FIGURES ?= build/eval
THERE := $(filter-out %-v1,$(notdir $(wildcard resources/models/*)))
MODELS ?= $(filter-out %-research,$(THERE)) $(filter %-research,$(THERE))
eval: setup
	@$(if $(MODELS),,echo "there is no model in resources/models"; exit 1;) \
	$(if $(DATA)$(PAIRS),,echo "say where the data sets are: make eval DATA=FOLDER"; exit 1;) \
	mkdir -p $(FIGURES) && status=0; for model in $(MODELS); do \
		OMP_NUM_THREADS=1 $(BIN)/duv-studio evaluate --model $$model $(if $(DATA),--data $(DATA)) --gate \
			$(addprefix --pairs ,$(PAIRS)) $(addprefix --outputs ,$(OUTPUTS)) \
			$(if $(NOTES),--notes $(NOTES)) $(if $(PICTURES),--pictures $(PICTURES)/$$model) \
			--json $(FIGURES)/$$model.json || status=1; \
	done; \
	$(BIN)/python -m tools.compare_bases $(patsubst %,$(FIGURES)/%.json,$(MODELS)) && exit $$status

lock: setup
	@sh tools/lock.sh

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find duv_studio tests tools resources -name __pycache__ -type d -prune -exec rm -rf {} +
