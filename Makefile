# The one list of commands; CI calls `make ci` and nothing else.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
SHARED ?= ../shared
# ONNX Runtime reports its use to Microsoft unless told not to; the program tells it by itself, training doesn't.
export ORT_DISABLE_TELEMETRY = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fmt bench corpus eval train trials fuzz live soak endure ci proofs clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

# Each extra has a stamp of its own, so that `make demo` installs no more than the demo needs.
$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[demo,reader]'
	@touch $@

$(VENV)/test.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test]'
	@touch $@ $(VENV)/demo.stamp

$(VENV)/dev.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/test.stamp $(VENV)/demo.stamp

$(VENV)/peers.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test,peers]'
	@touch $@ $(VENV)/test.stamp $(VENV)/demo.stamp

$(VENV)/train.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[train]'
	@touch $@

$(VENV)/fuzz.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test,fuzz]'
	@touch $@ $(VENV)/test.stamp $(VENV)/demo.stamp

setup: $(VENV)/dev.stamp ## Build .venv with everything that development needs

demo: $(VENV)/demo.stamp ## Show the whole thing on a mail server of its own
	@$(BIN)/assistant demo

test: $(VENV)/test.stamp ## Run the tests (with Dovecot installed: on Dovecot too)
	$(BIN)/python -m pytest -q -n auto --dist worksteal

check: $(VENV)/dev.stamp ## Format, lint, types, layers, tests: what must be green
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test

fmt: $(VENV)/dev.stamp ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/peers.stamp ## Speed, memory and growth beside others, into docs/benchmarks.md (half an hour; BENCH=--quick)
	$(BIN)/python -m bench --shared $(SHARED) $(BENCH)

corpus: $(VENV)/peers.stamp ## Read the 3,236 real messages in ../shared; none may do harm
	$(BIN)/python -m bench.corpus --shared $(SHARED)

eval: $(VENV)/peers.stamp ## Quality of reading and judging, beside others, into docs/scorecard.md
	$(BIN)/python -m bench.evaluate --shared $(SHARED) --write

train: ## Fit anew what judging has learned, from ../shared/data (two hours; not in CI)
	@test -d $(SHARED)/data || { echo "train: $(SHARED)/data is not there; it is not part of the project"; exit 1; }
	@$(MAKE) --no-print-directory $(VENV)/train.stamp
	mkdir -p build/train
	for fold in 0 1 2 3; do $(BIN)/python -m training.reader build/train/fold$$fold --fold $$fold --shared $(SHARED) || exit 1; done
	$(BIN)/python -m training.reader build/train/reader --shared $(SHARED)
	$(BIN)/python -m training.export build/train/reader.pt --shared $(SHARED)
	$(BIN)/python -m training.fit --shared $(SHARED)

trials: ## What single choices of the training are worth (docs/decisions.md quotes it)
	@test -d $(SHARED)/data || { echo "trials: $(SHARED)/data is not there; it is not part of the project"; exit 1; }
	@$(MAKE) --no-print-directory $(VENV)/train.stamp
	$(BIN)/python -m training.trials --shared $(SHARED)

fuzz: $(VENV)/fuzz.stamp ## Look for bytes that break reading or a draft (SECONDS=60)
	$(BIN)/python -m bench.fuzz --seconds $(or $(SECONDS),60)

soak: $(VENV)/test.stamp ## Kill a scan at random moments on a real Dovecot (KILLS=50 MAILS=1000)
	$(BIN)/python -m bench.soak --kills $(or $(KILLS),50) --mails $(or $(MAILS),1000)

endure: $(VENV)/test.stamp ## The daemon, 20 accounts, everything going wrong (MINUTES=5; hours at will)
	$(BIN)/python -m bench.endure --minutes $(or $(MINUTES),5)

live: $(VENV)/demo.stamp ## Check the account in your own config.toml; writes nothing
	@$(BIN)/assistant check

ci: check ## What CI runs: check, corpus, eval, a short soak, five minutes of endurance, the benchmarks in short
	@# Endurance waits most of the time, the others never do: they go together.
	$(MAKE) --no-print-directory -j2 --output-sync endure proofs MINUTES=5

proofs: ## corpus, eval, a short soak, the benchmarks in short
	$(MAKE) --no-print-directory corpus
	$(MAKE) --no-print-directory eval
	$(MAKE) --no-print-directory soak KILLS=10 MAILS=200
	@# Numbers of a busy machine say nothing; that the benchmarks run is what is proved.
	$(MAKE) --no-print-directory bench BENCH=--quick

clean: ## Remove what was built
	rm -rf $(VENV) dist build
