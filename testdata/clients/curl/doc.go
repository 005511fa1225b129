// Package curl drives a running cosemu with the curl command, as people at a
// desk and scripts in a pipeline do. The URLs are signed here, by the signer.
//
// The suite is started by ../run, which says in the environment where the
// emulator listens; see ../README.md.
package curl
