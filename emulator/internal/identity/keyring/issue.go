package keyring

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// MaxIssued bounds the issued pairs of an account (choice 273).
const MaxIssued = 10_000

// ErrFull means that the account has MaxIssued issued pairs that have not expired.
var ErrFull = errors.New("too many temporary keys")

// Keeper stores pairs, so that they outlive the ring. Its methods are called outside
// the ring's lock.
type Keeper interface {
	// Keep is called before the pair can be used.
	Keep(k Key) error
	// Forget is called when a pair cannot be used any more, whether it was kept or not.
	// It logs its own errors, since the ring drops the pair in any case.
	Forget(id string)
}

// issued counts the pairs that have a parent. The ring's lock guards it.
type issued struct {
	children map[string]map[string]struct{} // their ids, by their parent
	accounts map[string]int                 // how many, by their APPID
}

func newIssued() issued {
	return issued{children: make(map[string]map[string]struct{}), accounts: make(map[string]int)}
}

func (s *issued) add(k *Key) {
	if k.Parent == "" {
		return
	}
	if s.children[k.Parent] == nil {
		s.children[k.Parent] = make(map[string]struct{})
	}
	s.children[k.Parent][k.SecretID] = struct{}{}
	s.accounts[k.AppID]++
}

func (s *issued) remove(k *Key) {
	if k.Parent == "" {
		return
	}
	if delete(s.children[k.Parent], k.SecretID); len(s.children[k.Parent]) == 0 {
		delete(s.children, k.Parent)
	}
	if s.accounts[k.AppID]--; s.accounts[k.AppID] == 0 {
		delete(s.accounts, k.AppID)
	}
}

// KeepIn sets the keeper of the pairs that are issued from now on.
func (r *Ring) KeepIn(k Keeper) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keeper = k
}

// Keep is Add for a pair that outlives the ring: the keeper stores it first. The error
// wraps ErrInvalidKey, or is the keeper's.
func (r *Ring) Keep(k Key) error {
	if err := k.validate(); err != nil {
		return err
	}
	r.mu.RLock()
	keeper := r.keeper
	r.mu.RUnlock()
	if keeper != nil {
		if err := keeper.Keep(k); err != nil {
			return fmt.Errorf("keep a key pair: %w", err)
		}
	}
	return r.Add(k)
}

// Issue adds a temporary pair that was issued to its Parent, after the keeper has
// stored it. If the account has MaxIssued of them, those that have expired are removed
// first. If there is still no room the error is ErrFull.
func (r *Ring) Issue(k Key, now time.Time) error {
	if k.Parent == "" || k.Token == "" || k.Expires.IsZero() {
		return fmt.Errorf("%w: %s: an issued pair has a parent, a token and an end", ErrInvalidKey, k.SecretID)
	}
	if err := k.validate(); err != nil {
		return err
	}
	r.mu.Lock()
	var gone []string
	if r.issued.accounts[k.AppID] >= MaxIssued {
		gone = r.dropExpired(k.AppID, now)
	}
	full := r.issued.accounts[k.AppID] >= MaxIssued
	keeper := r.keeper
	r.mu.Unlock()
	forget(keeper, gone)
	if full {
		return ErrFull
	}
	return r.Keep(k)
}

// Issued is the number of issued pairs on the ring.
func (r *Ring) Issued() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	n := 0
	for _, of := range r.issued.accounts {
		n += of
	}
	return n
}

// IssuedOf is the number of issued pairs of an account.
func (r *Ring) IssuedOf(appID string) int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.issued.accounts[appID]
}

// dropIssuedTo removes the pairs that were issued to another, under the lock, and
// returns their ids.
func (r *Ring) dropIssuedTo(parent string) []string {
	var gone []string
	for id := range maps.Clone(r.issued.children[parent]) {
		r.drop(id)
		gone = append(gone, id)
	}
	return gone
}

// dropExpired removes the issued pairs of an account that have expired, under the
// lock, and returns their ids.
func (r *Ring) dropExpired(appID string, now time.Time) []string {
	var gone []string
	for id := range maps.Clone(r.accounts[appID]) {
		if k := r.keys[id]; k.Parent != "" && !now.Before(k.Expires) {
			r.drop(id)
			gone = append(gone, id)
		}
	}
	return gone
}

func forget(k Keeper, ids []string) {
	if k == nil {
		return
	}
	for _, id := range ids {
		k.Forget(id)
	}
}
