package fault

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

// A history test has a store whose objects change by a clock of its own.
type world struct {
	t     *testing.T
	store *storage.Store
	tail  *tail
	now   time.Time
}

func newWorld(t *testing.T, buckets ...string) *world {
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	for _, b := range buckets {
		require.NoError(t, st.CreateBucket(storage.Bucket{Name: b}))
	}
	w := &world{t: t, store: st, now: time.Unix(1_000_000, 0)}
	w.tail = newTail(st, func(string) time.Time { return w.now })
	return w
}

func (w *world) put(bucket, key, etag string) {
	w.t.Helper()
	staged, err := w.store.Stage(0)
	require.NoError(w.t, err)
	_, err = staged.Commit(bucket, storage.Object{Key: key, ETag: etag, Modified: w.now}, storage.CommitOptions{})
	require.NoError(w.t, err)
}

func (w *world) delete(bucket, key string) {
	w.t.Helper()
	_, err := w.store.Delete(bucket, key, w.now)
	require.NoError(w.t, err)
}

func (w *world) past(bucket string, ago time.Duration) call.Past {
	c := &call.Call{}
	c.At, c.Bucket.Name = w.now, bucket
	return w.tail.past(c, ago)
}

// state is the content of a bucket: the ETags by key.
type state map[string]string

// page is what a listing of a state shows from a marker on.
func (s state) page(o storage.ListOptions) (names []string) {
	skipped := fold(o.Marker, &o)
	for _, key := range slices.Sorted(maps.Keys(s)) {
		if !strings.HasPrefix(key, o.Prefix) {
			continue
		}
		name := fold(key, &o)
		if name == "" {
			name = key
		} else if name == skipped {
			continue
		}
		if name > o.Marker && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// TestPastIsWhatWas compares listings and objects as of earlier times with what was there then.
func TestPastIsWhatWas(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, "b-1", "other-1")
		key := func() string {
			var b strings.Builder
			for range 1 + r.IntN(4) {
				b.WriteByte("ab//c"[r.IntN(5)])
			}
			return b.String()
		}
		now := state{}
		for range 30 { // before anybody looks
			k := key()
			now[k] = "0"
			w.put("b-1", k, "0")
		}
		w.now = w.now.Add(time.Hour)
		w.tail.page = 1 + r.IntN(4)
		w.tail.begin(&Spec{Word: Stale, Account: "1"})
		states := []state{maps.Clone(now)} // one a second
		for i := range 60 {
			w.now = w.now.Add(time.Second)
			for range r.IntN(4) {
				k := key()
				if r.IntN(2) == 0 {
					w.put("b-1", k, fmt.Sprint(i))
					now[k] = fmt.Sprint(i)
				} else {
					w.delete("b-1", k)
					delete(now, k)
				}
				w.put("other-1", k, "x")
			}
			states = append(states, maps.Clone(now))
			ago := r.IntN(len(states))
			w.compare(r, w.past("b-1", time.Duration(ago)*time.Second), states[len(states)-1-ago])
		}
	}
}

func (w *world) compare(r *rand.Rand, p call.Past, want state) {
	w.t.Helper()
	for _, delimiter := range []string{"", "/"} {
		for _, prefix := range []string{"", "a", "/", "b/"} {
			o := storage.ListOptions{Prefix: prefix, Delimiter: delimiter, Max: 1 + r.IntN(5)}
			if r.IntN(2) == 0 {
				o.Marker = "abc//"[:r.IntN(5)]
			}
			expected := want.page(o)
			var got []string
			for {
				page, err := p.List(o)
				require.NoError(w.t, err)
				for i := range page.Objects {
					require.Equal(w.t, want[page.Objects[i].Key], page.Objects[i].ETag)
					got = append(got, page.Objects[i].Key)
				}
				got = append(got, page.Prefixes...)
				require.LessOrEqual(w.t, len(page.Objects)+len(page.Prefixes), o.Max)
				if !page.Truncated {
					break
				}
				o.Marker = page.NextMarker
			}
			slices.Sort(got)
			require.Equal(w.t, expected, got, "%+v", o)
		}
	}
	for _, key := range append(slices.Collect(maps.Keys(want)), "a", "b", "c", "/") {
		o, err := p.Stat(key)
		if etag, there := want[key]; there {
			require.NoError(w.t, err, key)
			require.Equal(w.t, []string{key, etag}, []string{o.Key, o.ETag})
		} else {
			require.ErrorIs(w.t, err, storage.ErrNoObject, key)
		}
	}
}

// TestPastBeforeThePlan: of changes before the fault was planned, the new objects are known alone.
func TestPastBeforeThePlan(t *testing.T) {
	w := newWorld(t, "b-1")
	w.put("b-1", "old", "1")
	w.put("b-1", "replaced", "1")
	w.now = w.now.Add(time.Hour)
	w.put("b-1", "replaced", "2")
	w.put("b-1", "new", "1")
	w.tail.begin(&Spec{Word: Stale, Account: "1"})
	w.now = w.now.Add(time.Minute)
	w.compare(rand.New(rand.NewPCG(1, 1)), w.past("b-1", 2*time.Minute), state{"old": "1"})
	w.compare(rand.New(rand.NewPCG(1, 1)), w.past("b-1", time.Minute), state{"old": "1", "replaced": "2", "new": "1"})
}

// TestTailIsBounded: neither one account nor all of them keep more than they may, and nothing is
// kept for nobody.
func TestTailIsBounded(t *testing.T) {
	const accounts = tailInAll/tailPerAccount + 4
	w := newWorld(t)
	before := &storage.Object{Key: "k", Header: []storage.Field{{Name: "x-cos-meta-a", Value: strings.Repeat("x", 2000)}}}
	w.tail.changing("b-1", "k", before)
	require.Zero(t, w.tail.bytes.Load(), "nobody asked")
	for i := range accounts {
		w.tail.begin(&Spec{Word: Stale, Account: fmt.Sprint(i)})
		w.tail.begin(&Spec{Word: Corrupt, Account: "other"})
	}
	for i := range 4000 {
		for a := range accounts {
			w.tail.changing(fmt.Sprint("b-", a), fmt.Sprint(i), before)
		}
	}
	require.LessOrEqual(t, w.tail.bytes.Load(), int64(tailInAll))
	require.Greater(t, w.tail.bytes.Load(), int64(tailInAll*9/10))
	sum := int64(0)
	for _, h := range w.tail.accounts {
		require.LessOrEqual(t, h.bytes, int64(tailPerAccount))
		count := 0
		for _, list := range h.changes {
			count += len(list)
		}
		require.Len(t, h.order, count)
		sum += h.bytes
	}
	require.Equal(t, sum, w.tail.bytes.Load())
	require.NotEmpty(t, w.tail.accounts["0"].changes[objectName{"b-0", "3999"}], "the newest ones")
	require.Empty(t, w.tail.accounts["0"].changes[objectName{"b-0", "0"}])
	for i := range accounts {
		w.tail.end(&Spec{Word: Stale, Account: fmt.Sprint(i)})
	}
	require.Zero(t, w.tail.bytes.Load())
	require.Empty(t, w.tail.accounts)
}
