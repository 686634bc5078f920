# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The front door: `make help` lists what there is. A comment after `##` is the target's help text.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# Where the local cloud keeps its state, and how the playbooks reach it. No proxy leads there.
LOCAL_CLOUD_DIR ?= /var/lib/local_cloud
past_proxies := all_proxy= http_proxy= https_proxy= ALL_PROXY= HTTP_PROXY= HTTPS_PROXY=
on_local_cloud = $(past_proxies) OS_CLIENT_CONFIG_FILE=$(LOCAL_CLOUD_DIR)/clouds.yaml OS_CLOUD=local
# What `make site` serves.
SERVICE ?= playbooks/examples/digits.yml

venv := $(CURDIR)/.venv
ready := $(venv)/.ready
collection := model_serving.openstack
# The model server's own environment, as in the guest image: Debian's Python, locked packages.
model_server := $(CURDIR)/.cache/model-server
model_server_lock := roles/local_cloud/files/images/guest-requirements.txt
# What checks user data: Debian's cloud-init, which is not installed.
cloud_init := $(CURDIR)/.cache/cloud-init
# The load generator, what draws the drills' plots, and a client library.
drills := $(CURDIR)/.cache/drills
# The proxy that makes requests fail.
faults := $(CURDIR)/.cache/faults
# What the benchmark compares with: openstack.cloud and a version of the SDK that it works with.
bench := $(CURDIR)/.cache/bench
# Before anything else, as the cloud takes minutes.
needs_python_3_12 := $(venv)/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 12) and \
	"$(venv) has a Python older than 3.12, which this target needs: install one, and remove $(venv)/.ready")'
sessions := --reuse-existing-virtualenvs --session lint docs-check extra-checks ansible-lint

export PATH := $(venv)/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(venv)/collections
export LOCAL_CLOUD_DIR
export CLOUD_INIT = $(cloud_init)
export CLIENT_PYTHON = $(drills)/bin/python
# Hundreds of processes import Ansible and the SDK: whatever the environment says, each finds them compiled.
unexport PYTHONDONTWRITEBYTECODE
# Ansible refuses to start in a locale without UTF-8, or in one that is not installed.
export LC_ALL := C.UTF-8
# What the targets reach is the local cloud, whatever cloud the user works with.
unexport $(filter OS_%,$(.VARIABLES))
# Tools get into the environments that are made here, and nowhere else; their lock files name no hashes.
unexport PIP_REQUIRE_HASHES PIP_TARGET PIP_USER UV_PYTHON UV_REQUIRE_HASHES UV_SYSTEM_PYTHON
# There is no inventory: everything runs on this machine.
export ANSIBLE_LOCALHOST_WARNING := false
export ANSIBLE_INVENTORY_UNPARSED_WARNING := false
# What people read: no skipped tasks, lists as lists.
export ANSIBLE_DISPLAY_SKIPPED_HOSTS := false
export ANSIBLE_CALLBACK_RESULT_FORMAT := yaml

local_cloud = ansible-playbook $(collection).local_cloud -e local_cloud_dir=$(LOCAL_CLOUD_DIR)
on_cloud = $(past_proxies) OS_CLIENT_CONFIG_FILE=$(LOCAL_CLOUD_DIR)/clouds.yaml PYTHONPATH=tests/shared:tests/integration python -W ignore

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- use -------------------------------------------------------------------------------------------------------

.PHONY: site
site: cloud ## start the local cloud and serve a model on it (SERVICE=file)
	$(on_local_cloud) ansible-playbook $(collection).site -e @$(SERVICE) -e @playbooks/examples/local_cloud.yml

.PHONY: cloud
cloud: $(ready) ## start or repair the local cloud (LOCAL_CLOUD_DIR=directory, FAKE=hosts without guests)
	$(local_cloud) $(if $(FAKE),-e local_cloud_fake_hypervisors=$(FAKE))

.PHONY: cloud-down
cloud-down: $(ready) ## stop the local cloud (PURGE=1: remove it)
	$(local_cloud) -e local_cloud_state=$(if $(filter-out 0,$(PURGE)),absent,stopped)

.PHONY: cloud-status
cloud-status: ## show every service of the local cloud
	@test -x $(LOCAL_CLOUD_DIR)/bin/local-cloud || { echo "No local cloud in $(LOCAL_CLOUD_DIR); make cloud starts one"; exit 1; }
	@$(LOCAL_CLOUD_DIR)/bin/local-cloud status

.PHONY: smoke
smoke: cloud ## prove each link of the local cloud: guests, networks, balancers, autoscaling
	$(LOCAL_CLOUD_DIR)/bin/local-cloud smoke

# --- check -----------------------------------------------------------------------------------------------------

.PHONY: test
test: $(ready) shellcheck ## check everything, as CI does; stops the local cloud at the end
	@python tests/run_steps.py --make $(MAKE) unit package molecule templates --beside lint sanity --finally cloud-down

.PHONY: lint
lint: .nox/.ready ## style, types, Ansible rules, documentation, changelog
	nox --no-install $(sessions)
	ruff format --check .
	antsibull-changelog lint

.PHONY: format
format: $(ready) ## bring the Python files into the project's format
	ruff check --fix --exit-zero --quiet .
	ruff format .

.PHONY: sanity
sanity: $(ready) shellcheck ## ansible-test's sanity tests
	tests/sanity/run

