package fault

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cosemu/cosemu/storage"
)

// The bounds of a plan (choice 760).
const (
	MaxFaults     = 20_000 // in all
	MaxPerAccount = 1_000
)

// What can be wrong with a call.
var (
	// ErrUnknown: there is no such fault.
	ErrUnknown = errors.New("no such fault")
	// ErrFull: there are as many faults as there may be.
	ErrFull = errors.New("too many faults")
)

// Planned is a fault of the plan, as it is now.
type Planned struct {
	ID      string
	Created time.Time // by the real time
	// Seen is how many requests it was for, those that it skipped included; Hits how
	// many it hit.
	Seen, Hits int64
	Spec
}

// Unused reports whether hits are missing: all of its times, or the first one of a
// fault without an end (choice 762).
func (p *Planned) Unused() bool { return p.Hits < max(p.Times, 1) }

// usedUp reports whether it will hit no request any more.
func (p *Planned) usedUp() bool { return p.Times > 0 && p.Hits >= p.Times }

// Config is what a Plan is made of.
type Config struct {
	Store *storage.Store
	Real  func() time.Time
	// Now is the time of an account.
	Now func(account string) time.Time
	Log *slog.Logger
}

// Plan holds the planned faults. It is safe for concurrent use.
type Plan struct {
	Config
	// active is how many faults may still hit: requests look no further at 0.
	active atomic.Int64
	counts map[Word]*atomic.Int64 // hits since the start
	end    context.CancelFunc
	ended  context.Context //nolint:containedctx // of the process: all that wait end with it
	tail   *tail

	mu    sync.RWMutex // taken before that of a list
	byID  map[string]*planned
	lists map[string]*list // by account; "": the faults of all accounts
	seq   uint64
}

// list are the faults of an account, in the order in which they were planned.
type list struct {
	mu          sync.Mutex
	all, active []*planned
}

// planned is a fault in the plan. The lock of its list guards what changes.
type planned struct {
	seq  uint64
	list *list
	Planned
}

// New makes a plan without faults: see Load.
func New(c Config) *Plan {
	p := &Plan{Config: c, byID: map[string]*planned{}, lists: map[string]*list{}, counts: map[Word]*atomic.Int64{}}
	for _, w := range Words() {
		p.counts[w] = new(atomic.Int64)
	}
	p.ended, p.end = context.WithCancel(context.Background())
	p.tail = newTail(c.Store, c.Now)
	return p
}

// Stop ends all waiting of requests, for good.
func (p *Plan) Stop() { p.end() }

// kind is the kind of the store's documents that hold faults.
const kind = "fault"

// row is a fault as a document of the store.
type row struct {
	Seq     uint64
	Planned Planned
}

// Load adds the faults that the store kept (choice 771).
func (p *Plan) Load() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	docs, err := p.Store.Documents(kind)
	if err != nil {
		return fmt.Errorf("the faults of the data folder: %w", err)
	}
	rows := make([]row, 0, len(docs))
	for _, doc := range docs {
		var r row
		if err := json.Unmarshal(doc.Data, &r); err != nil || r.Planned.ID != doc.Name {
			p.Log.Warn("a fault of the data folder is left out", "fault", doc.Name)
			continue
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, r := range rows {
		p.seq = r.Seq
		p.add(&planned{seq: r.Seq, Planned: r.Planned})
	}
	return nil
}

// add puts a fault at the end of its list, under the lock.
func (p *Plan) add(f *planned) {
	l := p.lists[f.Account]
	if l == nil {
		l = &list{}
		p.lists[f.Account] = l
	}
	f.list = l
	p.byID[f.ID] = f
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, f)
	if !f.usedUp() {
		l.active = append(l.active, f)
		p.active.Add(1)
		p.tail.begin(&f.Spec)
	}
}

// Add plans a fault whose spec passed Check. The error is ErrFull, or of the store.
func (p *Plan) Add(s Spec) (Planned, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.byID) >= MaxFaults {
		return Planned{}, fmt.Errorf("%w: a server has at most %d", ErrFull, MaxFaults)
	}
	if l := p.lists[s.Account]; l != nil && l.count() >= MaxPerAccount {
		return Planned{}, fmt.Errorf("%w: an account has at most %d", ErrFull, MaxPerAccount)
	}
	p.seq++
	f := &planned{seq: p.seq, Planned: Planned{ID: strings.ToLower(rand.Text()[:12]), Created: p.Real().UTC().Round(0), Spec: s}}
	if err := p.save(f); err != nil {
		return Planned{}, err
	}
	p.add(f)
	return f.Planned, nil
}

func (l *list) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// save stores the row of a fault.
func (p *Plan) save(f *planned) error {
	doc, err := json.Marshal(row{f.seq, f.Planned})
	if err != nil {
		return err
	}
	return p.Store.PutDocument(kind, f.ID, doc)
}

