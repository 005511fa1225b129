// Package account knows the accounts that were made since the start: each an APPID
// with its own key pair, buckets, clock and requests, so that tests which run side by
// side do not meet. Each is a row of the store, so that it outlives a restart.
package account

import (
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// Account is an account. Only its clock and its lease change.
type Account struct {
	AppID   string
	UIN     string // of its root
	Name    string // for people; need not be unique
	Region  string // of its buckets
	Buckets []string
	// ACL and CORS are what its buckets are made with; empty for the defaults.
	ACL, CORS string
	Created   time.Time
	// TTL is how long it stays when nobody touches it, in real time; 0: for good.
	TTL time.Duration

	key     keyring.Key
	keyGone atomic.Bool // it was deleted
	made    bool        // false: the configuration names it
	clock   *clock.Clock
	start   setting // of the clock
	touched atomic.Int64
	busy    atomic.Int64 // uses that are under way, see Enter
	gone    atomic.Bool
}

// Clock is the account's clock. It follows the server's until it is set.
func (a *Account) Clock() *clock.Clock { return a.clock }

// Key is the key pair that it was made with.
func (a *Account) Key() keyring.Key { return a.key }

// Made reports whether the account was made since the start; else the configuration
// names it.
func (a *Account) Made() bool { return a.made }

// over reports whether the lease is over at a real time.
func (a *Account) over(now time.Time) bool {
	return a.TTL > 0 && a.busy.Load() == 0 && now.UnixNano()-a.touched.Load() >= int64(a.TTL)
}

// end is when the lease will be over if nobody touches the account.
func (a *Account) end() time.Time { return time.Unix(0, a.touched.Load()).Add(a.TTL) }

// setting is how a clock is set; zero: it follows the server's.
type setting struct {
	Own    bool          `json:"own,omitempty"`
	Frozen bool          `json:"frozen,omitempty"`
	At     time.Time     `json:"at,omitzero"`
	Offset time.Duration `json:"offset,omitempty"`
}

func settingOf(c *clock.Clock) setting {
	if !c.Own() {
		return setting{}
	}
	s := c.State()
	if s.Frozen {
		return setting{Own: true, Frozen: true, At: s.Now}
	}
	return setting{Own: true, Offset: s.Offset}
}

func (s setting) apply(c *clock.Clock) {
	switch {
	case !s.Own:
		c.Follow()
	case s.Frozen:
		c.Freeze(s.At)
	default:
		c.Shift(s.Offset)
	}
}

// row is an account as a document of the store.
type row struct {
	UIN, Name, Region   string
	Buckets             []string
	ACL, CORS           string
	Created             time.Time
	TTL                 time.Duration
	SecretID, SecretKey string // empty: the pair was deleted
	Clock, Start        setting
}

func (a *Account) marshal() ([]byte, error) {
	r := row{
		UIN: a.UIN, Name: a.Name, Region: a.Region, Buckets: a.Buckets, ACL: a.ACL, CORS: a.CORS, Created: a.Created, TTL: a.TTL,
		SecretID: a.key.SecretID, SecretKey: a.key.SecretKey, Clock: settingOf(a.clock), Start: a.start,
	}
	if a.keyGone.Load() {
		r.SecretID, r.SecretKey = "", ""
	}
	return json.Marshal(r)
}

func unmarshal(appID string, doc []byte, server *clock.Clock) (*Account, error) {
	var r row
	if err := json.Unmarshal(doc, &r); err != nil {
		return nil, errUnreadable // not err, which quotes the document
	}
	a := &Account{
		AppID: appID, UIN: r.UIN, Name: r.Name, Region: r.Region, Buckets: r.Buckets, ACL: r.ACL, CORS: r.CORS,
		Created: r.Created, TTL: r.TTL, made: true, start: r.Start, clock: clock.NewFollowing(server),
		key: keyring.Key{SecretID: r.SecretID, SecretKey: r.SecretKey, AppID: appID, OwnerUIN: r.UIN},
	}
	a.keyGone.Store(r.SecretID == "")
	r.Clock.apply(a.clock)
	return a, nil
}
