package keyring

import (
	"errors"
	"fmt"
	"time"
)

// MaxIssued bounds the issued pairs on a ring (choice 273).
const MaxIssued = 10_000

// ErrFull means that the ring holds MaxIssued issued pairs that have not expired.
var ErrFull = errors.New("too many temporary keys")

// Keeper stores issued pairs, so that they outlive the ring. Its methods are called
// outside the ring's lock.
type Keeper interface {
	// Keep is called before the pair can be used.
	Keep(k Key) error
	// Forget is called when the pair cannot be used any more. It logs its own
	// errors, since the ring drops the pair in any case.
	Forget(id string)
}

// KeepIn sets the keeper of the pairs that are issued from now on.
func (r *Ring) KeepIn(k Keeper) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keeper = k
}

// Issue adds a temporary pair that was issued to its Parent, after the keeper has
// stored it. If the ring is full, expired pairs of its account are removed first: now is the
// time of that account alone. If the ring is still full the error is ErrFull.
func (r *Ring) Issue(k Key, now time.Time) error {
	if k.Parent == "" || k.Token == "" || k.Expires.IsZero() {
		return fmt.Errorf("%w: %s: an issued pair has a parent, a token and an end", ErrInvalidKey, k.SecretID)
	}
	if err := k.validate(); err != nil {
		return err
	}
	r.mu.Lock()
	var gone []string
	if r.issued >= MaxIssued {
		gone = r.dropWhere(func(old Key) bool { return old.Parent != "" && old.AppID == k.AppID && !now.Before(old.Expires) })
	}
	full, keeper := r.issued >= MaxIssued, r.keeper
	r.mu.Unlock()
	forget(keeper, gone)
	if full {
		return ErrFull
	}
	if keeper != nil {
		if err := keeper.Keep(k); err != nil {
			return fmt.Errorf("keep a temporary key: %w", err)
		}
	}
	return r.Add(k)
}

// Issued is the number of issued pairs on the ring.
func (r *Ring) Issued() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.issued
}

// dropIssuedTo removes the pairs that were issued to another, under the lock, and
// returns their ids.
func (r *Ring) dropIssuedTo(parent string) []string {
	if r.issued == 0 {
		return nil
	}
	return r.dropWhere(func(k Key) bool { return k.Parent == parent })
}

// dropWhere removes the pairs that a test selects, under the lock, and returns
// their ids.
func (r *Ring) dropWhere(test func(Key) bool) []string {
	var gone []string
	for id, k := range r.keys {
		if test(k) {
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
