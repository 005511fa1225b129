# Everything here needs Go alone, `make image` Docker too. `make` lists it.

GO ?= go
GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT = mvdan.cc/gofumpt@v0.12.0
FUZZTIME ?= 60s
IMAGE ?= cosemu
TESTFLAGS ?=
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

.DEFAULT_GOAL := help
.PHONY: help run build test race lint fmt fuzz fidelity bench microbench image

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## serve with the defaults (ARGS="--data DIR" adds flags)
	$(GO) run ./cmd/cosemu $(ARGS)

build: ## build bin/cosemu
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-X github.com/cosemu/cosemu/cmd/internal/cli.version=$(VERSION)" -o bin/cosemu ./cmd/cosemu

test: ## run all tests (TESTFLAGS=-v shows each)
	$(GO) test $(TESTFLAGS) ./...

race: ## run all tests under the race detector (needs a C compiler)
	$(GO) test -race ./...

lint: ## vet, lint and check the format
	$(GO) run $(GOLANGCI_LINT) run ./...

fmt: ## format the code
	$(GO) run $(GOFUMPT) -w $$(git ls-files '*.go')

fuzz: ## run each fuzz target for FUZZTIME (60s); one that fails stops no other
	@failed=; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 200x $$pkg || failed="$$failed $$target"; \
	  done; \
	done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

fidelity: ## write emulator/FIDELITY.md out of the code's tables and the marks in the tests
	$(GO) test ./emulator -run '^TestFidelity$$' -update

bench: ## measure cosemu against a bare net/http server (ARGS="--quick", "--json", "--help")
	@CGO_ENABLED=0 $(GO) run ./cmd/internal/bench $(ARGS)

microbench: ## run the Go benchmarks of the packages
	$(GO) test -run '^$$' -bench . -benchmem ./...

image: ## build the Docker image "cosemu" (IMAGE= for another name)
	docker build --build-arg VERSION=$(VERSION) -t $(IMAGE) .