// waiting reports whether a request of an account may meet a fault.
func (p *Plan) waiting(account string) bool {
	if p.active.Load() == 0 {
		return false
	}
	p.mu.RLock()
	own, all := p.lists[account], p.lists[""]
	p.mu.RUnlock()
	return own.live() || all.live()
}

func (l *list) live() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.active) > 0
}

// Meet returns the fault that hits a request: the oldest one that is for it and has
// times left (choice 761). A fault that skips the request leaves it to later ones.
// Requests are counted one after the other, so as many are skipped and hit as planned,
// however many come at once.
func (p *Plan) Meet(r *Request) (Planned, bool) {
	if p.active.Load() == 0 {
		return Planned{}, false
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	all, own := p.lists[""], p.lists[r.Account]
	if own == all {
		own = nil
	}
	forAll, ofAccount := all.lock(), own.lock()
	defer all.unlock()
	defer own.unlock()
	for len(forAll)+len(ofAccount) > 0 { // in the order in which they were planned
		next := &forAll
		if len(forAll) == 0 || len(ofAccount) > 0 && ofAccount[0].seq < forAll[0].seq {
			next = &ofAccount
		}
		f := (*next)[0]
		*next = (*next)[1:]
		if f.selects(r) && p.meet(f) {
			return f.Planned, true
		}
	}
	return Planned{}, false
}

// lock locks a list, nil or not, and returns the faults that may hit.
func (l *list) lock() []*planned {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	return l.active
}

func (l *list) unlock() {
	if l != nil {
		l.mu.Unlock()
	}
}

// meet counts a request that a fault is for, and reports whether the fault hits it.
func (p *Plan) meet(f *planned) (hit bool) {
	f.Seen++
	if f.Seen > f.Skip {
		hit = true
		f.Hits++
		p.counts[f.Word].Add(1)
		if f.usedUp() {
			p.retire(f)
		}
	}
	if err := p.save(f); err != nil {
		p.Log.Error("keeping the hits of a fault", "fault", f.ID, "error", err)
	}
	return hit
}

// retire takes a fault out of those that may hit, under the lock of its list.
func (p *Plan) retire(f *planned) {
	left := without(f.list.active, f)
	if len(left) < len(f.list.active) {
		f.list.active = left
		p.active.Add(-1)
		p.tail.end(&f.Spec)
	}
}

// without copies a list, as Meet may walk along the old one.
func without(list []*planned, f *planned) []*planned {
	return slices.DeleteFunc(slices.Clone(list), func(other *planned) bool { return other == f })
}

// of are the faults of an account, "" for all, under the lock.
func (p *Plan) of(account string) []*planned {
	if account == "" {
		return slices.Collect(maps.Values(p.byID))
	}
	if l := p.lists[account]; l != nil {
		return l.all
	}
	return nil
}

// List returns the faults of an account, "" for all, in the order in which they were
// planned.
func (p *Plan) List(account string) []Planned {
	p.mu.RLock()
	defer p.mu.RUnlock()
	found := slices.Clone(p.of(account))
	slices.SortFunc(found, func(a, b *planned) int { return cmp.Compare(a.seq, b.seq) })
	out := make([]Planned, len(found))
	for i, f := range found {
		out[i] = f.now()
	}
	return out
}

func (f *planned) now() Planned {
	f.list.mu.Lock()
	defer f.list.mu.Unlock()
	return f.Planned
}

// Get returns a fault by its id, or ErrUnknown.
func (p *Plan) Get(id string) (Planned, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	f := p.byID[id]
	if f == nil {
		return Planned{}, ErrUnknown
	}
	return f.now(), nil
}

// Remove removes a fault, or returns ErrUnknown.
func (p *Plan) Remove(id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.byID[id]
	if f == nil {
		return ErrUnknown
	}
	return p.remove(f)
}

// Clear removes the faults of an account, those of all accounts aside; "": all that
// there are.
func (p *Plan) Clear(account string) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range slices.Clone(p.of(account)) {
		err = errors.Join(err, p.remove(f))
	}
	return err
}

// remove is Remove under the lock.
func (p *Plan) remove(f *planned) error {
	f.list.mu.Lock()
	p.retire(f)
	f.list.all = without(f.list.all, f)
	empty := len(f.list.all) == 0
	err := p.Store.DeleteDocument(kind, f.ID)
	f.list.mu.Unlock()
	delete(p.byID, f.ID)
	if empty {
		delete(p.lists, f.Account)
	}
	return err
}

// Len is how many faults there are.
func (p *Plan) Len() int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.byID)
}

// Hits is how often each fault hit since the start of the process.
func (p *Plan) Hits() map[Word]int64 {
	out := make(map[Word]int64, len(p.counts))
	for w, n := range p.counts {
		out[w] = n.Load()
	}
	return out
}
