package storage_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func benchStore(b *testing.B, mode string) *storage.Store {
	var s *storage.Store
	var err error
	if mode == "memory" {
		s, err = storage.OpenMemory(storage.Options{})
	} else {
		s, err = storage.OpenDisk(b.TempDir(), storage.Options{Fsync: mode == "fsync"})
	}
	require.NoError(b, err)
	require.NoError(b, s.CreateBucket(storage.Bucket{Name: "b"}))
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	return s
}

func object(key string) storage.Object {
	return storage.Object{
		Key: key, ETag: "0123456789abcdef0123456789abcdef", CRC64: 0xfedcba9876543210,
		Header: []storage.Field{{Name: "Content-Type", Value: "application/octet-stream"}},
	}
}

// BenchmarkPut1KiB stages and commits small objects under new keys, with 16
// writers.
func BenchmarkPut1KiB(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 1024)
	for _, mode := range []string{"memory", "disk", "fsync"} {
		b.Run(mode, func(b *testing.B) {
			s := benchStore(b, mode)
			var n atomic.Int64
			b.SetParallelism(8)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					st, err := s.Stage(1024)
					if err != nil {
						b.Error(err)
					}
					if _, err := st.Write(body); err != nil {
						b.Error(err)
					}
					key := fmt.Sprintf("k/%d", n.Add(1))
					if err := st.Commit("b", object(key), storage.CommitOptions{}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkBareFile is what a file of 1 KiB alone costs on this disk.
func BenchmarkBareFile(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 1024)
	dir := b.TempDir()
	var n atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			f, err := os.Create(filepath.Join(dir, fmt.Sprint(n.Add(1))))
			if err != nil {
				b.Error(err)
			}
			if _, err := f.Write(body); err != nil {
				b.Error(err)
			}
			if err := f.Close(); err != nil {
				b.Error(err)
			}
		}
	})
}
