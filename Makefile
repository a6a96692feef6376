# make settle     the synthetic August 2021 simulated and settled into out/ (ARGS="--carrier ...")
# make check      what a change against HEAD (or BASE=) reaches, in 90 seconds: for while you work
# make test       the tests, three at a time        make test-debug  the same on checked kernels
# make test-asan  kernels and decoders under AddressSanitizer and UndefinedBehaviorSanitizer
# make bench      micro suite, peers, intake, small work, whole jobs, roofline; out/bench/report.md
# make bench-full      the same, then tariffs that grow, and the peers over 20 million events
# make bench-compare   BASE=... against the newest run: a version, commit, tag or file of the history
# make mutate     comparisons, constants and orders of the relief code mutated: a test must see each
# make fuzz       100,000 damaged files of each form; goes on where it ended (ARGS="--seconds 600")
# make audit      the queries of docs/audit-queries.md on the settled default world in out/
# make torture    kill -9, full disks and lost power, by the hundred (as root, for the disks)
# make conformance DOISOAT_FOREIGN=DIR   other engines' vectors in DIR/vectors, by kernel and oracle
# make lint       ruff, cython-lint, mypy           make format      what ruff can mend by itself
# make annotate   Cython's HTML under build/        make dist        sdist and wheel in dist/
# make clean      what was built                    make distclean   .venv as well (never out/)
#
# Everything runs in .venv, which the first target that needs it makes. Needs python3 (3.11 or
# later, with venv and Python.h), a C compiler and make; nothing is installed outside .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Whoever asks Python to keep no compiled modules would have each process that a test begins, of
# hundreds, compile two hundred of ours again: a second each.
unexport PYTHONDONTWRITEBYTECODE

MODE   := $(if $(filter-out 0,$(DOISOAT_NATIVE)),native,release)
PYX    := $(shell find engine fixtures benchmarks -name '*.pyx' -o -name '*.pxd')
DATA   := $(shell find . \( -name '*.py' -o -name '*.yaml' -o -name '*.sql' \) \
            -not -path './.*' -not -path './build/*' -not -path './dist/*' -not -path './out/*')
READY  := $(VENV)/.kernels-$(MODE)
DEV    := $(VENV)/.dev
BYTECODE := $(VENV)/.bytecode
KEPT   := $(VENV)/.declared
WORDS  := messages/vi.mo
BUILT  := build/$(MODE)/.built
DEBUG  := build/debug/.ready
ASAN   := build/asan/.ready
# The kernels, and whatever of ours reads a carrier's bytes; then damaged files of twelve forms. Parquet
# and Arrow files are read in a process apart, whose memory is bounded below what the sanitizers
# reserve: under them no such process begins, so that each of thousands of files would be refused.
OF_ASAN := tests/engine $(patsubst %,tests/intake/test_%.py,ber blake2b distinct fields gateway lines mutated readings tap)
NOT_APART := not (test_damaged_files and (parquet or arrow))
FUZZED  := csv,jsonl,db,tap,nrtrde,rap,ts32298,ts32297,csv.gz,csv.zst,jsonl.gz,jsonl.zst

.PHONY: all help settle check test test-debug test-asan bench mutate fuzz audit torture conformance lint format annotate dist clean distclean \
        bench-full bench-compare
all: $(READY) $(BYTECODE) $(KEPT) $(WORDS)

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

$(VENV)/.made:
	@$(MAKE) -s --no-print-directory check-tools
	@rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	@touch $@

.PHONY: check-tools
check-tools:
	@command -v $(PYTHON) >/dev/null || { echo "doisoat: no $(PYTHON): install Python 3.11 or later (Debian: apt-get install python3 python3-venv python3-dev)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "doisoat: $(PYTHON) is older than 3.11: run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip; ensurepip.version' 2>/dev/null || { echo "doisoat: $(PYTHON) has no venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' || { echo "doisoat: $(PYTHON) has no Python.h, which the kernels are compiled with (Debian: apt-get install python3-dev)" >&2; exit 1; }
	@command -v $${CC:-cc} >/dev/null || { echo "doisoat: no C compiler (Debian: apt-get install gcc libc6-dev)" >&2; exit 1; }

# The Python part: an editable install, without the kernels (pip would compile them all again).
# Only what settling needs; what tests and linters need comes with $(DEV).
$(VENV)/.deps: pyproject.toml $(VENV)/.made
	$(BIN)/pip install -q 'setuptools>=77' 'Cython>=3.3,<3.4'
	PYTHONWARNINGS=ignore DOISOAT_NO_KERNELS=1 $(BIN)/pip install -q --no-build-isolation -e '.[web]'
	@touch $@

$(DEV): pyproject.toml $(VENV)/.deps
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["dev"], sep="\n")' >$(VENV)/dev.txt
	$(BIN)/pip install -q -r $(VENV)/dev.txt
	@touch $@

