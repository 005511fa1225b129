package indexlog_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage/internal/indexlog"
)

// written returns the log of changes and the manifest of an index with so many
// changes, closed in order or left as a process leaves it that is killed.
func written(t *testing.T, changes int, closed bool) (log, manifest []byte, seqs []uint64) {
	t.Helper()
	fs := vfs.NewMem()
	db, err := pebble.Open("", &pebble.Options{FS: fs, FormatMajorVersion: pebble.FormatColumnarBlocks})
	require.NoError(t, err)
	for n := range changes {
		b := db.NewBatch()
		require.NoError(t, b.Set([]byte{byte(n)}, bytes.Repeat([]byte{byte(n) + 1}, 700*(n+1)), nil))
		require.NoError(t, b.Commit(pebble.Sync))
		seqs = append(seqs, uint64(b.SeqNum()))
		require.NoError(t, b.Close())
	}
	if closed {
		require.NoError(t, db.Close())
	} else {
		t.Cleanup(func() { require.NoError(t, db.Close()) })
	}
	return slurp(t, fs, "000002.log"), slurp(t, fs, "MANIFEST-000001"), seqs
}

func slurp(t *testing.T, fs vfs.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open(filepath.Join("", name))
	require.NoError(t, err)
	info, err := f.Stat()
	require.NoError(t, err)
	b := make([]byte, info.Size())
	_, err = f.ReadAt(b, 0)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return b
}

func TestScanWhole(t *testing.T) {
	for _, closed := range []bool{true, false} {
		log, manifest, seqs := written(t, 20, closed)
		r := indexlog.Scan(log, indexlog.Options{Number: 2})
		require.Equal(t, indexlog.Whole, r.State)
		require.Equal(t, seqs[len(seqs)-1], r.Last)
		require.Equal(t, indexlog.Whole, indexlog.Scan(manifest, indexlog.Options{}).State)
	}
	require.Equal(t, indexlog.Whole, indexlog.Scan(nil, indexlog.Options{Number: 2}).State)
}

// TestScanCut cuts a log anywhere: none of that is damage. Zeros behind the cut
// are space that was set aside.
func TestScanCut(t *testing.T) {
	log, manifest, seqs := written(t, 12, false)
	for cut := range log {
		r := indexlog.Scan(log[:cut], indexlog.Options{Number: 2})
		require.NotEqual(t, indexlog.Damaged, r.State, cut)
		require.LessOrEqual(t, r.Last, seqs[len(seqs)-1])
		if cut%512 == 0 {
			padded := append(bytes.Clone(log[:cut]), make([]byte, len(log)-cut+3000)...)
			require.NotEqual(t, indexlog.Damaged, indexlog.Scan(padded, indexlog.Options{Number: 2}).State, cut)
		}
	}
	for cut := range manifest {
		require.NotEqual(t, indexlog.Damaged, indexlog.Scan(manifest[:cut], indexlog.Options{}).State, cut)
	}
}

// TestScanFlip flips a bit of every third byte: that is damage, or every change is
// there.
func TestScanFlip(t *testing.T) {
	for _, closed := range []bool{true, false} {
		log, manifest, seqs := written(t, 12, closed)
		for at := 0; at < len(log); at += 3 { // three times in each header
			log[at] ^= 1 << (at % 8)
			if r := indexlog.Scan(log, indexlog.Options{Number: 2}); r.State != indexlog.Damaged {
				require.Equal(t, seqs[len(seqs)-1], r.Last, "byte %d", at)
			}
			log[at] ^= 1 << (at % 8)
		}
		for at := range manifest {
			manifest[at] ^= 1 << (at % 8)
			require.Equal(t, indexlog.Damaged, indexlog.Scan(manifest, indexlog.Options{}).State, "byte %d", at)
			manifest[at] ^= 1 << (at % 8)
		}
	}
}

// TestScanSplitHeader: a record whose first bytes alone stand at the end of a block
// is known by its number, too.
func TestScanSplitHeader(t *testing.T) {
	fs := vfs.NewMem()
	db, err := pebble.Open("", &pebble.Options{FS: fs, FormatMajorVersion: pebble.FormatColumnarBlocks, MemTableSize: 64 << 20})
	require.NoError(t, err)
	var seq uint64
	split := 0
	for n, size := 0, 0; n < 30_000; n++ {
		b := db.NewBatch()
		require.NoError(t, b.Set([]byte("key"), bytes.Repeat([]byte{1}, n%37), nil))
		require.NoError(t, b.Commit(pebble.Sync))
		seq = uint64(b.SeqNum())
		require.NoError(t, b.Close())
		info, err := fs.Stat("000002.log")
		require.NoError(t, err)
		was := size
		if size = int(info.Size()); was>>15 == size>>15 {
			continue
		}
		split++
		require.Equal(t, seq, indexlog.Scan(slurp(t, fs, "000002.log"), indexlog.Options{Number: 2}).Last, "a record from %d to %d", was, size)
	}
	require.Greater(t, split, 5)
	require.NoError(t, db.Close())
}
