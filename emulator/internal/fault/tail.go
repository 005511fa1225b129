package fault

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/storage"
)

// The bounds of what is kept for stale faults, in bytes (choice 768).
const (
	tailPerAccount = 4 << 20
	tailInAll      = 64 << 20
	changeCost     = 256 // a change without its texts
)

// tail is the latest changes of objects: those of an account while a stale fault is
// planned that its requests may meet. So a stale answer shows what was there at a time
// since the fault was planned. Before that time it knows only when each object was
// made that is there now.
type tail struct {
	store *storage.Store
	now   func(account string) time.Time
	page  int // see past

	mu       sync.Mutex
	planned  map[string]int // active stale faults by account; "": of all accounts
	accounts map[string]*history
	bytes    atomic.Int64
}

// history is the tail of an account.
type history struct {
	changes map[objectName][]change // oldest first
	order   []objectName            // one for each change, oldest first
	bytes   int64
}

type objectName struct{ bucket, key string }

// change is a change of an object.
type change struct {
	at     time.Time       // by the account's clock
	before *storage.Object // nil: there was none
	cost   int64
}

func newTail(st *storage.Store, now func(account string) time.Time) *tail {
	return &tail{store: st, now: now, page: pastPage, planned: map[string]int{}, accounts: map[string]*history{}}
}

// begin is called for each fault that may hit from now on.
func (t *tail) begin(s *Spec) {
	if s.Word != Stale {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.planned) == 0 {
		t.store.Watch(t.changing)
	}
	t.planned[s.Account]++
}

// end is called for each fault that hits no more. Versions that no fault needs are dropped.
func (t *tail) end(s *Spec) {
	if s.Word != Stale {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.planned[s.Account]--; t.planned[s.Account] == 0 {
		delete(t.planned, s.Account)
	}
	if len(t.planned) == 0 {
		t.store.Watch(nil)
	}
	if t.planned[""] > 0 {
		return
	}
	for account, h := range t.accounts {
		if t.planned[account] == 0 {
			t.bytes.Add(-h.bytes)
			delete(t.accounts, account)
		}
	}
}

// changing keeps what was there before a change. The store calls it.
func (t *tail) changing(bucket, key string, before *storage.Object) {
	account := addr.AppID(bucket)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.planned[account] == 0 && t.planned[""] == 0 {
		return
	}
	h := t.accounts[account]
	if h == nil {
		h = &history{changes: map[objectName][]change{}}
		t.accounts[account] = h
	}
	c := change{at: t.now(account), cost: changeCost + int64(len(bucket)+2*len(key))}
	if before != nil {
		o := *before
		o.Segments = nil
		c.before = &o
		c.cost += costOf(&o)
	}
	for h.bytes+c.cost > tailPerAccount || t.bytes.Load()+c.cost > tailInAll {
		if !t.forgetOldest(h) {
			return // others have taken all there is
		}
	}
	name := objectName{bucket, key}
	h.changes[name] = append(h.changes[name], c)
	h.order = append(h.order, name)
	h.bytes += c.cost
	t.bytes.Add(c.cost)
}

// forgetOldest drops the oldest change of an account.
func (t *tail) forgetOldest(h *history) bool {
	if len(h.order) == 0 {
		return false
	}
	name := h.order[0]
	h.order = h.order[1:]
	list := h.changes[name]
	h.bytes -= list[0].cost
	t.bytes.Add(-list[0].cost)
	if list = slices.Clone(list[1:]); len(list) == 0 {
		delete(h.changes, name)
	} else {
		h.changes[name] = list
	}
	return true
}

// costOf is about the memory of an object's record.
func costOf(o *storage.Object) int64 {
	n := 400 + len(o.Key) + len(o.ETag) + len(o.ACL)
	for _, list := range [][]storage.Field{o.Header, o.Tags} {
		for _, f := range list {
			n += 32 + len(f.Name) + len(f.Value)
		}
	}
	return int64(n)
}

// past is the bucket of a call as of a time ago, by the account's clock.
func (t *tail) past(c *call.Call, ago time.Duration) call.Past {
	p := &past{store: t.store, bucket: c.Bucket.Name, at: c.At.Add(-ago), size: t.page, changed: map[string]*storage.Object{}}
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.accounts[addr.AppID(p.bucket)]
	if h == nil {
		return p
	}
	for name, list := range h.changes {
		if name.bucket != p.bucket {
			continue
		}
		for i := range list {
			if list[i].at.After(p.at) { // the first change since is the one that tells
				p.changed[name.key] = p.known(list[i].before)
				break
			}
		}
	}
	return p
}
