package identity

import (
	"errors"
	"fmt"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// TemporaryKeyRequest asks for a temporary key without a call to STS, whose limits
// do not apply.
type TemporaryKeyRequest struct {
	// SecretID is the permanent pair whose rights the key gets; empty: one of the
	// account AppID.
	SecretID string
	AppID    string
	// Policy limits the key further, as JSON; empty: it does not.
	Policy []byte
	// Lives is how long the key is valid, cut to whole seconds; half an hour when
	// zero.
	Lives time.Duration
	// Name is the session's name; cosemu when empty.
	Name string
}

// maxTemporaryLife bounds Lives. COS gives no key a longer life (STS docs:
// GetFederationToken).
const maxTemporaryLife = 36 * time.Hour

// ErrTemporaryParent means that the pair is temporary itself, so that no key can
// be issued to it.
var ErrTemporaryParent = errors.New("a temporary key cannot have others issued to it")

// IssueKey issues a temporary key at the time now. Its error wraps ErrNoKey,
// ErrTemporaryParent or keyring.ErrFull, is a *policy.ParseError, or says what is
// wrong with the request.
func (d *Directory) IssueKey(in TemporaryKeyRequest, now time.Time) (keyring.Key, error) {
	if in.Lives == 0 {
		in.Lives = 30 * time.Minute
	}
	if in.Name == "" {
		in.Name = "cosemu"
	}
	if in.Lives < time.Second || in.Lives > maxTemporaryLife {
		return keyring.Key{}, fmt.Errorf("a temporary key lives from a second to %s, not %s", maxTemporaryLife, in.Lives)
	}
	parent, err := d.SigningKey(in.SecretID, in.AppID)
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
	return d.sts.Issue(parent, session, in.Name, in.Lives, now)
}
