package journal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
)

func added(j *journal.Journal, account string) *journal.Entry {
	e := &journal.Entry{Account: account, Request: &signer.Request{Method: "PUT"}}
	j.Add(e)
	return e
}

// seqs lists what a journal shows, newest first.
func seqs(j *journal.Journal, f journal.Filter) []uint64 {
	out := []uint64{}
	for _, e := range j.Select(f) {
		out = append(out, e.Seq)
	}
	return out
}

// TestHideAndRestore: what is hidden comes back in its place, beside what came since.
func TestHideAndRestore(t *testing.T) {
	j := journal.New(journal.Options{Entries: 8})
	for _, account := range []string{"1", "2", "1"} {
		added(j, account)
	}
	_, before := j.Len()
	require.Equal(t, 3, j.Hide(""))
	n, size := j.Len()
	require.Zero(t, n)
	require.Zero(t, size)
	require.Empty(t, seqs(j, journal.Filter{}))
	require.Equal(t, 3, j.Restore(""))
	_, after := j.Len()
	require.Equal(t, before, after)
	require.Equal(t, []uint64{3, 2, 1}, seqs(j, journal.Filter{}))
	require.Zero(t, j.Restore(""), "they are there")

	// Of one account, with others around them.
	require.Equal(t, 2, j.Hide("1"))
	require.Equal(t, []uint64{2}, seqs(j, journal.Filter{}))
	added(j, "1")
	added(j, "2")
	require.Zero(t, j.Restore("2"))
	require.Equal(t, 2, j.Restore("1"))
	require.Equal(t, []uint64{5, 4, 3, 2, 1}, seqs(j, journal.Filter{}))
	require.Equal(t, []uint64{4, 3, 1}, seqs(j, journal.Filter{Account: "1"}))
	require.Equal(t, []uint64{4}, seqs(j, journal.Filter{After: 3, Before: 5}))
	added(j, "3")
	require.Equal(t, []uint64{6, 5, 4, 3, 2, 1}, seqs(j, journal.Filter{}))
}

// TestHiddenEntriesGoFirst: hidden entries take no room from new ones.
func TestHiddenEntriesGoFirst(t *testing.T) {
	j := journal.New(journal.Options{Entries: 4})
	for range 4 {
		added(j, "1")
	}
	require.Equal(t, 4, j.Hide(""))
	added(j, "1")
	added(j, "1")
	require.Equal(t, []uint64{6, 5}, seqs(j, journal.Filter{}))
	require.Equal(t, 2, j.Restore(""))
	require.Equal(t, []uint64{6, 5, 4, 3}, seqs(j, journal.Filter{}))
	require.Equal(t, 4, j.Hide(""))
	for range 9 {
		added(j, "1")
	}
	require.Zero(t, j.Restore(""))
	require.Equal(t, []uint64{15, 14, 13, 12}, seqs(j, journal.Filter{}))

	bytes := journal.New(journal.Options{Bytes: 4000})
	added(bytes, "1")
	added(bytes, "1")
	require.Equal(t, 2, bytes.Hide(""))
	added(bytes, "1")
	require.Equal(t, 1, bytes.Restore(""), "the limit of bytes counts them")
	_, size := bytes.Len()
	require.LessOrEqual(t, size, int64(4000))
}

// TestHiddenEntriesAreForgotten: a reset and the end of an account leave nothing to restore.
func TestHiddenEntriesAreForgotten(t *testing.T) {
	j := journal.New(journal.Options{})
	added(j, "1")
	added(j, "2")
	j.Hide("")
	j.Forget("1")
	require.Equal(t, 1, j.Restore(""))
	require.Equal(t, []uint64{2}, seqs(j, journal.Filter{}))
	j.Hide("")
	j.Clear()
	require.Zero(t, j.Restore(""))
}
