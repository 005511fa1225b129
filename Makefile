# Everything here needs Go alone (its version stands in go.mod); `make race` needs
# a C compiler too, `make image` Docker or Podman. `make` lists it.

GO ?= go
GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT = mvdan.cc/gofumpt@v0.12.0
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0
GORELEASER = github.com/goreleaser/goreleaser/v2@v2.15.1
FUZZTIME ?= 60s
IMAGE ?= cosemu
ENGINE ?= docker
TESTFLAGS ?=
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

.DEFAULT_GOAL := help
BUILD = -trimpath -ldflags "-X github.com/cosemu/cosemu/cmd/internal/cli.version=$(VERSION)"

.PHONY: help ci ci-full run build install test race arm lint vuln fmt fuzz fidelity bench microbench licences image containers snapshot release

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build, then serve with the defaults (ARGS="--data DIR" adds flags)
	@exec bin/cosemu $(ARGS)

build: ## build bin/cosemu
	@[ -e bin/cosemu ] || echo "Building bin/cosemu. The first build takes a minute."
	CGO_ENABLED=0 $(GO) build $(BUILD) -o bin/cosemu ./cmd/cosemu

install: ## build cosemu and put it where Go puts programs (go env GOBIN, else GOPATH/bin)
	CGO_ENABLED=0 $(GO) install $(BUILD) ./cmd/cosemu

ci: ## run what every change must pass: tests, lint, real clients, race detector
	@bash .ci/run

ci-full: ## run make ci, the race detector everywhere and every fuzz target
	@bash .ci/run full

test: ## run all tests (TESTFLAGS=-v shows each)
	$(GO) test $(TESTFLAGS) ./...

race: ## run all tests under the race detector (needs a C compiler)
	$(GO) test -race ./...

arm: ## run the assembly for arm64 against its tests (elsewhere needs Debian's qemu-user-static)
	CGO_ENABLED=0 GOARCH=arm64 $(GO) test $(if $(filter arm64,$(shell $(GO) env GOARCH)),,-exec qemu-aarch64-static) ./storage/internal/crc64

lint: ## vet, lint and check the format
	$(GO) run $(GOLANGCI_LINT) run ./...

vuln: ## look for known vulnerabilities, where their database can be reached
	@mkdir -p bin
	@$(GO) run $(GOVULNCHECK) ./... >bin/vuln.txt 2>&1 && cat bin/vuln.txt || { \
	  status=$$?; cat bin/vuln.txt; \
	  if grep -q 'fetching vulnerabilities' bin/vuln.txt; then \
	    echo "NOT CHECKED: the vulnerability database cannot be reached from here."; \
	  else exit $$status; fi; }

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
	$(GO) test ./emulator/internal/fidelity -run '^TestFidelity$$' -update

bench: ## measure cosemu against a bare net/http server, and PEER=URL another one (ARGS="--quick", "--json", "--help")
	@CGO_ENABLED=0 $(GO) run ./cmd/internal/bench $(if $(PEER),--peer '$(PEER)') $(ARGS)

microbench: ## run the Go benchmarks of the packages
	$(GO) test -run '^$$' -bench . -benchmem ./...

licences: ## write bin/LICENCES.txt: the licences of everything in the program
	@mkdir -p bin
	$(GO) run ./cmd/internal/notices ./cmd/cosemu >bin/LICENCES.txt

image: ## build the image "cosemu" (IMAGE= for another name, ENGINE=podman for another builder)
	$(ENGINE) build --build-arg VERSION=$(VERSION) -t $(IMAGE) .

containers: ## build and test the image and run its recipes (with Docker, else Podman; ENGINE=podman forces it)
	testdata/containers/run $(if $(filter command line,$(origin ENGINE)),$(ENGINE))

snapshot: ## write the files of a release to dist, without releasing them
	$(GO) run $(GORELEASER) check
	$(GO) run $(GORELEASER) release --snapshot --clean

release: ## release the tag that is checked out, with the first section of the changelog (needs GITHUB_TOKEN)
	@mkdir -p bin
	awk '/^## /{n++} n==1' .github/CHANGELOG.md >bin/notes.md
	$(GO) run $(GORELEASER) release --clean --release-notes bin/notes.md
