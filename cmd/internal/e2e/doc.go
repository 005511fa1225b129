// Package e2e tests the cosemu binary from outside: started as a process,
// spoken to over TCP by real clients, and killed under load.
//
// It holds tests alone. The suites of testdata/clients run only when they are
// asked for, because they need the tool chains of their languages:
//
//	go test ./cmd/internal/e2e -run TestClients -v -clients=all
//	testdata/clients/run go node
package e2e
