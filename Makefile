# Everything runs in .venv, which the first command makes.
PYTHON ?= python3
# For machines without a GPU, a package index with CPU builds of torch can be named here:
#   make demo PIP_ARGS="--extra-index-url …"
PIP_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types unit benchmark format translations pictures lock clean

demo: $(VENV)/installed
	@$(BIN)/harkback demo

test: lint types unit

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry .

types: $(VENV)/installed-test
	$(BIN)/mypy

# Tests start many processes, which read compiled files where these are kept, and often wait: three share two cores.
unit: $(VENV)/installed-test
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadgroup

benchmark: $(VENV)/installed-test
	$(BIN)/python -m tests.benchmarks

format: $(VENV)/installed-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

translations: $(VENV)/installed-test
	$(BIN)/pybabel --quiet extract --keywords say --keywords say_count:1,2 --no-location --output bot/locale/messages.pot bot
	for po in bot/locale/*.po; do \
	  $(BIN)/pybabel --quiet update --ignore-obsolete --no-fuzzy-matching --width 110 \
	    --input-file bot/locale/messages.pot --locale "$$(basename $$po .po)" --output-file $$po; \
	done
	rm bot/locale/messages.pot

pictures: $(VENV)/installed-test
	$(BIN)/python -m tests.pictures

# For the image's Python and processor, which this has to be run with. What is pinned stays so: remove the files to take
# what is newest.
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --pip-args='$(PIP_ARGS)'

lock: $(VENV)/installed
	$(BIN)/python -m pip install --quiet pip-tools
	CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) --output-file deploy/requirements.lock pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) --only-build-deps --build-deps-for wheel \
	  --output-file deploy/build.lock pyproject.toml

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) --editable '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
