package storage_test

import (
	"bytes"
	"fmt"
	"io"
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
	o := storage.Options{Fsync: mode == "fsync"}
	switch mode {
	case "memory":
		s, err = storage.OpenMemory(o)
	case "inline":
		o.Inline = 4096
		fallthrough
	default:
		s, err = storage.OpenDisk(b.TempDir(), o)
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
// writers; "inline" is disk with small bodies in the index. BenchmarkBareFile is
// the yardstick.
func BenchmarkPut1KiB(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 1024)
	for _, mode := range []string{"memory", "disk", "fsync", "inline"} {
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
					if err := second(st.Commit("b", object(key), storage.CommitOptions{})); err != nil {
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
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(n.Add(1))), body, 0o600); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkOverwrite1KiB replaces one object again and again.
func BenchmarkOverwrite1KiB(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 1024)
	for _, mode := range []string{"memory", "disk", "fsync"} {
		b.Run(mode, func(b *testing.B) {
			s := benchStore(b, mode)
			for b.Loop() {
				if err := commit(s, "k", body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGet1KiB opens and reads a small object.
func BenchmarkGet1KiB(b *testing.B) {
	for _, mode := range []string{"memory", "disk"} {
		b.Run(mode, func(b *testing.B) {
			s := benchStore(b, mode)
			require.NoError(b, commit(s, "k", bytes.Repeat([]byte("x"), 1024)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := s.Open("b", "k")
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.CopyN(io.Discard, r.Size); err != nil {
					b.Fatal(err)
				}
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPut64MiB stages and commits one large body.
func BenchmarkPut64MiB(b *testing.B) {
	p := bytes.Repeat([]byte("x"), 256<<10)
	for _, mode := range []string{"memory", "disk"} {
		b.Run(mode, func(b *testing.B) {
			s := benchStore(b, mode)
			b.SetBytes(64 << 20)
			b.ReportAllocs()
			for b.Loop() {
				st, err := s.Stage(64 << 20)
				if err != nil {
					b.Fatal(err)
				}
				for range 256 {
					if _, err := st.Write(p); err != nil {
						b.Fatal(err)
					}
				}
				if err := second(st.Commit("b", object("k"), storage.CommitOptions{})); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkList reads pages of buckets of a thousand to a million keys, which
// lie a hundred in a folder: five hundred keys from the middle, the folders
// before the middle (at most five hundred), and all as one common prefix. Each
// should cost the same whatever the size of the bucket.
func BenchmarkList(b *testing.B) {
	name := func(i int) string { return fmt.Sprintf("k/%06d/%02d", i/100, i%100) }
	for _, mode := range []string{"memory", "disk"} {
		for _, n := range []int{1e3, 1e5, 1e6} {
			s := benchStore(b, mode)
			require.NoError(b, storage.PutRows(s, "b", n, name, object("")))
			for _, c := range []struct {
				name string
				o    storage.ListOptions
				want int
			}{
				{"500 keys", storage.ListOptions{Marker: name(n/2 - 1), Max: 500}, 500},
				{"5 folders", storage.ListOptions{Marker: name(n/2 - 1), Prefix: "k/", Delimiter: "/", Max: 5}, min(5, n/200)},
				{"one prefix", storage.ListOptions{Delimiter: "/", Max: 1000}, 1},
			} {
				b.Run(fmt.Sprintf("%s/%s of %d", mode, c.name, n), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						p, err := s.List("b", c.o)
						if err != nil || len(p.Objects)+len(p.Prefixes) != c.want {
							b.Fatal(len(p.Objects), len(p.Prefixes), err)
						}
					}
				})
			}
		}
	}
}
