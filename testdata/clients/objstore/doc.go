// Package clients runs the object store of Thanos, with its acceptance test, with a running cosemu.
// Start it by its run command; see ../README.md.
package clients
