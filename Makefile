# The few verbs of this project. `make demo` and `make test` are all a newcomer needs.

BINARY := .build/release/currents-scrub
SWIFT_BUILD := swift build -c release --static-swift-stdlib --product currents-scrub
VENV := .venv-interop
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

PREFIX := /usr/local
DESTDIR :=

.PHONY: help deps build demo test lint unit interop readers bench fuzz torture crashes chroot races generated samples clean install deb dist

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

deps: ## install the Debian packages that are missing
	@missing=$$(for p in libssl-dev zlib1g-dev libdeflate-dev libsnappy-dev libzstd-dev libexpat1-dev libsqlite3-dev python3-venv openssl; do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then echo "installing $$missing"; \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq $$missing; fi

build: deps ## build the release binary
	$(SWIFT_BUILD)

demo: build ## make a sample archive, scrub it, and say where the report is
	@rm -rf demo && mkdir demo && chmod 700 demo
	@$(BINARY) keys new demo/key --quiet
	@echo '$$ currents-scrub sample --events 20000 -o demo/archive'
	@$(BINARY) sample --events 20000 -o demo/archive
	@echo '$$ currents-scrub --policy gdpr demo/archive -o demo/clean --reports demo/Reports'
	@CURRENTS_SCRUB_KEY=$$(cat demo/key) $(BINARY) --policy gdpr demo/archive -o demo/clean --reports demo/Reports --state demo/state

test: lint unit interop ## build and run every test

lint: ## nothing that `swift format` would write otherwise
	swift format lint --strict --parallel $$(git ls-files '*.swift')

unit: deps ## the Swift tests
	swift test

interop: build readers ## independent readers in Python: fastavro, hmac, headless Chromium
	SCRUB_BINARY=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder Tests/Interop

readers: # what the tests in Python need
	@missing=$$(for p in chromium valgrind strace zstd faketime; do command -v $$p >/dev/null || echo $$p; done; \
	  command -v 7z >/dev/null || echo p7zip-full; command -v fiu-run >/dev/null || echo fiu-utils; \
	  command -v mkfs.ext4 >/dev/null || echo e2fsprogs; command -v systemd-analyze >/dev/null || echo systemd; \
	  command -v logrotate >/dev/null || echo logrotate; \
	  for p in libarchive13 libcurl4; do \
	    dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then echo "installing $$missing"; \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq $$missing; fi
	@[ -d $(VENV) ] || python3 -m venv $(VENV)
	@$(VENV)/bin/pip install -q --disable-pip-version-check -r Tests/Interop/requirements.txt
	@! command -v java >/dev/null || $(VENV)/bin/pip install -q --disable-pip-version-check -r Tests/Interop/requirements-spark.txt

install: build ## put program, completions, manual pages and units below DESTDIR/PREFIX
	Packaging/install.sh $(BINARY) $(PREFIX) $(DESTDIR)

deb: build ## a Debian package in dist/
	Packaging/deb.sh $(BINARY) dist

dist: build ## a release in dist/: tarball, sums, SPDX list of what is in it
	Packaging/dist.sh $(BINARY) dist

bench: build readers ## side by side with other tools, on a tmpfs
	@command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends nginx-light; }
	python3 Tests/Benchmarks/bench.py --binary $(BINARY)
	python3 Tests/Benchmarks/people.py --binary $(BINARY)
	python3 Tests/Benchmarks/erase.py --binary $(BINARY)
	python3 Tests/Benchmarks/stores.py --binary $(BINARY)
	@if command -v java >/dev/null; then $(VENV)/bin/python Tests/Benchmarks/spark.py --binary $(BINARY); else echo "no Java: Spark is not timed"; fi

fuzz: deps ## feed everything that reads with any bytes, under AddressSanitizer (FUZZ_SECONDS each, default 600)
	Tests/Fuzzing/run

torture: races crashes chroot ## what takes too long for `make test`

crashes: build readers # erasures killed at every call, failed by every error, without power; a thousand archives
	ERASE_TORTURE=1 ERASE_ARCHIVES=1000 SCRUB_BINARY=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest -q \
	  Tests/Interop/test_erase_crash.py Tests/Interop/test_nightly_crash.py Tests/Interop/test_erase.py Tests/Interop/test_stores_erase.py Tests/Interop/test_stores_erase_others.py Tests/Interop/test_stores_nightly.py

chroot: build readers # the Debian package on a Debian that has nothing else, made by debootstrap; as root
	@command -v debootstrap >/dev/null || $(SUDO) apt-get install -y -qq debootstrap
	$(SUDO) env PACKAGING_CHROOT=1 SCRUB_BINARY=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest -q Tests/Interop/test_packaging.py

races: deps # the Swift tests, and a scrub, an inspection, an export and an erasure by two workers, under ThreadSanitizer
	swift build --sanitize=thread --scratch-path .build-tsan --build-tests
	TSAN_OPTIONS=halt_on_error=1 swift test --sanitize=thread --scratch-path .build-tsan --skip-build
	@rm -rf .build-tsan/scrub && mkdir -p .build-tsan/scrub
	.build-tsan/debug/currents-scrub sample --events 20000 -o .build-tsan/scrub/in
	TSAN_OPTIONS=halt_on_error=1 CURRENTS_SCRUB_KEY=$$(seq -f %02g 1 32 | tr -d '\n') .build-tsan/debug/currents-scrub \
	  --policy gdpr .build-tsan/scrub/in -o .build-tsan/scrub/out --jobs 2 --state .build-tsan/scrub/state --reports .build-tsan/scrub/reports
	TSAN_OPTIONS=halt_on_error=1 .build-tsan/debug/currents-scrub inspect .build-tsan/scrub/in --jobs 2 --quiet --html .build-tsan/scrub/inspection.html
	python3 -c 'import json; print("braze_id=" + json.load(open(".build-tsan/scrub/in/_truth.json"))["people"][4]["user_id"])' \
	  >.build-tsan/scrub/person.txt
	TSAN_OPTIONS=halt_on_error=1 .build-tsan/debug/currents-scrub export --subject-file .build-tsan/scrub/person.txt \
	  .build-tsan/scrub/in -o .build-tsan/scrub/package --jobs 2 --state .build-tsan/scrub/state
	TSAN_OPTIONS=halt_on_error=1 .build-tsan/debug/currents-scrub erase --subject-file .build-tsan/scrub/person.txt \
	  .build-tsan/scrub/in --yes --jobs 2 --state .build-tsan/scrub/state --reports .build-tsan/scrub/reports; test $$? -le 2

generated: build ## make the generated sources anew (needs the tables of the field in DOMAIN)
	python3 Scripts/make-catalog.py $(DOMAIN)
	python3 Scripts/embed-policies.py

samples: build readers ## make Reports/samples and the pictures of the README anew
	python3 Scripts/make-samples.py $(BINARY)
	python3 Scripts/make-screenshots.py

clean: ## remove what was built
	rm -rf .build demo $(VENV)
