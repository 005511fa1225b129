package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
)

func entry(id string) *journal.Entry {
	return &journal.Entry{ID: id, Request: &signer.Request{Method: "PUT"}, Key: "key of " + id, Status: 200, Verdict: journal.Accepted}
}

func ids(entries []*journal.Entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, e.ID)
	}
	return strings.Join(out, " ")
}

func TestBounds(t *testing.T) {
	j := journal.New(journal.Options{Entries: 3})
	for i := range 10 {
		j.Add(entry(fmt.Sprint(i)))
		require.LessOrEqual(t, len(j.Select(journal.Filter{})), 3)
	}
	require.Equal(t, "9 8 7", ids(j.Select(journal.Filter{})))
	_, ok := j.Get("6")
	require.False(t, ok, "dropped")
	e, ok := j.Get("8")
	require.True(t, ok)
	require.EqualValues(t, 9, e.Seq)

	small := journal.New(journal.Options{Bytes: 5000})
	for i := range 10 {
		e := entry(fmt.Sprint(i))
		e.HttpString = strings.Repeat("h", 1000)
		small.Add(e)
	}
	require.Equal(t, "9 8", ids(small.Select(journal.Filter{})))
	huge := entry("huge")
	huge.HttpString = strings.Repeat("h", 6000)
	small.Add(huge)
	require.Equal(t, "huge", ids(small.Select(journal.Filter{})), "the newest is always kept")
	answered := entry("answered")
	answered.Document = make([]byte, 6000)
	small.Add(answered)
	small.Add(entry("next"))
	require.Equal(t, "next", ids(small.Select(journal.Filter{})), "a document counts as well")
}

func TestFilter(t *testing.T) {
	j := journal.New(journal.Options{})
	a, b := entry("a"), entry("b")
	b.Request = &signer.Request{Method: "GET"}
	b.Bucket, b.Key, b.Status, b.Code, b.Verdict = "bucket", "dir/b", 403, "AccessDenied", journal.Refused
	b.Operation, b.Diagnosis = "GetObject", []string{"expired", "clock-moved"}
	j.Add(a)
	j.Add(b)
	for _, f := range []journal.Filter{
		{Bucket: "bucket"},
		{Key: "dir/b"},
		{Key: "dir/*"},
		{Method: "GET"},
		{Status: 403},
		{Code: "AccessDenied"},
		{Verdict: journal.Refused},
		{Operation: "GetObject"},
		{Diagnosis: "expired"},
		{Diagnosis: "clock-moved"},
		{After: 1},
		{Limit: 1},
	} {
		require.Equal(t, "b", ids(j.Select(f)), "%+v", f)
	}
	require.Equal(t, "b a", ids(j.Select(journal.Filter{Key: "*"})))
	require.Empty(t, j.Select(journal.Filter{Key: "dir"}))
	require.Empty(t, j.Select(journal.Filter{Diagnosis: "clock"}))
	j.Clear()
	require.Empty(t, j.Select(journal.Filter{}))
	j.Add(entry("c"))
	require.EqualValues(t, 3, j.Last())
	require.Equal(t, "c", ids(j.Select(journal.Filter{})))
}

func TestWait(t *testing.T) {
	j := journal.New(journal.Options{})
	type result struct {
		found []*journal.Entry
		err   error
	}
	done := make(chan result, 1)
	go func() {
		found, err := j.Wait(t.Context(), journal.Filter{Status: 200}, 2)
		done <- result{found, err}
	}()
	other := entry("other")
	other.Status = 403
	j.Add(entry("1"))
	j.Add(other)
	j.Add(entry("2"))
	r := <-done
	require.NoError(t, r.err)
	require.Equal(t, "2 1", ids(r.found))

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	found, err := j.Wait(ended, journal.Filter{Status: 200}, 3)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, found, 2, "what there is comes along")
}

