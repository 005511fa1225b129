package account

import (
	"errors"
	"fmt"
	"time"

	"github.com/cosemu/cosemu/storage"
)

// Remove removes an account with all that is its: buckets, objects, uploads, key
// pairs, requests. The error wraps ErrUnknown or ErrConfigured.
func (r *Registry) Remove(appID string) error {
	r.change.Lock()
	defer r.change.Unlock()
	a := r.find(appID)
	switch {
	case a == nil:
		return fmt.Errorf("%w: %q", ErrUnknown, appID)
	case !a.made:
		return fmt.Errorf("%w: %q", ErrConfigured, appID)
	}
	return r.remove(a)
}

// remove is Remove while no other account is made or removed. The row goes last: if
// the process ends before, the account is there after a restart, to be removed again.
func (r *Registry) remove(a *Account) error {
	a.gone.Store(true)
	r.Keys.RemoveAccount(a.AppID)
	r.mu.Lock()
	delete(r.byID, a.AppID)
	r.made--
	r.mu.Unlock()
	err := r.eachBucket(a.AppID, func(b *storage.Bucket) error { return r.Store.DropBucket(b.Name) })
	r.Forget(a.AppID)
	if r.Removed != nil {
		r.Removed(a.AppID)
	}
	return errors.Join(err, r.Store.DeleteDocument(kind, a.AppID))
}

// eachBucket calls use for each bucket of an account. One that is gone meanwhile is
// no error.
func (r *Registry) eachBucket(appID string, use func(*storage.Bucket) error) error {
	buckets, err := r.Store.BucketsOf(appID)
	for i := range buckets {
		if e := use(&buckets[i]); !errors.Is(e, storage.ErrNoBucket) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// Reset empties the buckets of an account and its part of the journal, and returns
// its clock to its start. Account, buckets and key pairs stay (choice 732).
func (r *Registry) Reset(appID string) error {
	a, err := r.Get(appID)
	if err != nil {
		return err
	}
	err = r.eachBucket(appID, func(b *storage.Bucket) error { return r.ClearBucket(a, b.Name) })
	a.start.apply(a.clock)
	r.Forget(appID)
	return errors.Join(err, r.Save(a))
}

// Touch notes that somebody used an account, and removes it if its lease is over. Now
// and then it removes others whose lease is over, so that no lease needs a timer.
func (r *Registry) Touch(appID string) {
	if r.due.Load() == never {
		return
	}
	if a := r.find(appID); a != nil && a.TTL > 0 {
		now := r.Real()
		if a.over(now) {
			r.logged(r.Remove(appID))
		} else {
			a.touched.Store(now.UnixNano())
		}
	}
	r.sweep()
}

// Enter notes the start of a request of an account, which may be a long upload. Its
// lease does not end before Leave (choice 738). Enter returns nil for an account
// without a lease.
func (r *Registry) Enter(appID string) *Account {
	if r.due.Load() == never {
		return nil
	}
	a := r.find(appID)
	if a == nil || a.TTL == 0 {
		return nil
	}
	a.busy.Add(1)
	return a
}

// Leave notes the end of that request. The lease starts anew.
func (r *Registry) Leave(a *Account) {
	if a != nil {
		a.touched.Store(r.Real().UnixNano())
		a.busy.Add(-1)
	}
}

// swept is how many accounts one sweep removes at most: a request waits for it.
const swept = 32

// sweepPause is the least real time between two looks at all leases.
const sweepPause = time.Second

// sweep removes accounts whose lease is over, once one may be.
func (r *Registry) sweep() {
	due := r.due.Load()
	if due == never || r.Real().UnixNano() < due || !r.change.TryLock() {
		return
	}
	defer r.change.Unlock()
	r.removeOver(swept)
}

// removeOver removes at most so many accounts whose lease is over, while no other one
// is made or removed.
func (r *Registry) removeOver(most int) {
	now := r.Real()
	next := int64(never)
	var over []*Account
	r.mu.RLock()
	for _, a := range r.byID {
		switch {
		case a.TTL == 0:
		case !a.over(now):
			next = min(next, max(a.end().UnixNano(), now.Add(sweepPause).UnixNano()))
		case len(over) < most:
			over = append(over, a)
		default:
			next = now.UnixNano()
		}
	}
	r.mu.RUnlock()
	r.due.Store(next)
	for _, a := range over {
		r.logged(r.remove(a))
	}
}

func (r *Registry) logged(err error) {
	if err != nil && !errors.Is(err, ErrUnknown) {
		r.Log.Error("removing an account", "error", err)
	}
}