# What the tests of clusters need beside Java; without it they say that they are skipped.
$(VENV)/.spark: pyproject.toml $(VENV)/.deps
	@$(BIN)/python -c 'import tomllib; extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; print(*extras["spark"], *extras["s3"], *extras["dev-cluster"], sep="\n")' >$(VENV)/spark.txt
	$(BIN)/pip install -q -r $(VENV)/spark.txt
	@touch $@

# The kernels, each beside its source: cythonize follows cimports, so only what changed is
# compiled; a change of setup.py (flags, directives) or of the tools recompiles all. One stamp a
# mode: the mode whose kernels lie in the tree has it, and each mode keeps its objects under
# build/. A stamp bears the time the build began, so that an edit made meanwhile is not missed.
REDO = $(shell test $(BUILT) -nt setup.py -a $(BUILT) -nt $(VENV)/.deps || echo --force)
$(READY): $(PYX) setup.py $(VENV)/.deps
	@mkdir -p $(dir $(BUILT)) && touch $(VENV)/.starting
	$(if $(REDO),CYTHON_FORCE_REGEN=1) $(BIN)/python setup.py -q build_ext --inplace $(REDO)
	@rm -f $(VENV)/.kernels-*
	@cp -p $(VENV)/.starting $(BUILT) && mv $(VENV)/.starting $@

# As pip does where it installs: else each process compiles what it imports where none may keep it
# (PYTHONDONTWRITEBYTECODE, a tree of another user), which is a seventh of a small settle.
$(BYTECODE): $(READY) $(DATA)
	@$(BIN)/python -m compileall -q *.py api benchmarks commands engine fixtures messages settlement tariffs
	@touch $@

