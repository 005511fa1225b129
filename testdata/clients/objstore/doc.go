// Package clients drives a running cosemu with the object store of Thanos, whose
// own acceptance test decides. Its run command starts it; see ../README.md.
package clients
