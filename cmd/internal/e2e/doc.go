// Package e2e tests the cosemu binary from outside: as a process, over TCP, with real clients, and
// killed under load.
//
// It has tests only. The suites of testdata/clients run on request, since they need the tools of
// their languages: go test ./cmd/internal/e2e -run TestClients -v -clients=all, or
// testdata/clients/run go node.
package e2e