# The objects of relief.duckdb, declared beforehand: a sixth of a small settle.
$(KEPT): $(READY) currency.py tariffs/catalogue/vn-2021/jurisdiction.yaml settlement/database/schema_template.py settlement/database/build_schema_template.py settlement/database/tables.py $(wildcard settlement/database/sql/*.sql) $(WORDS)
	@$(BIN)/python -m doisoat.settlement.database.build_schema_template
	@touch $@

# The catalogues of words, as gettext reads them.
$(WORDS): $(wildcard messages/*.po) messages/compile_po.py $(VENV)/.deps
	@$(BIN)/python messages/compile_po.py

$(DEBUG): $(PYX) setup.py $(DATA) $(VENV)/.deps
	@mkdir -p $(dir $@) && touch $(dir $@).starting
	DOISOAT_DEBUG=1 $(if $(filter setup.py,$?),CYTHON_FORCE_REGEN=1) $(BIN)/python setup.py -q build $(if $(filter setup.py,$?),--force)
	@mv $(dir $@).starting $@

$(ASAN): $(PYX) setup.py $(DATA) $(VENV)/.deps
	@mkdir -p $(dir $@) && touch $(dir $@).starting
	DOISOAT_ASAN=1 $(if $(filter setup.py,$?),CYTHON_FORCE_REGEN=1) $(BIN)/python setup.py -q build $(if $(filter setup.py,$?),--force)
	@mv $(dir $@).starting $@

settle: $(READY) $(BYTECODE) $(KEPT)
	$(BIN)/doisoat simulate
	$(BIN)/doisoat settle --period 2021-08 $(ARGS)
# The clock runs from here: kernels that changed are built before the rest is looked at.
check: BEGAN := $(shell date +%s)
check: $(READY) $(KEPT) $(DEV)
	@$(BIN)/python -m tests.check --base $(or $(BASE),HEAD) --began $(BEGAN) $(ARGS)
# DOISOAT_TESTS=whole: as CI has it, with more examples and the dearest tests.
# What a test wrote goes with it, if it passed: homes of a whole run are ten gigabytes.
PYTEST := $(BIN)/pytest -q -n 3 --dist worksteal --benchmark-disable -o tmp_path_retention_policy=failed
test: $(READY) $(DEV)
	$(PYTEST) $(ARGS)
test-debug: $(DEBUG) $(DEV)
	DOISOAT_DEBUG=1 PYTHONPATH="$(CURDIR)/build/debug/lib" $(PYTEST) $(ARGS)
# Their libraries come first in the process; Python's own arena would hide what is freed, and what it
# never frees is no leak of ours. Kernels by their whole path: tests start processes in other folders.
UNDER_ASAN = LD_PRELOAD="$$($${CC:-gcc} -print-file-name=libasan.so) $$($${CC:-gcc} -print-file-name=libubsan.so)" \
	PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 PYTHONPATH="$(CURDIR)/build/asan/lib" $(BIN)/python
test-asan: $(ASAN) $(DEV)
	$(UNDER_ASAN) -m pytest -q --benchmark-disable -k '$(NOT_APART)' $(or $(ARGS),$(OF_ASAN))
	rm -rf build/asan/fuzz
	$(UNDER_ASAN) -m tests.fuzz --files 100 --workers 2 --forms $(FUZZED) --folder build/asan/fuzz
bench: $(READY) $(BYTECODE) $(KEPT) $(DEV)
	@test -e out/home.json || $(MAKE) --no-print-directory settle
	@mkdir -p out/bench
	$(BIN)/python -m pytest -q benchmarks/suite --benchmark-only --benchmark-json=out/bench/suite.json
	$(BIN)/python -m doisoat.benchmarks.peers $(ARGS)
	$(BIN)/python -m doisoat.benchmarks.intake
	$(BIN)/python -m doisoat.benchmarks.small --out out/bench/small.json
	$(BIN)/python -m doisoat.benchmarks.whole_jobs
	$(BIN)/python -m doisoat.benchmarks.roofline
	$(BIN)/python -m doisoat.benchmarks.report
# 76,600 subscribers have 20.0 million events. The world is written once and stays.
LARGE := out/bench/world-20m
bench-full: bench
	$(BIN)/python -m doisoat.benchmarks.growth --out out/bench/growth.json
	$(BIN)/doisoat simulate --subscribers 76600 --home $(LARGE)
	$(BIN)/doisoat settle --period 2021-08 --home $(LARGE)
	$(BIN)/python -m doisoat.benchmarks.peers --home $(LARGE) --out out/bench/peers-20m.json
	$(BIN)/python -m doisoat.benchmarks.roofline --home $(LARGE) --out out/bench/roofline-20m.json
	$(BIN)/python -m doisoat.benchmarks.report
bench-compare: $(READY)
	@test -n "$(BASE)" || { echo "doisoat: name what to compare with, a version, commit, tag or file of out/bench/history: make bench-compare BASE=v0.1.0" >&2; exit 2; }
	@$(BIN)/python -m doisoat.benchmarks.compare "$(BASE)" $(ARGS)
mutate: $(READY) $(DEV)
	$(BIN)/python tests/mutate.py $(ARGS)
fuzz: $(READY) $(DEV)
	$(BIN)/python -m tests.fuzz $(ARGS)
audit: settle $(DEV)
	DOISOAT_DEFAULT_WORLD=out $(BIN)/pytest -q tests/integration/test_audit_queries.py
torture: $(READY) $(DEV)
	$(BIN)/python -m tests.torture $(ARGS)
conformance: $(READY) $(DEV)
	@test -n "$(DOISOAT_FOREIGN)" || { echo "doisoat: name the folder that holds vectors: make conformance DOISOAT_FOREIGN=DIR" >&2; exit 2; }
	@$(BIN)/python -m tests.conformance "$(DOISOAT_FOREIGN)" --write docs/conformance.md
lint: $(READY) $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/cython-lint engine fixtures benchmarks
	$(BIN)/python -m tests.names
	$(BIN)/python -m tests.states_in_code
	$(BIN)/python -m tests.messages
	$(BIN)/mypy -p doisoat
	$(BIN)/mypy tests $(wildcard benchmarks/suite)
format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
annotate: $(VENV)/.deps
	DOISOAT_ANNOTATE=1 CYTHON_FORCE_REGEN=1 $(BIN)/python setup.py -q build_ext --inplace
	@find build -name '*.html' -path '*/cython/*'
dist: $(DEV) $(KEPT)
	rm -rf dist
	$(BIN)/python -m build
clean:
	rm -rf build dist *.egg-info $(VENV)/.kernels-* $(KEPT) $(WORDS) settlement/database/declared-*.duckdb
	find engine fixtures benchmarks -name '*.so' -delete
distclean: clean
	rm -rf $(VENV)
