package memfs_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// both runs a test over this file system and over the real one, so that what
// it says of this one is what the real one does.
func both(t *testing.T, test func(t *testing.T, f afero.Fs)) {
	t.Run("memory", func(t *testing.T) { test(t, memfs.New(nil)) })
	t.Run("os", func(t *testing.T) {
		test(t, afero.NewBasePathFs(afero.NewOsFs(), t.TempDir()))
	})
}

func write(t *testing.T, f afero.Fs, name, content string) {
	t.Helper()
	h, err := f.Create(name)
	require.NoError(t, err)
	n, err := h.WriteString(content)
	require.NoError(t, err)
	require.Equal(t, len(content), n)
	require.NoError(t, h.Sync())
	require.NoError(t, h.Close())
}

func read(t *testing.T, f afero.Fs, name string) string {
	t.Helper()
	h, err := f.Open(name)
	require.NoError(t, err)
	b, err := io.ReadAll(h)
	require.NoError(t, err)
	require.NoError(t, h.Close())
	return string(b)
}

func TestCreateReadRemove(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		write(t, f, "a", "hello")
		require.Equal(t, "hello", read(t, f, "a"))
		require.Equal(t, "hello", read(t, f, "./x/../a"))
		write(t, f, "a", "bye") // cut to nothing first
		require.Equal(t, "bye", read(t, f, "a"))
		require.NoError(t, f.Remove("a"))
		_, err := f.Open("a")
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorIs(t, f.Remove("a"), fs.ErrNotExist)
		_, err = f.Stat("a")
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
}

func TestOpenFlags(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		_, err := f.OpenFile("a", os.O_RDWR, 0)
		require.ErrorIs(t, err, fs.ErrNotExist)
		h, err := f.OpenFile("a", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		require.NoError(t, err)
		_, err = h.Write([]byte("12345"))
		require.NoError(t, err)
		require.NoError(t, h.Close())
		_, err = f.OpenFile("a", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		require.ErrorIs(t, err, fs.ErrExist)

		h, err = f.OpenFile("a", os.O_WRONLY|os.O_APPEND, 0)
		require.NoError(t, err)
		_, err = h.Write([]byte("67"))
		require.NoError(t, err)
		_, err = h.Read(make([]byte, 1))
		require.Error(t, err, "reading what is open for writing")
		require.NoError(t, h.Close())
		require.Equal(t, "1234567", read(t, f, "a"))

		h, err = f.Open("a")
		require.NoError(t, err)
		_, err = h.Write([]byte("x"))
		require.Error(t, err, "writing what is open for reading")
		_, err = h.WriteAt([]byte("x"), 0)
		require.Error(t, err)
		require.Error(t, h.Truncate(0))
		require.NoError(t, h.Close())
		require.Equal(t, "1234567", read(t, f, "a"))
	})
}

func TestFolders(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		_, err := f.Create("d/e/file")
		require.ErrorIs(t, err, fs.ErrNotExist, "no folder")
		require.NoError(t, f.MkdirAll("d/e", 0o755))
		require.NoError(t, f.MkdirAll("d/e", 0o755), "again")
		require.ErrorIs(t, f.Mkdir("d", 0o755), fs.ErrExist)
		require.ErrorIs(t, f.Mkdir("no/d", 0o755), fs.ErrNotExist)
		write(t, f, "d/e/file", "x")
		require.Error(t, f.MkdirAll("d/e/file/g", 0o755), "a file in the way")
		_, err = f.Create("d/e/file/g")
		require.ErrorIs(t, err, syscall.ENOTDIR)
		_, err = f.OpenFile("d/e", os.O_RDWR, 0)
		require.ErrorIs(t, err, syscall.EISDIR)
		require.Error(t, f.Remove("d/e"), "not empty")
		require.Equal(t, "x", read(t, f, "d/e/file"), "and nothing was lost")

		fi, err := f.Stat("d/e")
		require.NoError(t, err)
		require.True(t, fi.IsDir())
		require.Equal(t, "e", fi.Name())

		require.NoError(t, f.RemoveAll("d"))
		require.NoError(t, f.RemoveAll("d"), "absent is no error")
		_, err = f.Stat("d/e/file")
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
}

