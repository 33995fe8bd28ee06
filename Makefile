# Almanac's front door. `make` alone lists the targets.

# Scripts read these from the environment, also where they were given as arguments of make.
export TAG IMAGE ROTATE ADMIN_TOKEN BACKUP URL TOKEN

# The Wasm components of spin.toml: those that talk to the host, and the analyses, which talk to nobody.
COMPONENTS := home docs datasets points aggregate jobs degrees animals queues proteins tokens ui worker
ANALYSES := plot sleep echo pssp forecast summary correlation histogram trend decompose outliers changepoints compare
# Analyses in other languages have their components made by tools of their own; the templates, only in tests.
OTHER_ANALYSES := $(filter-out template-%,$(notdir $(patsubst %/,%,$(dir $(wildcard components/analyses/*/analysis.py components/analyses/*/analysis.js)))))

packages = $(addprefix -p ,$(1))

.DEFAULT_GOAL := help
.PHONY: help up down doorbell animals analysis dist gallery build components host test test-spin test-remote cluster-sim image setup secret deploy rollback restore soak lint bench clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## Build everything, start Redis and Almanac, load the sample data; Ctrl-C stops it
	@scripts/up.sh

down: ## Stop what a `make up` in another terminal started; the data stays
	@scripts/down.sh

doorbell: ## Ring the workers of every analysis once, so that waiting jobs begin
	@scripts/doorbell.sh

animals: ## Write N animals of Dr. Moreau's island, 20 by default: make animals N=20 > animals.json
	@cargo run --quiet --release -p moreau -- $(N)

# LANG is also what most terminals call their locale: the script takes no locale for a language.
analysis: ## Begin an analysis of your own: make analysis NAME=my-mean LANG=python (javascript, rust)
	@LANG=C scripts/analysis.sh new '$(NAME)' '$(LANG)'

dist: build ## Pack an archive that runs without Rust, Make or git: target/dist/almanac-*.tar.gz
	@scripts/dist.sh

gallery: ## Draw the pictures of docs/gallery.md anew
	@cargo run --quiet --release -p gallery

build: components host ## Build the Wasm components and the bundled host

components:
	@scripts/require.sh cargo wasm-targets
	cargo build --profile component --target wasm32-wasip2 $(call packages,$(COMPONENTS))
	cargo build --profile component --target wasm32-unknown-unknown $(call packages,$(ANALYSES))
	@scripts/analysis.sh build $(OTHER_ANALYSES)

host:
	@scripts/require.sh cargo
	cargo build --release -p almanac-host

test: build ## Run every test, the last of them over HTTP against a running Almanac
	@scripts/require.sh redis-server browser schemathesis python node
	cargo test --workspace --exclude almanac-host --exclude it --exclude load
	cargo test --release -p almanac-host
	cargo test -p it
	ALMANAC_REUSE=spin cargo test -p it

test-spin: components ## Run the tests over HTTP on the Spin that is on the path, as SpinKube runs it
	@scripts/require.sh cargo spin redis-server browser schemathesis python node
	ALMANAC_HOST="$$(command -v spin)" ALMANAC_REUSE=spin cargo test -p it

test-remote: ## Test an Almanac that runs elsewhere: make test-remote URL=https://... TOKEN=... (of an admin)
	@scripts/require.sh cargo
	@test -n "$$URL" || { echo 'almanac: say where: make test-remote URL=https://almanac.example' >&2; exit 1; }
	@ALMANAC_URL="$$URL" ALMANAC_TOKEN="$$TOKEN" cargo test -p it

cluster-sim: build ## Try the topology of k8s/ here: two APIs, two workers, one of each killed under test
	@scripts/require.sh redis-server haproxy
	cargo build -p it --tests
	cargo run -p it --bin cluster-sim

image: ## Push the app as an image: make image TAG=0.1.0 IMAGE=registry.example/almanac
	@scripts/k8s.sh image

setup: ## Create an environment's namespace, as an administrator of the cluster: make setup ENV=test
	@scripts/k8s.sh setup '$(ENV)'

secret: ## Make the Secret of an environment, or a new password in it: make secret ENV=test (ROTATE=yes)
	@scripts/k8s.sh secret '$(ENV)'

deploy: ## Deploy a pushed image: make deploy ENV=test TAG=0.1.0 IMAGE=registry.example/almanac
	@scripts/k8s.sh deploy '$(ENV)'

rollback: ## Go back to the release that ran last: make rollback ENV=test
	@scripts/k8s.sh rollback '$(ENV)'

restore: ## Restore a backup; without BACKUP list them: make restore ENV=test BACKUP=almanac-20261127T021700Z.rdb
	@scripts/k8s.sh restore '$(ENV)'

soak: build ## Let everything fail for ten minutes, and see that no job is lost (CHAOS_SEED, CHAOS_JOBS)
	@scripts/require.sh redis-server
	CHAOS_SECONDS=$${CHAOS_SECONDS:-600} CHAOS_JOBS=$${CHAOS_JOBS:-5000} cargo test -p it chaos -- --nocapture

lint: ## Check format, lints, documentation and scripts; warnings are errors
	@scripts/require.sh cargo wasm-targets linters kubernetes-validate
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --target wasm32-wasip2 $(call packages,$(COMPONENTS)) -- -D warnings
	cargo clippy --target wasm32-unknown-unknown $(call packages,$(ANALYSES)) -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --no-deps -p almanac
	shellcheck scripts/*.sh .ci/run k8s/base/scripts/*.sh k8s/restore/*/*.sh
	scripts/k8s.sh validate

bench: build ## Measure the parts (codec, import, scans, aggregates), then a running Almanac over HTTP (HOST=spin)
	@scripts/require.sh redis-server $(filter spin,$(HOST))
	cargo bench -p almanac
	$(if $(filter spin,$(HOST)),ALMANAC_HOST="$$(command -v spin)") cargo run --release -p load

clean: ## Remove what was built; the data in .almanac/ stays
	cargo clean
