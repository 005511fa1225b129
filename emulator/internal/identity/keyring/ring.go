package keyring

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cosemu/cosemu/emulator/internal/redact"
)

// Ring is a set of key pairs by secret id. It is safe for concurrent use.
type Ring struct {
	mu      sync.RWMutex
	keys    map[string]Key
	version uint64 // counts the changes
	keeper  Keeper // stores those of Issue and Keep; nil: they are not stored
	issued  issued // those that have a parent
	secrets *redact.Set
	hidden  []string // further secrets, of no pair
	// uins counts, by APPID, the pairs that state a uin of their account's root.
	uins map[string]map[string]int
	// accounts has their ids by APPID.
	accounts map[string]map[string]struct{}
}

// New returns an empty ring.
func New() *Ring {
	return &Ring{
		keys: make(map[string]Key), uins: make(map[string]map[string]int), accounts: make(map[string]map[string]struct{}),
		secrets: redact.New(), issued: newIssued(),
	}
}

// Add adds a pair, or replaces the one with the same id. If that differs, the
// temporary pairs that were issued to it are removed, as by Remove. The error wraps
// ErrInvalidKey.
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

// put adds a pair whose id is not on the ring, under the lock.
func (r *Ring) put(k Key) {
	r.keys[k.SecretID] = k
	r.secrets.Add(k.SecretKey)
	r.secrets.Add(k.Token)
	r.issued.add(&k)
	r.count(&k, 1)
	r.version++
}

// drop removes a pair, under the lock.
func (r *Ring) drop(id string) (Key, bool) {
	k, ok := r.keys[id]
	if !ok {
		return k, false
	}
	delete(r.keys, id)
	r.secrets.Remove(k.SecretKey)
	r.secrets.Remove(k.Token)
	r.issued.remove(&k)
	r.count(&k, -1)
	r.version++
	return k, true
}

// Replace replaces all pairs in one step: a request sees the old set or the new
// one. If a pair is invalid nothing changes.
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
	for _, secret := range r.hidden {
		next.secrets.Add(secret)
	}
	r.keys, r.issued, r.uins, r.accounts, r.secrets = next.keys, next.issued, next.uins, next.accounts, next.secrets
	r.version++
	return nil
}

// Remove removes a pair and the temporary pairs that were issued to it. It reports
// whether the pair was there.
func (r *Ring) Remove(id string) bool {
	r.mu.Lock()
	_, ok := r.drop(id)
	var gone []string
	if ok {
		gone = append(r.dropIssuedTo(id), id)
	}
	keeper := r.keeper
	r.mu.Unlock()
	forget(keeper, gone)
	return ok
}

// Hide makes Redact mask a secret that belongs to no pair.
func (r *Ring) Hide(secret string) {
	if secret == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hidden = append(r.hidden, secret)
	r.secrets.Add(secret)
}

// Redact masks the secrets and tokens of all pairs, and those of Hide, in a text, in any encoding; see
// package redact. Those shorter than eight bytes are not masked.
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
	return r.ListOf(func(string) bool { return true })
}

// ListOf returns the pairs of the accounts that a test selects by their APPID, sorted
// by id.
func (r *Ring) ListOf(test func(appID string) bool) []Key {
	r.mu.RLock()
	var list []Key
	for appID, ids := range r.accounts {
		if test(appID) {
			list = r.appendAccount(list, ids)
		}
	}
	r.mu.RUnlock()
	return sorted(list)
}

// Account returns the pairs of an account, sorted by id.
func (r *Ring) Account(appID string) []Key {
	r.mu.RLock()
	list := r.appendAccount(nil, r.accounts[appID])
	r.mu.RUnlock()
	return sorted(list)
}

// appendAccount appends the pairs with these ids, under the lock.
func (r *Ring) appendAccount(list []Key, ids map[string]struct{}) []Key {
	for id := range ids {
		list = append(list, r.keys[id])
	}
	return list
}

func sorted(list []Key) []Key {
	slices.SortFunc(list, func(a, b Key) int { return strings.Compare(a.SecretID, b.SecretID) })
	return list
}

// RemoveAccount removes all pairs of an account, and those of others that were issued
// to one of them.
func (r *Ring) RemoveAccount(appID string) {
	r.mu.Lock()
	var gone []string
	for id := range maps.Clone(r.accounts[appID]) {
		r.drop(id)
		gone = append(append(gone, id), r.dropIssuedTo(id)...)
	}
	keeper := r.keeper
	r.mu.Unlock()
	forget(keeper, gone)
}
