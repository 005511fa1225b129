// Package clients runs the Go SDK of COS with a running cosemu. The SDK is unchanged and compares
// the CRC-64 of each upload.
//
// Start it by ../run, which sets the environment variables; see ../README.md.
package clients
