package crc64

import "golang.org/x/sys/cpu"

func canFold() bool { return cpu.ARM64.HasPMULL }

// fold adds x to the first 16 bytes of p and sets x to 16 bytes with the same remainder as p.
// The length of p is a multiple of 16, at least block. It may begin at any address.
//
//go:noescape
func fold(x *[16]byte, p []byte)
