# The doors of the project. Everything they need is brought by bootstrap.py; nothing is installed outside this folder.
PYTHON ?= python3
RUN := $(PYTHON) bootstrap.py
FILE ?= questions.txt
OUT ?= answers.jsonl
DIR ?= tests/evaluation

.PHONY: help demo test test-fast check ask evaluate bench chaos train tune format pictures clean
help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
demo: ## set up, train, start everything and print the addresses; Ctrl-C stops it
	@$(RUN) demo
test: ## run every test, in a browser and with the real bot as well
	@$(RUN) test $(ARGS)
test-fast: ## the tests that need no bot, no browser and no processes, in about a minute
	@$(RUN) test-fast $(ARGS)
check: ## lint, format, types, layers, house rules
	@$(RUN) check
ask: ## FILE=questions.txt OUT=answers.jsonl: ask each line as a new farmer
	@$(RUN) ask --file "$(FILE)" --out "$(OUT)"
evaluate: ## DIR=folder [ARGS=--record]: measure understanding and answers on labelled files
	@$(RUN) evaluate --dir "$(DIR)" $(ARGS)
bench: ## measure speed, compare searches and pipelines, write docs/measurements.md; ARGS="--only search" for a part
	@$(RUN) bench $(ARGS)
chaos: ## kill processes for ten minutes while 10,000 cases pass through the queue, and count what went wrong; ARGS="--cases 500 --minutes 1"
	@$(RUN) chaos $(ARGS)
train: ## train the bot if its data changed
	@$(RUN) train
tune: ## learn the search anew from the articles' ways of asking (some ten minutes); ARGS=--dry writes nothing
	@$(RUN) tune $(ARGS)
format: ## put the code into the agreed form
	@$(RUN) python -m ruff format . && $(RUN) python -m ruff check --fix .
pictures: ## take the pictures of the documents
	@mkdir -p docs/pictures && NONGWEN_PICTURES="$(CURDIR)/docs/pictures" $(RUN) test tests/journeys/test_tour_in_a_browser.py tests/journeys/test_two_experts_in_browsers.py
clean: ## remove environments, models and data of this folder
	rm -rf .venv .tools .nongwen
