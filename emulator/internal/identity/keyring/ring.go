package keyring

import (
	"slices"
	"strings"
	"sync"

	"github.com/cosemu/cosemu/emulator/internal/redact"
)

// Ring is a set of key pairs by secret id. It is safe for concurrent use.
type Ring struct {
	mu      sync.RWMutex
	keys    map[string]Key
	issued  int    // how many of them have a parent
	version uint64 // counts the changes
	keeper  Keeper // of those that have a parent; nil: nobody keeps them
	secrets *redact.Set
	// uins counts, by APPID, the pairs that state a uin of their account's root.
	uins map[string]map[string]int
	// pairs counts them by APPID.
	pairs map[string]int
}

// New returns an empty ring.
func New() *Ring {
	return &Ring{keys: make(map[string]Key), uins: make(map[string]map[string]int), pairs: make(map[string]int), secrets: redact.New()}
}

// Add puts a pair on the ring, in place of one with the same id. If that was
// another pair, the temporary ones that were issued to it go with it, as they do
// when it is removed. Its error wraps ErrInvalidKey.
func (r *Ring) Add(k Key) error {
	if err := k.validate(); err != nil {
		return err
	}
	r.mu.Lock()
	old, replaced := r.drop(k.SecretID)
	var gone []string
	if replaced && old != k {
		gone = r.dropIssuedTo(k.SecretID)
	}
	r.put(k)
	keeper := r.keeper
	r.mu.Unlock()
	forget(keeper, gone)
	return nil
}

// put puts a pair on, under the lock, where none of its id is.
func (r *Ring) put(k Key) {
	r.keys[k.SecretID] = k
	r.secrets.Add(k.SecretKey)
	r.secrets.Add(k.Token)
	if k.Parent != "" {
		r.issued++
	}
	r.count(&k, 1)
	r.version++
}

// drop takes a pair off, under the lock.
func (r *Ring) drop(id string) (Key, bool) {
	k, ok := r.keys[id]
	if !ok {
		return k, false
	}
	delete(r.keys, id)
	r.secrets.Remove(k.SecretKey)
	r.secrets.Remove(k.Token)
	if k.Parent != "" {
		r.issued--
	}
	r.count(&k, -1)
	r.version++
	return k, true
}

// Replace makes keys all that the ring holds, in one step: a request sees the
// old set or the new one. When one of them is invalid nothing changes.
func (r *Ring) Replace(keys []Key) error {
	next := New()
	for _, k := range keys {
		if err := k.validate(); err != nil {
			return err
		}
		next.drop(k.SecretID)
		next.put(k)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys, r.issued, r.uins, r.pairs, r.secrets = next.keys, next.issued, next.uins, next.pairs, next.secrets
	r.version++
	return nil
}

// Remove takes the pair off the ring, and with it the temporary ones that were
// issued to it, and tells whether it was there.
func (r *Ring) Remove(id string) bool {
	r.mu.Lock()
	k, ok := r.drop(id)
	var gone []string
	switch {
	case ok && k.Parent != "":
		gone = []string{id}
	case ok:
		gone = r.dropIssuedTo(id)
	}
	keeper := r.keeper
	r.mu.Unlock()
	forget(keeper, gone)
	return ok
}

// Redact is a text without the secrets and tokens of all pairs, however they
// were typed; see package redact. Those shorter than eight bytes stay.
func (r *Ring) Redact(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.secrets.Text(text)
}

// Version changes whenever the set does.
func (r *Ring) Version() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.version
}

// Get returns the pair with this id, expired or not.
func (r *Ring) Get(id string) (Key, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	k, ok := r.keys[id]
	return k, ok
}

// List returns all pairs, sorted by id.
func (r *Ring) List() []Key {
	r.mu.RLock()
	list := make([]Key, 0, len(r.keys))
	for _, k := range r.keys {
		list = append(list, k)
	}
	r.mu.RUnlock()
	slices.SortFunc(list, func(a, b Key) int { return strings.Compare(a.SecretID, b.SecretID) })
	return list
}
