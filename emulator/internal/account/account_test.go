package account_test

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

// A rig is a registry whose real time stands still.
type rig struct {
	*account.Registry
	store  *storage.Store
	server *clock.Clock
	now    atomic.Int64
	forgot []string
}

func (r *rig) pass(d time.Duration) { r.now.Add(int64(d)) }

func start(t testing.TB, st *storage.Store, most int) *rig {
	t.Helper()
	r := &rig{store: st, server: clock.New()}
	r.now.Store(time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC).UnixNano())
	bucket := func(a *account.Account, name string) storage.Bucket {
		return storage.Bucket{Name: name, Owner: a.AppID, Region: a.Region}
	}
	r.Registry = account.New(account.Config{
		Store: st, Keys: keyring.New(), Clock: r.server, Max: most, Region: "ap-guangzhou",
		Real:        func() time.Time { return time.Unix(0, r.now.Load()) },
		MakeBucket:  func(a *account.Account, name string) error { return st.CreateBucket(bucket(a, name)) },
		ClearBucket: func(a *account.Account, name string) error { return st.ClearBucket(bucket(a, name)) },
		Forget:      func(appID string) { r.forgot = append(r.forgot, appID) },
		Log:         slog.New(slog.DiscardHandler),
	})
	return r
}

func memory(t testing.TB) *storage.Store {
	t.Helper()
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return st
}

func (r *rig) make(t testing.TB, in account.Request) *account.Account {
	t.Helper()
	a, err := r.Make(in)
	require.NoError(t, err)
	return a
}

func (r *rig) ids() (ids []string) {
	for _, a := range r.List() {
		ids = append(ids, a.AppID)
	}
	return ids
}

func TestLease(t *testing.T) {
	r := start(t, memory(t), 0)
	short := r.make(t, account.Request{TTL: time.Minute, Buckets: []string{"b"}})
	long := r.make(t, account.Request{TTL: time.Hour, Buckets: []string{"b"}})
	kept := r.make(t, account.Request{Buckets: []string{"b"}})

	for range 3 { // touched in time
		r.pass(59 * time.Second)
		r.Touch(short.AppID)
	}
	require.Equal(t, []string{short.AppID, long.AppID, kept.AppID}, r.ids())
	r.pass(time.Minute)
	require.Equal(t, []string{long.AppID, kept.AppID}, r.ids())
	_, err := r.Get(short.AppID)
	require.ErrorIs(t, err, account.ErrUnknown)
	require.False(t, r.Keys.HasAccount(short.AppID))
	_, err = r.store.Bucket(short.Buckets[0])
	require.ErrorIs(t, err, storage.ErrNoBucket)
	require.Equal(t, []string{short.AppID}, r.forgot)

	r.pass(24 * time.Hour)
	r.Touch(kept.AppID) // another's request is enough
	require.False(t, r.Keys.HasAccount(long.AppID))
	require.True(t, r.Keys.HasAccount(kept.AppID))
	docs, err := r.store.Documents("account")
	require.NoError(t, err)
	require.Len(t, docs, 1)
}

// TestLeaseOfWhatIsUnderWay: a long use keeps an account, and its lease runs anew after it.
func TestLeaseOfWhatIsUnderWay(t *testing.T) {
	r := start(t, memory(t), 0)
	a := r.make(t, account.Request{TTL: time.Minute, Buckets: []string{"b"}})
	idle := r.make(t, account.Request{TTL: time.Minute, Buckets: []string{"b"}})
	kept := r.make(t, account.Request{})
	require.Nil(t, r.Enter(kept.AppID), "it has no lease")
	require.Nil(t, r.Enter("9"))
	first, second := r.Enter(a.AppID), r.Enter(a.AppID)
	r.pass(time.Hour)
	require.Equal(t, []string{a.AppID, kept.AppID}, r.ids())
	_, err := r.Get(idle.AppID)
	require.ErrorIs(t, err, account.ErrUnknown)
	r.Leave(first)
	r.Leave(nil)
	r.pass(time.Hour)
	require.True(t, r.Keys.HasAccount(a.AppID), "one of two is still under way")
	require.Equal(t, []string{a.AppID, kept.AppID}, r.ids())
	r.Leave(second)
	r.pass(59 * time.Second)
	require.Equal(t, []string{a.AppID, kept.AppID}, r.ids())
	r.pass(time.Second)
	require.Equal(t, []string{kept.AppID}, r.ids())
}

