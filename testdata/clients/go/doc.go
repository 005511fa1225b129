// Package clients drives a running cosemu with the Go SDK of COS, unchanged
// and with its checks on: it compares the CRC-64 of every upload.
//
// The suite is started by ../run, which says in the environment where the
// emulator listens; see ../README.md.
package clients
