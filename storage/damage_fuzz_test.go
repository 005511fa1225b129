package storage_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// FuzzDamage flips bits of one byte anywhere in a data folder, closed in order or
// left by a killed process, or cuts a file off there. The folder is refused, or a
// warning comes, or an object that is damaged says so when it is read; or nothing is
// lost. No body goes.
func FuzzDamage(f *testing.F) {
	folders := [2]string{used(f, true), used(f, false)}
	var files [2][]string
	for i, dir := range folders {
		for name := range tree(f, dir) {
			files[i] = append(files[i], name)
		}
		slices.Sort(files[i])
		for n := range files[i] {
			if !strings.HasPrefix(files[i][n], "/blobs") || n%10 == 0 {
				for _, at := range []uint32{7, 1000, 1 << 31} {
					f.Add(i == 1, uint16(n), at, byte(1<<(n%8)))
				}
			}
			header := map[bool]int{true: 11, false: 7}[strings.HasSuffix(files[i][n], ".log")]
			if header == 11 || strings.Contains(files[i][n], "/MANIFEST-") {
				ends := recordEnds(f, filepath.Join(dir, files[i][n]), header)
				for j, end := range ends {
					if j == 0 || j%16 == 5 || j > len(ends)-4 {
						f.Add(i == 1, uint16(n), uint32(end), byte(0))
					}
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, killed bool, file uint16, at uint32, with byte) {
		i := map[bool]int{false: 0, true: 1}[killed]
		dir := filepath.Join(t.TempDir(), "data")
		require.NoError(t, os.CopyFS(dir, os.DirFS(folders[i])))
		name := filepath.Join(dir, files[i][int(file)%len(files[i])])
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		if len(b) == 0 {
			return
		}
		if at := int(at) % len(b); with == 0 {
			b = b[:at]
		} else {
			b[at] ^= with
		}
		require.NoError(t, os.WriteFile(name, b, 0o600))

		var log bytes.Buffer
		s, err := storage.OpenDisk(dir, storage.Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		<-s.Swept()
		lost := lostOfUsed(t, s)
		require.NoError(t, s.Close())
		if len(lost) > 0 && log.Len() == 0 {
			t.Fatalf("%s at %d: lost without a word: %v", name, int(at), lost)
		}
		require.Equal(t, 60, bodies(t, dir))
	})
}

// lostOfUsed names the objects of used that are not there, or other than they
// were; those whose reading says so are not lost without a word.
func lostOfUsed(t *testing.T, s *storage.Store) (lost []string) {
	t.Helper()
	look := func(key string, body []byte) {
		r, err := s.Open("b", key)
		switch {
		case errors.Is(err, storage.ErrNoObject), errors.Is(err, storage.ErrNoBucket):
			lost = append(lost, key)
			return
		case err != nil:
			return
		}
		defer r.Close()
		var got bytes.Buffer
		if _, err := r.CopyN(&got, r.Size); err != nil && !errors.Is(err, io.EOF) {
			return
		}
		if !bytes.Equal(got.Bytes(), body) {
			lost = append(lost, key)
		}
	}
	for n := range 20 {
		look("first/"+string(rune('a'+n)), content(100+n, byte(n)))
	}
	for n := range 40 {
		look("second/"+string(rune('A'+n)), content(200+n, byte(n)))
	}
	return lost
}
