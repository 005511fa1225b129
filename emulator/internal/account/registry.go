package account

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/storage"
)

// Config is what a Registry is made of.
type Config struct {
	Store *storage.Store
	Keys  *keyring.Ring
	// Clock is the server's.
	Clock *clock.Clock
	// Region is that of accounts that name none.
	Region string
	// Max is how many accounts may be made; DefaultMax when 0.
	Max int
	// Real is the real time, by which leases end.
	Real func() time.Time
	// MakeBucket makes a bucket of an account; ClearBucket makes one that is there as
	// new.
	MakeBucket, ClearBucket func(a *Account, name string) error
	// Forget removes the requests of an account from the journal.
	Forget func(appID string)
	// Removed removes what else is an account's when it goes; nil: there is nothing.
	Removed func(appID string)
	Log     *slog.Logger
}

// DefaultMax is how many accounts may be made without a setting.
const DefaultMax = 100_000

// What can be wrong with a call.
var (
	// ErrUnknown: there is no such account.
	ErrUnknown = errors.New("no such account")
	// ErrTaken: the APPID has an account, a key pair or a bucket.
	ErrTaken = errors.New("the APPID is taken")
	// ErrFull: there are as many accounts as there may be.
	ErrFull = errors.New("too many accounts")
	// ErrConfigured: the configuration names the account, so it stays.
	ErrConfigured = errors.New("the configuration names this account")

	errUnreadable = errors.New("it cannot be read")
)

// Registry holds all accounts. It is safe for concurrent use.
type Registry struct {
	Config
	change sync.Mutex // one account is made or removed at a time
	mu     sync.RWMutex
	byID   map[string]*Account
	made   int
	next   uint64
	due    atomic.Int64 // no lease is over before this real time in nanoseconds
}

// firstAppID is the lowest APPID that is given without being asked for (choice 730).
const firstAppID = 1_250_000_001

const never = math.MaxInt64

// New returns a registry without accounts: see Load.
func New(c Config) *Registry {
	if c.Max <= 0 {
		c.Max = DefaultMax
	}
	r := &Registry{Config: c, byID: map[string]*Account{}, next: firstAppID}
	r.due.Store(never)
	return r
}

// kind is the kind of the store's documents that hold accounts.
const kind = "account"

// Load makes the accounts of the configuration, and those that the store kept, all
// that there are. It returns the key pairs of the latter, to be put on the ring.
func (r *Registry) Load(configured []string) ([]keyring.Key, error) {
	r.change.Lock()
	defer r.change.Unlock()
	docs, err := r.Store.Documents(kind)
	if err != nil {
		return nil, bilingual.Errorf("the accounts of the data folder: %w", "数据目录里的账号：%w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.byID {
		a.gone.Store(true)
	}
	r.byID, r.made = map[string]*Account{}, 0
	r.due.Store(never)
	for _, appID := range configured {
		r.byID[appID] = &Account{AppID: appID, clock: clock.NewFollowing(r.Clock)}
	}
	var keys []keyring.Key
	for _, doc := range docs {
		a, err := unmarshal(doc.Name, doc.Data, r.Clock)
		if err == nil && r.byID[doc.Name] != nil {
			err = ErrConfigured
		}
		if err != nil {
			r.Log.Warn("an account of the data folder is left out", "account", doc.Name, "reason", err)
			continue
		}
		r.add(a)
		if n, err := strconv.ParseUint(a.AppID, 10, 64); err == nil && n >= r.next && n < 2*firstAppID {
			r.next = n + 1
		}
		if !a.keyGone.Load() {
			keys = append(keys, a.key)
		}
	}
	return keys, nil
}

// add puts a made account among the others, under the lock.
func (r *Registry) add(a *Account) {
	a.touched.Store(r.Real().UnixNano())
	r.byID[a.AppID] = a
	r.made++
	if a.TTL > 0 {
		r.due.Store(min(r.due.Load(), a.end().UnixNano()))
	}
}

// find returns the account, whether its lease is over or not; nil: there is none.
func (r *Registry) find(appID string) *Account {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byID[appID]
}

// Get returns the account with this APPID, and touches it. The error wraps
// ErrUnknown.
func (r *Registry) Get(appID string) (*Account, error) {
	r.Touch(appID)
	if a := r.find(appID); a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknown, appID)
}

// Made reports whether an account was made since the start, so that nobody but its
// own keys may know of it.
func (r *Registry) Made(appID string) bool {
	a := r.find(appID)
	return a != nil && a.made
}

// Now is the time of an account; of one that is not there, that of the server.
func (r *Registry) Now(appID string) time.Time { return r.ClockOf(appID).Now() }

// ClockOf is the clock of an account; of one that is not there, that of the server.
func (r *Registry) ClockOf(appID string) *clock.Clock {
	if a := r.find(appID); a != nil {
		return a.clock
	}
	return r.Clock
}

// List returns the made accounts, sorted by APPID.
func (r *Registry) List() []*Account {
	r.Touch("")
	now := r.Real()
	r.mu.RLock()
	list := slices.Collect(maps.Values(r.byID))
	r.mu.RUnlock()
	list = slices.DeleteFunc(list, func(a *Account) bool { return !a.made || a.over(now) })
	slices.SortFunc(list, func(a, b *Account) int {
		return cmp.Or(cmp.Compare(len(a.AppID), len(b.AppID)), cmp.Compare(a.AppID, b.AppID))
	})
	return list
}

// EachClock calls use for the clock of every account that was set by itself, and
// keeps what comes of it.
func (r *Registry) EachClock(use func(*clock.Clock)) error {
	r.mu.RLock()
	all := slices.Collect(maps.Values(r.byID))
	r.mu.RUnlock()
	for _, a := range all {
		if a.clock.Own() {
			use(a.clock)
			if err := r.Save(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// Save keeps the clock of an account.
func (r *Registry) Save(a *Account) error {
	if !a.made {
		return nil
	}
	r.change.Lock()
	defer r.change.Unlock()
	if a.gone.Load() {
		return nil
	}
	return r.save(a)
}

// KeyRemoved notes that a key pair of an account was deleted. If the account was made
// with it, it does not have it again after a restart.
func (r *Registry) KeyRemoved(appID, id string) error {
	a := r.find(appID)
	if a == nil || !a.made || a.key.SecretID != id {
		return nil
	}
	a.keyGone.Store(true)
	return r.Save(a)
}

// save stores the row of an account, while no other one is made or removed.
func (r *Registry) save(a *Account) error {
	doc, err := a.marshal()
	if err != nil {
		return err
	}
	return r.Store.PutDocument(kind, a.AppID, doc)
}

// Sees returns what an account may know of: itself where it was made, else all that
// were not. No text for one account names another that was made (choice 734).
func (r *Registry) Sees(appID string) func(other string) bool {
	if r.Made(appID) {
		return func(other string) bool { return other == appID }
	}
	return func(other string) bool { return !r.Made(other) }
}
