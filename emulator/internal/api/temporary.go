package api

import (
	"errors"
	"fmt"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// TemporaryKeyRequest asks for a temporary key past the API of STS, whose
// limits do not bind it.
type TemporaryKeyRequest struct {
	// SecretID is the permanent pair whose rights it has at most; empty means
	// one of the account AppID.
	SecretID string
	AppID    string
	// Policy is what it may do of that, as JSON; empty means all of it.
	Policy []byte
	// Lives is how long it is valid, from the emulator's time on; half an hour
	// when zero. It is cut to whole seconds.
	Lives time.Duration
	// Name is what its use is called; empty means cosemu.
	Name string
}

// maxTemporaryLife bounds a life, as the cloud's longest is (STS docs:
// GetFederationToken).
const maxTemporaryLife = 36 * time.Hour

// ErrTemporaryParent means that a key pair cannot have temporary keys issued,
// being temporary itself.
var ErrTemporaryParent = errors.New("a temporary key cannot have others issued to it")

// TemporaryKey issues a temporary key. Its error wraps ErrNoKey,
// ErrTemporaryParent or keyring.ErrFull, is a *policy.ParseError, or says what
// is wrong with the request.
func (e *Emulator) TemporaryKey(in TemporaryKeyRequest) (keyring.Key, error) {
	if in.Lives == 0 {
		in.Lives = 30 * time.Minute
	}
	if in.Name == "" {
		in.Name = "cosemu"
	}
	if in.Lives < time.Second || in.Lives > maxTemporaryLife {
		return keyring.Key{}, fmt.Errorf("a temporary key lives from a second to %s, not %s", maxTemporaryLife, in.Lives)
	}
	parent, err := e.signingKey(in.SecretID, in.AppID)
	if err != nil {
		return keyring.Key{}, err
	}
	if parent.Temporary() {
		return keyring.Key{}, fmt.Errorf("%w: %s", ErrTemporaryParent, parent.SecretID)
	}
	var session *policy.Policy
	if len(in.Policy) > 0 {
		if session, err = policy.Parse(in.Policy, policy.Session); err != nil {
			return keyring.Key{}, err
		}
	}
	return e.sts.Issue(parent, session, in.Name, in.Lives, e.env.Now(""))
}