func TestReaddir(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		require.NoError(t, f.MkdirAll("d/sub", 0o755))
		for _, name := range []string{"b", "a", "c"} {
			write(t, f, "d/"+name, name+name)
		}
		h, err := f.Open("d")
		require.NoError(t, err)
		var names []string
		for {
			some, err := h.Readdirnames(3)
			names = append(names, some...)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			require.LessOrEqual(t, len(some), 3)
		}
		require.ElementsMatch(t, []string{"a", "b", "c", "sub"}, names)
		require.NoError(t, h.Close())

		infos, err := afero.ReadDir(f, "d")
		require.NoError(t, err)
		require.Len(t, infos, 4)
		require.Equal(t, int64(2), infos[0].Size())
		require.True(t, infos[3].IsDir())

		h, err = f.Open("d/a")
		require.NoError(t, err)
		_, err = h.Readdirnames(1)
		require.Error(t, err, "a file has no entries")
		require.NoError(t, h.Close())

		h, err = f.Open("d/sub")
		require.NoError(t, err)
		none, err := h.Readdirnames(-1)
		require.NoError(t, err)
		require.Empty(t, none)
		_, err = h.Readdirnames(1)
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, h.Close())
	})
}

func TestRemovedFileLivesOnForItsReaders(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		write(t, f, "a", "old")
		h, err := f.Open("a")
		require.NoError(t, err)
		require.NoError(t, f.Remove("a"))
		write(t, f, "a", "new one")
		b, err := io.ReadAll(h)
		require.NoError(t, err)
		require.Equal(t, "old", string(b))
		require.NoError(t, h.Close())
		require.Equal(t, "new one", read(t, f, "a"))
	})
}

func TestRename(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		require.NoError(t, f.MkdirAll("d/e", 0o755))
		write(t, f, "a", "a")
		write(t, f, "b", "b")
		require.NoError(t, f.Rename("a", "b"))
		require.Equal(t, "a", read(t, f, "b"))
		require.NoError(t, f.Rename("b", "b"))
		require.NoError(t, f.Rename("b", "d/c"))
		require.ErrorIs(t, f.Rename("b", "d/x"), fs.ErrNotExist)
		require.Error(t, f.Rename("d", "d/e/f"), "into itself")
		require.Error(t, f.Rename("d/c", "d/e"), "over a folder")
		require.Error(t, f.Rename("d/e", "d/c"), "a folder over a file")
		require.NoError(t, f.Rename("d", "g"))
		require.Equal(t, "a", read(t, f, "g/c"))
		fi, err := f.Stat("g")
		require.NoError(t, err)
		require.Equal(t, "g", fi.Name())
	})
}

func TestSeekTruncateAndGaps(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		h, err := f.Create("a")
		require.NoError(t, err)
		_, err = h.Write([]byte("0123456789"))
		require.NoError(t, err)
		require.NoError(t, h.Truncate(4))
		require.NoError(t, h.Truncate(8)) // zeros, not the old bytes
		_, err = h.WriteAt([]byte("x"), 10)
		require.NoError(t, err)
		end, err := h.Seek(-3, io.SeekEnd)
		require.NoError(t, err)
		require.Equal(t, int64(8), end)
		_, err = h.Seek(-1, io.SeekStart)
		require.Error(t, err)
		at, err := h.Seek(0, io.SeekStart)
		require.NoError(t, err)
		require.Zero(t, at)
		b, err := io.ReadAll(h)
		require.NoError(t, err)
		require.Equal(t, "0123\x00\x00\x00\x00\x00\x00x", string(b))

		p := make([]byte, 4)
		n, err := h.ReadAt(p, 9)
		require.Equal(t, 2, n)
		require.ErrorIs(t, err, io.EOF)
		n, err = h.ReadAt(p, 100)
		require.Zero(t, n)
		require.ErrorIs(t, err, io.EOF)
		_, err = h.ReadAt(p, -1)
		require.Error(t, err)
		fi, err := h.Stat()
		require.NoError(t, err)
		require.Equal(t, int64(11), fi.Size())
		require.NoError(t, h.Close())
	})
}

func TestClosedFile(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		write(t, f, "a", "x")
		h, err := f.OpenFile("a", os.O_RDWR, 0)
		require.NoError(t, err)
		require.NoError(t, h.Close())
		require.ErrorIs(t, h.Close(), fs.ErrClosed)
		_, err = h.Read(make([]byte, 1))
		require.ErrorIs(t, err, fs.ErrClosed)
		_, err = h.Write([]byte("y"))
		require.ErrorIs(t, err, fs.ErrClosed)
		_, err = h.Seek(0, io.SeekStart)
		require.ErrorIs(t, err, fs.ErrClosed)
		require.ErrorIs(t, h.Sync(), fs.ErrClosed)
		require.ErrorIs(t, h.Truncate(0), fs.ErrClosed)
		require.Equal(t, "x", read(t, f, "a"))
	})
}

