package journal

import (
	"context"
	"sync"
)

// Options limit a journal. Zero fields mean the defaults.
type Options struct {
	Entries int   // the most entries; default DefaultEntries
	Bytes   int64 // the most memory, in bytes; default DefaultBytes
}

// The default limits.
const (
	DefaultEntries       = 10_000
	DefaultBytes   int64 = 48 << 20
)

// Journal is a ring of entries. It is safe for concurrent use. Adding an entry takes a short lock
// and never waits for readers.
type Journal struct {
	max int
	cap int64

	mu      sync.Mutex
	ring    []*Entry // grows up to max entries, then wraps around
	first   int      // the index of the oldest entry
	count   int
	bytes   int64
	seq     uint64
	clears  uint64
	changed chan struct{} // closed at the next change; nil while no reader waits

	hidden      []*Entry // what Hide took out, oldest first
	hiddenBytes int64
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

// Add adds e as the newest entry and sets its Seq. It drops the oldest entries that exceed the
// limits. It shortens large requests and sets e.Omitted for them.
func (j *Journal) Add(e *Entry) {
	e.bytes = e.bound()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.Seq = j.seq
	j.dropHidden(e.bytes)
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

// wake wakes the readers that wait for a change.
func (j *Journal) wake() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

func (j *Journal) dropOldest() {
	if e := j.ring[j.first]; e != nil {
		j.bytes -= e.bytes
		j.ring[j.first] = nil
	}
	j.first = (j.first + 1) % len(j.ring)
	j.count--
}

// grow doubles the ring. A ring that starts small saves memory in an idle emulator.
func (j *Journal) grow() {
	bigger := make([]*Entry, min(j.max, max(64, 2*len(j.ring))))
	for i := range j.count {
		bigger[i] = j.at(i)
	}
	j.ring, j.first = bigger, 0
}

// at returns the i-th entry; 0 is the oldest. It is nil where Forget dropped one.
func (j *Journal) at(i int) *Entry { return j.ring[(j.first+i)%len(j.ring)] }

// Get returns the entry with this request id.
func (j *Journal) Get(id string) (*Entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := j.count - 1; i >= 0; i-- {
		if e := j.at(i); e != nil && e.ID == id {
			return e, true
		}
	}
	return nil, false
}

// Select returns the entries that match f, newest first.
func (j *Journal) Select(f Filter) []*Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.find(f)
}

func (j *Journal) find(f Filter) []*Entry {
	out := []*Entry{}
	i := j.count - 1
	if f.Before > 0 && i >= 0 { // Seq has no gaps
		i = min(i, int(int64(f.Before)-1-int64(j.oldest())))
	}
	for ; i >= 0; i-- {
		if j.oldest()+uint64(i) <= f.After || f.Limit > 0 && len(out) == f.Limit {
			break
		}
		if e := j.at(i); e != nil && f.Match(e) {
			out = append(out, e)
		}
	}
	return out
}

// Wait returns as soon as at least count entries match f, newest first. When ctx ends before, it
// returns the entries so far and the error of ctx.
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
	Entries []*Entry // the entries that match the filter
	Oldest  uint64   // Seq of the oldest entry in the journal; 0: the journal is empty
	Last    uint64   // as Journal.Last
	Clears  uint64   // how often Clear, Forget, Hide or Restore was called
	// Changed is closed when an entry is added, and at each of those calls.
	Changed <-chan struct{}
}

// View returns the entries that match f, newest first, and a channel to wait for changes.
func (j *Journal) View(f Filter) View {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.view()
	v.Entries = j.find(f)
	return v
}

// oldest is the Seq of the first place of the ring. Seq has no gaps there.
func (j *Journal) oldest() uint64 { return j.seq - uint64(j.count) + 1 }

// view returns a View without entries.
func (j *Journal) view() View {
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	v := View{Last: j.seq, Clears: j.clears, Changed: j.changed}
	if j.count > 0 {
		v.Oldest = j.oldest()
	}
	return v
}

// Next returns a View of at most n entries that match f, the oldest ones, oldest first. It is for
// slow readers that continue with f.After. There may be more if it returns n.
func (j *Journal) Next(f Filter, n int) View {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.view()
	i := 0
	if j.count > 0 && f.After >= v.Oldest {
		i = int(min(f.After-v.Oldest+1, uint64(j.count)))
	}
	for ; i < j.count && len(v.Entries) < n; i++ {
		if e := j.at(i); e != nil && f.Match(e) {
			v.Entries = append(v.Entries, e)
		}
	}
	return v
}

// followed is how many entries a follower holds at a time.
const followed = 16

// Follow calls see for each entry that matches f, oldest first, from f.After on, until ctx ends or
// see returns an error. It returns that error. A slow follower misses the entries that the ring has
// dropped, and sees the gap in Seq.
func (j *Journal) Follow(ctx context.Context, f Filter, see func(*Entry) error) error {
	for {
		v := j.Next(f, followed)
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

// Len returns the number of entries, and the memory that they hold in bytes.
func (j *Journal) Len() (entries int, size int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.count {
		if j.at(i) != nil {
			entries++
		}
	}
	return entries, j.bytes
}

// Last returns the Seq of the newest entry that was ever added.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seq
}

// Forget drops the entries of an account, the hidden ones too. The entries that stay keep their Seq.
func (j *Journal) Forget(account string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.count {
		if e := j.at(i); e != nil && e.Account == account {
			j.bytes -= e.bytes
			j.ring[(j.first+i)%len(j.ring)] = nil
		}
	}
	for j.count > 0 && j.at(0) == nil {
		j.dropOldest()
	}
	j.forgetHidden(account)
	j.clears++
	j.wake()
}

// Clear drops all entries, the hidden ones too. Seq continues.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.ring)
	j.first, j.count, j.bytes = 0, 0, 0
	j.hidden, j.hiddenBytes = nil, 0
	j.clears++
	j.wake()
}
