# The commands of this repository. `make help` lists them; CI runs `lint`, `audit`, `tour` and `test`, nothing else.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run dev release demo test test-sqlite test-postgres test-long conformance lint lint-rust lint-deps lint-api lint-files \
        audit bench openapi tour migration module where

CARGO ?= cargo
# Versions of tools that cargo itself installs; nothing is installed that is there already.
NEXTEST := 0.9.143
DENY := 0.20.2

help: ## Lists the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

# The development profile on purpose: it builds in less than half the time of the release profile
# and hashes passwords just as fast (see `profile.dev.package` in Cargo.toml).
run: ## Builds and serves on the embedded default (SQLite, nothing else to install)
	$(CARGO) build --quiet --bin madang
	exec target/debug/madang serve

dev: ## Serves, and again after each change of the sources (cargo-watch where installed)
	if command -v cargo-watch >/dev/null; then \
	    MADANG__TELEMETRY__LOG=info,madang=debug exec $(CARGO) watch -w crates -w migration -x 'run --bin madang'; \
	else MADANG__TELEMETRY__LOG=info,madang=debug exec $(CARGO) run --bin madang; fi

release: ## Builds target/release/madang as the image does: thin LTO, a few minutes
	$(CARGO) build --release --locked --bin madang

demo: ## Fills an empty database with a sample community and prints its logins
	$(CARGO) run --quiet --bin madang -- demo

# With nextest, doc tests run on their own and first, so that the last line is the summary.
test: ## Every test on both databases and Redis; installs or starts what is missing
	scripts/fetch-ics-corpus.sh || echo "make: no foreign calendars to import; their test will be skipped" >&2
	scripts/fetch-oidc-provider.sh
	scripts/fetch-s3-server.sh
	scripts/fetch-rrule-temporal.sh || echo "make: no second engine for recurrence; its test will be skipped" >&2
	REQUIRE_OIDC=1 REQUIRE_S3=1 REQUIRE_EXIFTOOL=1 REQUIRE_POSTGRES=1 REQUIRE_REDIS=1 scripts/services.sh run $(MAKE) --no-print-directory test-sqlite

test-sqlite: ## Every test that needs no service (and, with TEST_DATABASE_URL set, all of them)
	$(CARGO) test --workspace --doc --quiet
	if $(CARGO) nextest --version >/dev/null 2>&1; then $(CARGO) nextest run --workspace; \
	else $(CARGO) test --workspace --all-targets; fi

test-postgres: ## The tests that run once per database, on Postgres only
	REQUIRE_POSTGRES=1 SERVICES=postgres scripts/services.sh run $(CARGO) test --workspace --tests postgres

# Minutes to an hour, on a machine that does nothing else; CI runs neither.
test-long: ## What time and memory tell of logins, and 10,000 races for a refresh token on two processes
	$(CARGO) nextest run --profile long -p madang-server --run-ignored only -E 'test(/timing/)' --no-capture
	LIVES=100 SERVICES=postgres scripts/services.sh run \
	    $(CARGO) nextest run --profile long -p madang-infrastructure -E 'test(/community::random/)' --no-capture
	ROUNDS=10000 SERVICES="postgres redis" scripts/services.sh run \
	    $(CARGO) nextest run --profile long -p madang-server -E 'test(n14_racers_at_two)' --no-capture

conformance: ## The WebSocket of the server against Autobahn|Testsuite (wants Python 2.7)
	scripts/tools/autobahn.sh
	$(CARGO) nextest run --profile long -p madang-presentation --run-ignored only -E 'test(autobahn)' --no-capture

lint: lint-files lint-rust lint-api lint-deps ## All rules: format, clippy, docs, licences, API document, scripts

lint-rust: ## rustfmt, clippy and rustdoc, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings -A rustdoc::private_intra_doc_links' $(CARGO) doc --workspace --no-deps --locked --quiet

lint-deps: ## Licences, bans and sources of every crate in the lock file
	$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install cargo-deny --version $(DENY) --locked --quiet
	$(CARGO) deny --log-level error check bans licenses sources

audit: ## Known vulnerabilities; asks the advisory database, so it needs the internet
	$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install cargo-deny --version $(DENY) --locked --quiet
	$(CARGO) deny check advisories

lint-api: ## Is the API document valid, and do clients made from it compile?
	scripts/check-openapi.sh

lint-files: ## Shell scripts, Dockerfile, compose file, workflows
	scripts/check-files.sh

# For the figures of the community that are written down: make bench POSTS='200000 4000000'
bench: ## Requests per second and latencies of the release build, on both databases
	SERVICES=postgres scripts/services.sh run $(CARGO) bench --package madang-server --bench serving
	SERVICES=postgres scripts/services.sh run $(CARGO) bench --package madang-server --bench calendar
	scripts/services.sh run $(CARGO) bench --package madang-server --bench realtime
	SERVICES=postgres scripts/services.sh run $(CARGO) bench --package madang-server --bench community -- $(POSTS)

openapi: ## Writes docs/openapi.json and docs/errors.md from the program
	$(CARGO) build --quiet --bin madang
	target/debug/madang openapi >docs/openapi.json
	target/debug/madang errors >docs/errors.md

tour: ## The tour of the README against a server of its own, every answer checked
	$(CARGO) build --quiet --bin madang
	scripts/services.sh run scripts/tour.sh

migration: ## Starts a migration: make migration name=calendar_reminders
	scripts/migration.sh "$(name)"

module: ## Starts a capability in every layer: make module name=polls
	scripts/module.sh "$(name)"

where: ## Everything about a capability: make where module=calendar
	@scripts/where.sh "$(module)"
