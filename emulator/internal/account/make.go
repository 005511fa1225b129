package account

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// Request says what an account to be made is like.
type Request struct {
	// AppID is its APPID; empty: one that nobody has.
	AppID string
	Name  string
	// Region, ACL and CORS are those of its buckets.
	Region, ACL, CORS string
	// Buckets are the names of its buckets without the APPID.
	Buckets []string
	TTL     time.Duration
	// SetClock sets its clock; nil: it follows the server's.
	SetClock func(*clock.Clock)
}

// Make makes an account with its key pair and its buckets. The error wraps ErrTaken,
// ErrFull, or the error of a bucket; then nothing was made.
func (r *Registry) Make(in Request) (*Account, error) {
	r.sweep()
	r.change.Lock()
	defer r.change.Unlock()
	if r.count() >= r.Max {
		r.removeOver(never)
	}
	if n := r.count(); n >= r.Max {
		return nil, fmt.Errorf("%w: max_accounts is %d", ErrFull, r.Max)
	}
	appID, err := r.freeAppID(in.AppID)
	if err != nil {
		return nil, err
	}
	a := &Account{
		AppID: appID, UIN: "100" + appID, Name: in.Name, Region: cmp.Or(in.Region, r.Region), ACL: in.ACL, CORS: in.CORS, TTL: in.TTL,
		Created: r.Real().UTC().Round(0), made: true, clock: clock.NewFollowing(r.Clock),
	}
	a.key = keyring.Key{SecretID: "AKID" + random(32), SecretKey: random(32), AppID: appID, OwnerUIN: a.UIN}
	if in.SetClock != nil {
		in.SetClock(a.clock)
		a.start = settingOf(a.clock)
		a.clock.Keep()
	}
	for _, name := range in.Buckets {
		a.Buckets = append(a.Buckets, name+"-"+appID)
	}
	if err := r.save(a); err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.add(a)
	r.mu.Unlock()
	err = r.Keys.Add(a.key)
	for i := 0; i < len(a.Buckets) && err == nil; i++ {
		err = r.MakeBucket(a, a.Buckets[i])
	}
	if err != nil {
		r.undo(a)
		return nil, err
	}
	return a, nil
}

func (r *Registry) undo(a *Account) {
	if err := r.remove(a); err != nil {
		r.Log.Error("an account that could not be made is still there in part", "account", a.AppID, "error", err)
	}
}

func (r *Registry) count() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.made
}

// freeAppID returns the APPID that was asked for, or the next one, if nobody has it.
func (r *Registry) freeAppID(asked string) (string, error) {
	if asked != "" {
		taken, err := r.taken(asked)
		if err == nil && taken {
			err = fmt.Errorf("%w: %s", ErrTaken, asked)
		}
		return asked, err
	}
	for {
		appID := strconv.FormatUint(r.next, 10)
		r.next++
		if taken, err := r.taken(appID); err != nil || !taken {
			return appID, err
		}
	}
}

// taken reports whether an APPID has an account, a key pair or a bucket.
func (r *Registry) taken(appID string) (bool, error) {
	if r.find(appID) != nil || r.Keys.HasAccount(appID) {
		return true, nil
	}
	buckets, err := r.Store.BucketsOf(appID)
	return len(buckets) > 0, err
}

// random returns n letters and digits.
func random(n int) string {
	text := rand.Text()
	for len(text) < n {
		text += rand.Text()
	}
	return text[:n]
}