// TestFollow: a follower sees each entry once and in order, with concurrent adders.
func TestFollow(t *testing.T) {
	j := journal.New(journal.Options{})
	j.Add(entry("before"))
	const writers, each = 4, 100
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				j.Add(entry("x"))
			}
		})
	}
	stop := errors.New("seen all")
	var seqs []uint64
	err := j.Follow(t.Context(), journal.Filter{After: 1}, func(e *journal.Entry) error {
		if seqs = append(seqs, e.Seq); len(seqs) == writers*each {
			return stop
		}
		return nil
	})
	require.ErrorIs(t, err, stop)
	wg.Wait()
	for i, seq := range seqs {
		require.EqualValues(t, i+2, seq)
	}
}

func BenchmarkAdd(b *testing.B) {
	j := journal.New(journal.Options{})
	e := entry("x")
	for b.Loop() {
		copied := *e
		j.Add(&copied)
	}
}

// TestView: a View shows what a follower has missed. Both Add and Clear close Changed.
func TestView(t *testing.T) {
	j := journal.New(journal.Options{Entries: 2})
	empty := j.View(journal.Filter{})
	require.Empty(t, empty.Entries)
	require.Zero(t, empty.Oldest)
	require.Zero(t, empty.Last)
	select {
	case <-empty.Changed:
		t.Fatal("nothing changed")
	default:
	}
	for _, id := range []string{"a", "b", "c"} {
		j.Add(entry(id))
	}
	<-empty.Changed
	v := j.View(journal.Filter{After: 2})
	require.Equal(t, "c", ids(v.Entries))
	require.EqualValues(t, 2, v.Oldest, "the ring holds two, whatever the filter chooses")
	require.EqualValues(t, 3, v.Last)
	j.Clear()
	<-v.Changed
	cleared := j.View(journal.Filter{})
	require.Equal(t, v.Clears+1, cleared.Clears)
	require.Zero(t, cleared.Oldest)
	require.EqualValues(t, 3, cleared.Last, "Seq counts on")
}

// TestPages: pages from either end add up to the list.
func TestPages(t *testing.T) {
	j := journal.New(journal.Options{Entries: 50})
	require.Empty(t, j.Select(journal.Filter{Before: 3}))
	require.Empty(t, j.Next(journal.Filter{}, 3).Entries)
	for i := range 70 {
		e := entry(fmt.Sprint(i))
		e.Status = 200 + i%3
		j.Add(e)
	}
	for _, status := range []int{0, 200, 202, 404} {
		all := j.Select(journal.Filter{Status: status})
		var down, up []*journal.Entry
		f := journal.Filter{Status: status, Limit: 4, Before: j.Last() + 1}
		for page := j.Select(f); len(page) > 0; page = j.Select(f) {
			down = append(down, page...)
			f.Before = page[len(page)-1].Seq
		}
		require.Equal(t, ids(all), ids(down))
		f = journal.Filter{Status: status}
		for page := j.Next(f, 4).Entries; len(page) > 0; page = j.Next(f, 4).Entries {
			require.LessOrEqual(t, len(page), 4)
			up = append(up, page...)
			f.After = page[len(page)-1].Seq
		}
		slices.Reverse(up)
		require.Equal(t, ids(all), ids(up))
	}
	require.Empty(t, j.Select(journal.Filter{Before: 21}), "dropped")
	require.Len(t, j.Select(journal.Filter{Before: 22}), 1)
	require.Empty(t, j.Next(journal.Filter{After: 70}, 4).Entries)
	require.Empty(t, j.Next(journal.Filter{After: 1 << 63}, 4).Entries)
	require.Equal(t, "20", ids(j.Next(journal.Filter{After: 3}, 1).Entries))
	j.Clear()
	require.Empty(t, j.Select(journal.Filter{Before: 60}))
	require.Empty(t, j.Next(journal.Filter{After: 60}, 4).Entries)
	n, size := j.Len()
	require.Zero(t, n)
	require.Zero(t, size)
	for _, account := range []string{"1", "2", "1"} {
		e := entry("x")
		e.Account = account
		j.Add(e)
	}
	n, all := j.Len()
	require.Equal(t, 3, n)
	j.Forget("2")
	n, size = j.Len()
	require.Equal(t, 2, n, "without the gap")
	require.Equal(t, all*2/3, size)
}
