# Thin names for tools/dev.py, which also runs where there is no make.
PYTHON ?= python3

.PHONY: lab test test-full lint build setup
lab test test-full lint build setup:
	@$(PYTHON) tools/dev.py $@
