package cosemutest_test

import (
	"testing"

	"github.com/cosemu/cosemu/emulator/cosemutest"
)

// BenchmarkServer measures what a server of its own costs a test.
func BenchmarkServer(b *testing.B) {
	for b.Loop() {
		cos, err := cosemutest.Start()
		if err != nil {
			b.Fatal(err)
		}
		if err := cos.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReset measures what a shared server costs a test.
func BenchmarkReset(b *testing.B) {
	cos := cosemutest.New(b)
	for b.Loop() {
		cos.Reset()
	}
}

func BenchmarkServerOnDisk(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		cos, err := cosemutest.Start(cosemutest.WithDisk(dir))
		if err != nil {
			b.Fatal(err)
		}
		if err := cos.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
