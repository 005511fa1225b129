package storage_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// BenchmarkOverwriteVersioned replaces one object again and again in a bucket
// that keeps versions; to be set beside BenchmarkOverwrite1KiB.
func BenchmarkOverwriteVersioned(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 1024)
	for _, mode := range []string{"memory", "inline"} {
		b.Run(mode, func(b *testing.B) {
			s := benchStore(b, mode)
			require.NoError(b, s.SetVersioning("b", storage.VersioningEnabled))
			for b.Loop() {
				if err := commit(s, "k", body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAppend adds 100 bytes at a time to one object.
func BenchmarkAppend(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 100)
	for _, mode := range []string{"memory", "inline"} {
		b.Run(mode, func(b *testing.B) {
			s := benchStore(b, mode)
			var at int64
			for b.Loop() {
				o, err := appendBody(s, "k", at, body)
				if err != nil {
					b.Fatal(err)
				}
				at = o.Size
			}
		})
	}
}
