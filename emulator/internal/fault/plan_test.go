package fault_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

func plan(t testing.TB, st *storage.Store) *fault.Plan {
	t.Helper()
	return fault.New(fault.Config{
		Store: st, Real: time.Now, Now: func(string) time.Time { return time.Now() }, Log: slog.New(slog.DiscardHandler),
	})
}

func memory(t testing.TB) *storage.Store {
	t.Helper()
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return st
}

func add(t testing.TB, p *fault.Plan, s fault.Spec) fault.Planned {
	t.Helper()
	require.NoError(t, s.Check([]string{"GetObject", "PutObject"}, s.Given()))
	f, err := p.Add(s)
	require.NoError(t, err)
	return f
}

// met returns which of the faults a request meets, by its number; -1: none.
func met(p *fault.Plan, faults []fault.Planned, r fault.Request) int {
	if r.When == "" {
		r.When = fault.After
	}
	f, hit := p.Meet(&r)
	for i := range faults {
		if hit && faults[i].ID == f.ID {
			return i
		}
	}
	return -1
}

// TestOrder: the oldest fault with times left hits first, whether it is of the account or of all.
func TestOrder(t *testing.T) {
	p := plan(t, memory(t))
	faults := []fault.Planned{
		add(t, p, fault.Spec{Word: fault.Corrupt, Times: 1, Account: "1"}),
		add(t, p, fault.Spec{Word: fault.Corrupt, Times: 2}),
		add(t, p, fault.Spec{Word: fault.Corrupt, Times: 1, Account: "1", Skip: 1}),
		add(t, p, fault.Spec{Word: fault.Corrupt, Times: 0}),
	}
	var order []int
	for range 6 {
		order = append(order, met(p, faults, fault.Request{Account: "1"}))
	}
	// The third fault skips the fourth request, which the last one hits.
	require.Equal(t, []int{0, 1, 1, 3, 2, 3}, order)
	require.Equal(t, 3, met(p, faults, fault.Request{Account: "2"}))
	require.Equal(t, 3, met(p, faults, fault.Request{}))
	require.Equal(t, -1, met(p, faults, fault.Request{Account: "1", When: fault.Before}))
	require.NoError(t, p.Clear("1"))
	require.Len(t, p.List(""), 2)
	require.NoError(t, p.Clear(""))
	require.Equal(t, -1, met(p, faults, fault.Request{Account: "1"}))
	require.Zero(t, p.Len())
}

func TestSelectors(t *testing.T) {
	at := fault.Request{Account: "1", Operation: "PutObject", Method: "PUT", Bucket: "b-1", Key: "f/a"}
	for _, c := range []struct {
		spec fault.Spec
		hits bool
	}{
		{fault.Spec{}, true},
		{fault.Spec{Account: "1", Operation: "PutObject", Method: "put", Bucket: "b-1", Key: "f/a"}, true},
		{fault.Spec{Account: "2"}, false},
		{fault.Spec{Operation: "GetObject"}, false},
		{fault.Spec{Method: "GET"}, false},
		{fault.Spec{Bucket: "c-1"}, false},
		{fault.Spec{Key: "f"}, false},
		{fault.Spec{Key: "f/*"}, true},
		{fault.Spec{Key: "*"}, true},
		{fault.Spec{Key: "f/a*"}, true},
		{fault.Spec{Key: "f/ab*"}, false},
		{fault.Spec{Key: "f/*a"}, false},
		{fault.Spec{When: fault.Before}, false},
	} {
		p := plan(t, memory(t))
		c.spec.Word, c.spec.Times = fault.Corrupt, 1
		f := add(t, p, c.spec)
		require.Equal(t, c.hits, met(p, []fault.Planned{f}, at) == 0, c.spec)
	}
	p := plan(t, memory(t))
	f := add(t, p, fault.Spec{Word: fault.Corrupt, Times: 1, Key: "*"})
	require.Equal(t, -1, met(p, []fault.Planned{f}, fault.Request{Method: "GET"}), "a bucket has no key")
}

// TestExact: however many requests come at once, as many are skipped and hit as planned, while
// other faults come and go.
func TestExact(t *testing.T) {
	p := plan(t, memory(t))
	add(t, p, fault.Spec{Account: "1", Word: fault.Corrupt, Skip: 123, Times: 456})
	var hits atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 250 {
				if _, hit := p.Meet(&fault.Request{Account: "1", When: fault.After}); hit {
					hits.Add(1)
				}
				if i%25 == 0 {
					other, err := p.Add(fault.Spec{Account: "1", Word: fault.Corrupt, When: fault.Before})
					if err == nil {
						err = p.Remove(other.ID)
					}
					if err != nil {
						hits.Add(1_000_000)
					}
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 456, hits.Load())
	require.EqualValues(t, 2000-0, p.List("1")[0].Seen+(2000-123-456), "after the last hit nobody counts")
}

// TestRemovedStaysRemoved: a hit does not bring the row of a removed fault back.
func TestRemovedStaysRemoved(t *testing.T) {
	st := memory(t)
	p := plan(t, st)
	for range 50 {
		f := add(t, p, fault.Spec{Word: fault.Corrupt})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { p.Meet(&fault.Request{When: fault.After}) })
		}
		require.NoError(t, p.Remove(f.ID))
		all.Wait()
	}
	docs, err := st.Documents("fault")
	require.NoError(t, err)
	require.Empty(t, docs)
}

func TestFull(t *testing.T) {
	p := plan(t, memory(t))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range fault.MaxFaults {
		add(t, p, fault.Spec{Account: fmt.Sprint(i % (fault.MaxFaults / fault.MaxPerAccount)), Word: fault.Corrupt, Key: fmt.Sprintf("key-%08d", i)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("%d bytes a fault", (after.HeapAlloc-before.HeapAlloc)/fault.MaxFaults)
	_, err := p.Add(fault.Spec{Account: "other"})
	require.ErrorIs(t, err, fault.ErrFull)
	require.NoError(t, p.Clear("1"))
	add(t, p, fault.Spec{Account: "2000", Word: fault.Corrupt})
	for range fault.MaxPerAccount {
		_, err = p.Add(fault.Spec{Account: "2000"})
	}
	require.ErrorIs(t, err, fault.ErrFull)
	require.Len(t, p.List("2000"), fault.MaxPerAccount)
}

func BenchmarkMeetNothing(b *testing.B) {
	p := plan(b, memory(b))
	for range 100 {
		add(b, p, fault.Spec{Account: "2", Word: fault.Corrupt})
	}
	for b.Loop() {
		p.Meet(&fault.Request{Account: "1", When: fault.After})
	}
}
