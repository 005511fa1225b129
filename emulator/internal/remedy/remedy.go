// Package remedy changes what made the emulator refuse a request: it creates the missing bucket,
// adds the missing CORS rule, and so on. A remedy is a promise: once it is applied, the very same
// request would be accepted. So each is tried on that request, and taken back if it does not hold.
// Undo restores exactly what was.
package remedy

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/explain"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// Emulator is what remedies change.
type Emulator interface {
	Clock() *clock.Clock
	Accounts() *account.Registry
	Keys() *keyring.Ring
	Store() *storage.Store
	Resolver() *addr.Resolver
	CreateBucket(api.BucketConfig) error
	DeleteBucket(name string) error
	Explain(explain.Question) (*explain.Explanation, error)
}

// The ids of remedies. That of an alias is followed by a colon and the bucket.
const (
	RealTime     = "real-time"
	CreateBucket = "create-bucket"
	AllowOrigin  = "allow-origin"
	AddStatement = "add-statement"
	AddAlias     = "add-alias"
	Accelerate   = "enable-acceleration"
)

// Offer is a remedy for a request.
type Offer struct {
	ID string
	// Title says what it does.
	Title diagnose.Text
	// By is the call or the setting that does the same.
	By string
	// Document is what it stores, in XML or JSON; empty for none.
	Document string
}

// Applied is a remedy that was applied and can be undone.
type Applied struct {
	Offer
	UndoID  string
	Request string // the id of the request
	Account string // whose request it is

	undo undo
}

// undo restores what was. Without force it destroys nothing that came later.
type undo func(force bool) error

// remedy is an offer with what it does.
type remedy struct {
	Offer
	apply func() (undo, error)
	// now: the request is judged by the present time, not by that of its arrival.
	now bool
}

// What can be wrong with a call.
var (
	// ErrNone: the request has no such remedy.
	ErrNone = errors.New("there is no such remedy for this request")
	// ErrChanged: what the remedy made was changed since, so that it stays as it is.
	ErrChanged = errors.New("it was changed since then, so nothing was undone")
	// ErrNotEmpty: the bucket that it made has objects by now.
	ErrNotEmpty = errors.New("the bucket has objects by now; force=true removes them too")
	// ErrUnknown: there is nothing to undo under this id.
	ErrUnknown = errors.New("nothing to undo under this id")
)

// Insufficient is the error of a remedy with which the request would still be refused. Everything
// is as it was.
type Insufficient struct{ Code, Message string }

// Error says why.
func (e *Insufficient) Error() string {
	return fmt.Sprintf("the request would still be refused (%s: %s), so nothing was changed", e.Code, e.Message)
}

// maxApplied is how many remedies can be undone, the latest ones (choice 790).
const maxApplied = 100

// Remedies offers, applies and undoes. It is safe for concurrent use.
type Remedies struct {
	emulator Emulator

	mu      sync.Mutex // one change at a time
	applied []*Applied
}

// New returns the remedies of an emulator.
func New(e Emulator) *Remedies { return &Remedies{emulator: e} }

// Offers returns what can be done so that the request of e would be accepted, and nothing for a
// request that was accepted.
func (r *Remedies) Offers(e *journal.Entry) []Offer {
	list := r.remedies(e)
	out := make([]Offer, len(list))
	for i := range list {
		out[i] = list[i].Offer
	}
	return out
}

// remedies returns those that may hold. A request of which the journal left out a part cannot be
// judged again.
func (r *Remedies) remedies(e *journal.Entry) []remedy {
	if e.Omitted != nil || e.Request == nil || e.Verdict != journal.Refused && e.Verdict != journal.Reported {
		return nil
	}
	var list []remedy
	for _, find := range []func(*journal.Entry) []remedy{
		r.realTime, r.createBucket, r.allowOrigin, r.addStatement, r.addAlias, r.accelerate,
	} {
		list = append(list, find(e)...)
	}
	return list
}

// Apply applies a remedy. The error is ErrNone or *Insufficient, or an error of the storage.
func (r *Remedies) Apply(e *journal.Entry, id string) (*Applied, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.remedies(e)
	at := slices.IndexFunc(list, func(x remedy) bool { return x.ID == id })
	if at < 0 {
		return nil, ErrNone
	}
	undo, err := list[at].apply()
	if err != nil {
		return nil, err
	}
	if err := r.holds(e, list[at].now); err != nil {
		return nil, errors.Join(err, undo(true))
	}
	a := &Applied{Offer: list[at].Offer, UndoID: rand.Text(), Request: e.ID, Account: e.Account, undo: undo}
	r.applied = append(r.applied, a)
	r.applied = r.applied[max(0, len(r.applied)-maxApplied):]
	return a, nil
}

// holds judges the request again, without its body.
func (r *Remedies) holds(e *journal.Entry, now bool) error {
	scheme := e.Scheme
	if scheme == "" {
		scheme = "http"
	}
	at := e.At
	if now {
		at = time.Time{}
	}
	return r.accepted(scheme, e.Request, at)
}

// accepted judges a request without its body; a zero time is now.
func (r *Remedies) accepted(scheme string, req *signer.Request, at time.Time) error {
	q := explain.Question{URL: scheme + "://" + req.Host + req.Target(), Method: req.Method, Header: req.Header.Clone(), At: at}
	x, err := r.emulator.Explain(q)
	switch {
	case err != nil:
		return err
	case x.Entry == nil:
		return &Insufficient{Code: "unchecked", Message: "it cannot be judged without its body"}
	case x.Entry.Verdict != journal.Accepted:
		return &Insufficient{Code: x.Entry.Code, Message: x.Entry.Message}
	}
	return nil
}

// Applied returns the remedies of a request that can be undone, the latest one last.
func (r *Remedies) Applied(request string) []Applied {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Applied
	for _, a := range r.applied {
		if a.Request == request {
			out = append(out, *a)
		}
	}
	return out
}

// Undo restores what was before a remedy. account, if not empty, is whose request it must be. force
// removes a bucket with everything that is in it by now. The error is ErrUnknown, ErrChanged or
// ErrNotEmpty, or an error of the storage; then nothing was undone.
func (r *Remedies) Undo(id, account string, force bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := slices.IndexFunc(r.applied, func(a *Applied) bool { return a.UndoID == id && (account == "" || a.Account == account) })
	if at < 0 {
		return ErrUnknown
	}
	err := r.applied[at].undo(force)
	if errors.Is(err, ErrNotEmpty) {
		return err // it can be tried again
	}
	r.applied = slices.Delete(r.applied, at, at+1)
	return err
}
