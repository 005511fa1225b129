package journal

import (
	"context"
	"sync"
)

// Options bound a journal. Zero fields take the defaults.
type Options struct {
	Entries int   // how many it keeps; DefaultEntries
	Bytes   int64 // how much memory they may hold; DefaultBytes
}

// The bounds of a journal that names none.
const (
	DefaultEntries       = 10_000
	DefaultBytes   int64 = 48 << 20
)

// Journal is a ring of entries. It is safe for concurrent use; adding takes a
// short lock and never waits for a reader.
type Journal struct {
	max int
	cap int64

	mu      sync.Mutex
	ring    []*Entry // grows to max, then wraps
	first   int      // the oldest one
	count   int
	bytes   int64
	seq     uint64
	clears  uint64
	changed chan struct{} // closed at the next change; nil while nobody waits
}

// New returns an empty journal.
func New(o Options) *Journal {
	if o.Entries <= 0 {
		o.Entries = DefaultEntries
	}
	if o.Bytes <= 0 {
		o.Bytes = DefaultBytes
	}
	return &Journal{max: o.Entries, cap: o.Bytes}
}

// Add keeps e as the newest entry, gives it its Seq, and drops the oldest ones
// as the bounds ask. Of a request that is larger than most it keeps only so
// much, and e.Omitted says what is left out.
func (j *Journal) Add(e *Entry) {
	e.bytes = e.bound()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.Seq = j.seq
	for j.count > 0 && (j.count == j.max || j.bytes+e.bytes > j.cap) {
		j.dropOldest()
	}
	if j.count == len(j.ring) {
		j.grow()
	}
	j.ring[(j.first+j.count)%len(j.ring)] = e
	j.count++
	j.bytes += e.bytes
	j.wake()
}

// wake tells all who watch that there is something new to see.
func (j *Journal) wake() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

func (j *Journal) dropOldest() {
	j.bytes -= j.ring[j.first].bytes
	j.ring[j.first] = nil
	j.first = (j.first + 1) % len(j.ring)
	j.count--
}

// grow doubles the ring, so that an idle emulator holds no empty one.
func (j *Journal) grow() {
	bigger := make([]*Entry, min(j.max, max(64, 2*len(j.ring))))
	for i := range j.count {
		bigger[i] = j.at(i)
	}
	j.ring, j.first = bigger, 0
}

// at is the i-th entry, the oldest being 0.
func (j *Journal) at(i int) *Entry { return j.ring[(j.first+i)%len(j.ring)] }

// Get returns the entry of that request id.
func (j *Journal) Get(id string) (*Entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := j.count - 1; i >= 0; i-- {
		if e := j.at(i); e.ID == id {
			return e, true
		}
	}
	return nil, false
}

// Select returns the entries that f chooses, newest first.
func (j *Journal) Select(f Filter) []*Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.find(f)
}

func (j *Journal) find(f Filter) []*Entry {
	out := []*Entry{}
	i := j.count - 1
	if f.Before > 0 && i >= 0 { // there are no gaps in Seq
		i = min(i, int(int64(f.Before)-1-int64(j.at(0).Seq)))
	}
	for ; i >= 0; i-- {
		e := j.at(i)
		if e.Seq <= f.After || f.Limit > 0 && len(out) == f.Limit {
			break
		}
		if f.Match(e) {
			out = append(out, e)
		}
	}
	return out
}

// Wait returns as soon as f chooses at least count entries, newest first, or
// when ctx ends: then with what there is and ctx's error.
func (j *Journal) Wait(ctx context.Context, f Filter, count int) ([]*Entry, error) {
	for {
		v := j.View(f)
		if len(v.Entries) >= count {
			return v.Entries, nil
		}
		select {
		case <-v.Changed:
		case <-ctx.Done():
			return v.Entries, ctx.Err()
		}
	}
}

// View is a journal at one moment.
type View struct {
	Entries []*Entry // those that the filter chooses, newest first
	Oldest  uint64   // the Seq of the oldest entry of all; 0: there is none
	Last    uint64   // as Journal.Last
	Clears  uint64   // how often Clear was called
	// Changed is closed when an entry was added, or all were dropped.
	Changed <-chan struct{}
}

// View looks at the journal, for those who go on looking.
func (j *Journal) View(f Filter) View {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.view()
	v.Entries = j.find(f)
	return v
}

// view is a View without entries.
func (j *Journal) view() View {
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	v := View{Last: j.seq, Clears: j.clears, Changed: j.changed}
	if j.count > 0 {
		v.Oldest = j.at(0).Seq
	}
	return v
}

// Ahead is a View of the oldest entries that f chooses, at most n of them,
// oldest first: for those who read on from f.After, and may be slow. If there
// are n, there may be more.
func (j *Journal) Ahead(f Filter, n int) View {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.view()
	i := 0
	if j.count > 0 && f.After >= v.Oldest {
		i = int(min(f.After-v.Oldest+1, uint64(j.count)))
	}
	for ; i < j.count && len(v.Entries) < n; i++ {
		if e := j.at(i); f.Match(e) {
			v.Entries = append(v.Entries, e)
		}
	}
	return v
}

// followed is how many entries a follower holds on to at a time.
const followed = 16

// Follow calls see for each entry that f chooses, oldest first, from those
// after f.After on, until ctx ends or see returns an error; Follow returns
// that error. A follower that falls behind by the whole ring misses what was
// dropped, and sees the gap in Seq.
func (j *Journal) Follow(ctx context.Context, f Filter, see func(*Entry) error) error {
	for {
		v := j.Ahead(f, followed)
		for _, e := range v.Entries {
			if err := see(e); err != nil {
				return err
			}
			f.After = e.Seq
		}
		if len(v.Entries) == followed && ctx.Err() == nil {
			continue
		}
		select {
		case <-v.Changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Last is the Seq of the newest entry that was ever added.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seq
}

// Clear drops all entries. Seq counts on.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.ring)
	j.first, j.count, j.bytes = 0, 0, 0
	j.clears++
	j.wake()
}