func TestMax(t *testing.T) {
	r := start(t, memory(t), 2)
	a := r.make(t, account.Request{TTL: time.Minute})
	r.make(t, account.Request{})
	_, err := r.Make(account.Request{})
	require.ErrorIs(t, err, account.ErrFull)
	require.ErrorContains(t, err, "max_accounts is 2")
	require.Len(t, r.ids(), 2)
	r.pass(time.Minute)
	require.NotEqual(t, a.AppID, r.make(t, account.Request{}).AppID, "a lease that is over makes room")
	_, err = r.Make(account.Request{})
	require.ErrorIs(t, err, account.ErrFull)
}

func TestMakeIsWhole(t *testing.T) {
	r := start(t, memory(t), 0)
	fails := r.MakeBucket
	r.MakeBucket = func(a *account.Account, name string) error {
		if name[0] == 'x' {
			return os.ErrPermission
		}
		return fails(a, name)
	}
	_, err := r.Make(account.Request{Buckets: []string{"b", "x"}})
	require.ErrorIs(t, err, os.ErrPermission)
	require.Empty(t, r.ids())
	require.Empty(t, r.Keys.List())
	buckets, err := r.store.Buckets()
	require.NoError(t, err)
	require.Empty(t, buckets)
	r.make(t, account.Request{Buckets: []string{"b"}})
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	st, err := storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	r := start(t, st, 0)
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	a := r.make(t, account.Request{Name: "a", ACL: "public-read", TTL: time.Hour, Buckets: []string{"b"}})
	b := r.make(t, account.Request{SetClock: func(c *clock.Clock) { c.Freeze(at) }})
	a.Clock().Shift(-time.Hour)
	require.NoError(t, r.Save(a))
	gone := r.make(t, account.Request{})
	require.NoError(t, r.Remove(gone.AppID))
	require.NoError(t, st.Close())

	st, err = storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	r = start(t, st, 0)
	keys, err := r.Load([]string{"1250000000"})
	require.NoError(t, err)
	require.Equal(t, []keyring.Key{a.Key(), b.Key()}, keys)
	require.Equal(t, []string{a.AppID, b.AppID}, r.ids())
	again, err := r.Get(a.AppID)
	require.NoError(t, err)
	require.Equal(t, []any{"a", "public-read", time.Hour, a.Buckets}, []any{again.Name, again.ACL, again.TTL, again.Buckets})
	require.Equal(t, -time.Hour, again.Clock().State().Offset)
	require.True(t, at.Equal(r.Now(b.AppID)))
	require.NoError(t, r.Reset(a.AppID))
	require.False(t, again.Clock().Own())
	require.NoError(t, r.Reset(b.AppID))
	require.True(t, at.Equal(r.Now(b.AppID)), "its start")
	require.Greater(t, r.make(t, account.Request{}).AppID, b.AppID)
	require.ErrorIs(t, r.Remove("1250000000"), account.ErrConfigured)
}

// TestTenThousand: none of them makes the next one slower.
func TestTenThousand(t *testing.T) {
	const n = 10_000
	r := start(t, memory(t), 0)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	for i := range n {
		r.make(t, account.Request{Name: fmt.Sprint(i), Buckets: []string{"test"}, TTL: time.Minute})
	}
	made := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	began = time.Now()
	require.Len(t, r.List(), n)
	listed := time.Since(began)
	require.Less(t, made, n*time.Millisecond)

	r.pass(time.Minute)
	began = time.Now()
	require.Empty(t, r.List())
	calls := n/32 + 1 // a call removes 32 of them
	for range calls {
		r.pass(time.Second)
		r.Touch("")
	}
	require.Empty(t, r.Keys.List())
	t.Logf("%d accounts: made in %s, %d bytes each, listed in %s, removed in %s by %d calls",
		n, made, (after.HeapAlloc-before.HeapAlloc)/n, listed, time.Since(began), calls)
	buckets, err := r.store.Buckets()
	require.NoError(t, err)
	require.Empty(t, buckets)
	docs, err := r.store.Documents("account")
	require.NoError(t, err)
	require.Empty(t, docs)
}