func TestMetadata(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		write(t, f, "a", "x")
		at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
		require.NoError(t, f.Chtimes("a", at, at))
		require.NoError(t, f.Chmod("a", 0o640))
		fi, err := f.Stat("a")
		require.NoError(t, err)
		require.True(t, fi.ModTime().Equal(at))
		require.Equal(t, fs.FileMode(0o640), fi.Mode())
		require.False(t, fi.IsDir())
		require.ErrorIs(t, f.Chmod("no", 0o640), fs.ErrNotExist)
	})
}

// TestRandomWrites compares a file with a byte slice under random writes,
// cuts and reads, sizes around those of chunks included.
func TestRandomWrites(t *testing.T) {
	both(t, func(t *testing.T, f afero.Fs) {
		rnd := rand.New(rand.NewPCG(1, 2))
		for round := range 20 {
			h, err := f.Create("a")
			require.NoError(t, err)
			if r, ok := h.(interface{ Reserve(int64) }); ok && round%2 == 0 {
				r.Reserve(rnd.Int64N(3 << 20))
			}
			var model []byte
			for range 60 {
				off := rnd.Int64N(int64(len(model)) + 5000)
				p := make([]byte, rnd.IntN(1<<rnd.IntN(20)))
				for i := range p {
					p[i] = byte(rnd.Uint32())
				}
				switch rnd.IntN(10) {
				case 0:
					require.NoError(t, h.Truncate(off))
					model = resized(model, off)
				case 1, 2:
					n, err := h.ReadAt(p, off)
					want := model[min(off, int64(len(model))):]
					want = want[:min(len(want), len(p))]
					require.True(t, bytes.Equal(want, p[:n]))
					if n < len(p) {
						require.ErrorIs(t, err, io.EOF)
					}
				default:
					n, err := h.WriteAt(p, off)
					require.NoError(t, err)
					require.Equal(t, len(p), n)
					if len(p) > 0 {
						model = resized(model, max(int64(len(model)), off+int64(len(p))))
						copy(model[off:], p)
					}
				}
			}
			_, err = h.Seek(0, io.SeekStart)
			require.NoError(t, err)
			b, err := io.ReadAll(h)
			require.NoError(t, err)
			require.True(t, bytes.Equal(model, b))
			require.NoError(t, h.Close())
			require.NoError(t, f.Remove("a"))
		}
	})
}

func resized(b []byte, size int64) []byte {
	out := make([]byte, size)
	copy(out, b)
	return out
}

func TestNamesStayInside(t *testing.T) {
	f := memfs.New(nil)
	write(t, f, "/../../a", "x")
	require.Equal(t, "x", read(t, f, "a"))
	require.Equal(t, "x", read(t, f, filepath.Join("..", "a")))
	require.Error(t, f.Remove("/"))
	require.Equal(t, "x", read(t, f, "/a"))
	require.NoError(t, f.RemoveAll("/"))
	_, err := f.Stat("a")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// TestFoldersThatMove: after a folder was moved or removed its files, however deep, have the new
// names or none.
func TestFoldersThatMove(t *testing.T) {
	f := memfs.New(nil)
	put := func(name string) {
		require.NoError(t, afero.WriteFile(f, name, []byte(name), 0o600))
	}
	there := func(name string) bool {
		ok, err := afero.Exists(f, name)
		require.NoError(t, err)
		return ok
	}
	require.NoError(t, f.MkdirAll("a/b/c", 0o700))
	require.NoError(t, f.MkdirAll("ab/c", 0o700))
	put("a/b/c/file")
	put("ab/c/file")
	require.NoError(t, f.Rename("a/b", "ab/d"))
	require.False(t, there("a/b/c/file"))
	require.False(t, there("a/b/c"))
	require.True(t, there("ab/d/c/file"))
	require.True(t, there("ab/c/file"))
	put("ab/d/c/second")
	require.NoError(t, f.Rename("ab", "x"))
	require.True(t, there("x/d/c/second"))
	require.True(t, there("x/c/file"))
	require.Error(t, afero.WriteFile(f, "ab/d/c/third", nil, 0o600))
	require.NoError(t, f.RemoveAll("x/d"))
	require.False(t, there("x/d/c/second"))
	require.Error(t, afero.WriteFile(f, "x/d/c/third", nil, 0o600))
	require.NoError(t, f.MkdirAll("x/d/c", 0o700))
	require.False(t, there("x/d/c/second"), "a new folder is empty")
	put("x/d/c/third")
	require.NoError(t, f.RemoveAll("/"))
	require.False(t, there("x"))
	require.Error(t, afero.WriteFile(f, "x/c/file", nil, 0o600))
}
