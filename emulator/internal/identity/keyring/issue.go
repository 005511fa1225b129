package keyring

import (
	"errors"
	"fmt"
	"time"
)

// MaxIssued is how many issued pairs a ring holds (choice 273).
const MaxIssued = 10_000

// ErrFull means that the ring holds MaxIssued issued pairs, and none of them
// has expired.
var ErrFull = errors.New("too many temporary keys")

// Keeper keeps issued pairs for longer than a ring lives. Its methods are
// called outside the ring's lock.
type Keeper interface {
	// Keep is called before the pair can be used.
	Keep(k Key) error
	// Forget is called once it cannot be used any more. It reports its own
	// failures: for the ring the pair is gone either way.
	Forget(id string)
}

// KeepIn hands what is issued from now on to a keeper.
func (r *Ring) KeepIn(k Keeper) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keeper = k
}

// Issue puts a temporary pair on the ring that was made for its Parent, and
// hands it to the keeper. When there is no room, those that have expired make
// room; a ring that is still full then refuses with ErrFull.
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
		gone = r.dropWhere(func(old Key) bool { return old.Parent != "" && !now.Before(old.Expires) })
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

// Issued is how many pairs the ring holds that were issued.
func (r *Ring) Issued() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.issued
}

// dropIssuedTo takes off the pairs that were issued to another, under the lock,
// and returns their ids.
func (r *Ring) dropIssuedTo(parent string) []string {
	if r.issued == 0 {
		return nil
	}
	return r.dropWhere(func(k Key) bool { return k.Parent == parent })
}

// dropWhere takes off the pairs that a test chooses, under the lock, and
// returns their ids.
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
