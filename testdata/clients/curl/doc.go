// Package curl runs the curl command with a running cosemu, as people and scripts do. Package
// signer signs the URLs.
//
// Start it by ../run, which sets the environment variables; see ../README.md.
package curl