# Before `make test` runs anything: apt-get does not wait while the packages of the local cloud are installed beside it.
.PHONY: shellcheck
shellcheck:
	@requirements/install-shellcheck

.PHONY: unit
unit: $(ready) $(model_server)/.ready $(cloud_init)/.ready ## unit tests (ARGS=arguments for pytest)
	MODEL_SERVER_PYTHON=$(model_server)/bin/python pytest --numprocesses auto --dist worksteal $(ARGS)

.PHONY: package
package: $(ready) ## build the collection, install it elsewhere, read its documentation there
	python tests/package.py

.PHONY: molecule
molecule: cloud $(drills)/.ready ## test the roles on the local cloud (SCENARIO=name: one of them)
	@rm -rf build/molecule
	$(past_proxies) MOLECULE_EPHEMERAL_DIRECTORY=$(CURDIR)/build/molecule molecule test --no-command-borders $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

.PHONY: templates
templates: cloud ## let Heat validate the templates of autoscaling groups that the unit tests keep
	$(on_local_cloud) pytest tests/integration/live/test_autoscaling_templates.py

.PHONY: live
live: cloud ## test single modules on the local cloud (ARGS=arguments for pytest)
	$(on_local_cloud) pytest $(if $(findstring tests/integration/live,$(ARGS)),,tests/integration/live) $(ARGS)

.PHONY: interrupted
interrupted: cloud ## kill deployments, updates, teardowns at random moments (SEED=1, ROUNDS=6, PROVIDER=amphora, KEEPER=group, CHANGE=move)
	$(on_cloud) tests/integration/interrupted.py \
		$(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(PROVIDER),--provider $(PROVIDER)) $(if $(KEEPER),--keeper $(KEEPER)) \
		$(if $(CHANGE),--change $(CHANGE))

.PHONY: faults
faults: $(faults)/.ready cloud ## requests to the cloud fail at random (SEED=1, ROUNDS=9, SUBJECT=fleet, groups or site)
	$(on_cloud) tests/integration/faults.py \
		$(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SUBJECT),--subject $(SUBJECT))

.PHONY: drill
drill: cloud $(drills)/.ready ## faults under real traffic: figures and plots (DRILL=name: one of them)
	$(on_cloud) tests/drills/drill.py $(DRILL)

.PHONY: bench
bench: $(bench)/.ready $(faults)/.ready $(drills)/.ready cloud ## measure against openstack.cloud and the limit (N=3, RUNS=5, CASE=rerun, PROVIDER=ovn, FAKE=3)
	$(on_cloud) tests/bench/bench.py \
		$(if $(N),--n $(N)) $(if $(RUNS),--runs $(RUNS)) $(if $(CASE),--case $(CASE)) $(if $(PROVIDER),--provider $(PROVIDER))

.PHONY: large-requests
large-requests: $(model_server)/.ready ## measure what the largest requests cost the server of onnxruntime
	$(model_server)/bin/python -m tests.unit.roles.model_server.large_requests

# --- keep ------------------------------------------------------------------------------------------------------

.PHONY: docs
docs: $(ready) ## build the documentation pages in build/docs/html
	@mkdir -p -m 700 build/docs/rst
	antsibull-docs collection --use-current --squash-hierarchy --cleanup everything --fail-on-error \
		--dest-dir build/docs/rst $(collection)
	sphinx-build -q -W --keep-going -c docs -b html build/docs/rst build/docs/html

.PHONY: venv
venv: $(ready) ## make the tools' virtual environment, .venv

.PHONY: lock
lock: $(ready) ## renew the lock files in requirements
	for file in tools:3.11 drills:3.11 faults:3.12 bench:3.12 cloud-init:3.11; do \
		name=requirements/$${file%:*}; \
		uv pip compile -q --upgrade --universal --python-version $${file#*:} --custom-compile-command "make lock" \
			$$name.in -o $$name.lock || exit; \
	done

.PHONY: clean
clean: ## remove what the targets made here (not the local cloud: see cloud-down)
	rm -rf .venv .nox .ansible .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache build tests/output

$(ready): requirements/tools.lock requirements/make-venv requirements/find-python
	@requirements/make-venv
	@touch $@

$(model_server)/.ready: $(ready) $(model_server_lock)
	uv venv --quiet --clear --python /usr/bin/python3 $(model_server)
	uv pip sync --quiet --python $(model_server)/bin/python $(model_server_lock)
	@touch $@

$(cloud_init)/.ready: $(ready) requirements/cloud-init.lock requirements/make-cloud-init
	requirements/make-cloud-init $(cloud_init) uv
	@touch $@

$(drills)/.ready: $(ready) requirements/drills.lock
	uv venv --quiet --clear --python $(venv)/bin/python $(drills)
	uv pip sync --quiet --python $(drills)/bin/python requirements/drills.lock
	@touch $@

$(faults)/.ready: $(ready) requirements/faults.lock
	@$(needs_python_3_12)
	uv venv --quiet --clear --python $(venv)/bin/python $(faults)
	uv pip sync --quiet --python $(faults)/bin/python requirements/faults.lock
	@touch $@

$(bench)/.ready: $(ready) requirements/bench.lock
	@$(needs_python_3_12)
	uv venv --quiet --clear --python $(venv)/bin/python $(bench)
	uv pip sync --quiet --python $(bench)/bin/python requirements/bench.lock
	@touch $@

.nox/.ready: $(ready) antsibull-nox.toml tests/unit/requirements.txt
	nox --install-only $(sessions)
	@touch $@
