// Package console holds the tests that drive the console page in a real
// browser: Debian's chromium, or the one that CHROMIUM names. They are a
// module of their own, so that who uses cosemu does not get their libraries. npm installs axe-core
// for them in the folder axe.
//
//	go test ./...
//	go test . -args -screenshots=.    # also renews the pictures in this folder
package console
