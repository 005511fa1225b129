package keyring

import (
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// What can be wrong with the key pair that a request names.
var (
	// ErrUnknownKey: no pair has this SecretId.
	ErrUnknownKey = errors.New("unknown secret id")
	// ErrTokenMissing: the pair is temporary and the request has no token.
	ErrTokenMissing = errors.New("the temporary key's token is missing")
	// ErrTokenMismatch: the token is not the pair's. So is any token beside a
	// permanent pair (choice 36).
	ErrTokenMismatch = errors.New("the token does not belong to this key")
	// ErrTokenExpired: the temporary pair has expired.
	ErrTokenExpired = errors.New("the temporary key has expired")
)

// Identity is who a request claims to be from, whatever scheme signs it. That the
// claim is true the signature has yet to prove.
type Identity struct {
	// SecretID is the id that the request names.
	SecretID string
	// Key is the pair with this id; zero where there is none.
	Key Key
	// KeyErr is nil, or the error above that says why the pair cannot be used.
	KeyErr error
}

// Identify finds the pair that a request names by its id, and judges the token
// that the request carries; "": none. now is the time of the request.
func (r *Ring) Identify(id, token string, now time.Time) Identity {
	r.mu.RLock()
	k, ok := r.keys[id]
	if ok && k.Parent != "" {
		_, ok = r.keys[k.Parent]
	}
	r.mu.RUnlock()
	if !ok {
		return Identity{SecretID: id, KeyErr: ErrUnknownKey}
	}
	return Identity{SecretID: id, Key: k, KeyErr: k.judgeToken(token, now)}
}

// judgeToken judges the token of a request that the pair signed.
func (k *Key) judgeToken(token string, now time.Time) error {
	switch {
	case k.Token == "" && token == "": // a permanent pair
		return nil
	case token == "":
		return ErrTokenMissing
	case !equal(k.Token, token):
		return ErrTokenMismatch
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return ErrTokenExpired
	}
	return nil
}

// Refusal is COS's answer to a request with such a key pair; nil: the pair can be
// used.
func (i *Identity) Refusal() *coserr.Error {
	switch {
	case i.KeyErr == nil:
		return nil
	case errors.Is(i.KeyErr, ErrTokenExpired):
		return coserr.New(coserr.ExpiredToken)
	case errors.Is(i.KeyErr, ErrUnknownKey) && !IsSecretID(i.SecretID):
		return coserr.New(coserr.InvalidAccessKeyID).WithMessage(coserr.MessageKeyFormat)
	}
	return coserr.New(coserr.InvalidAccessKeyID)
}

// State is a KeyErr as the diagnosis knows it.
func State(keyErr error) diagnose.KeyState {
	switch {
	case errors.Is(keyErr, ErrUnknownKey):
		return diagnose.KeyNotFound
	case errors.Is(keyErr, ErrTokenMissing):
		return diagnose.KeyTokenMissing
	case errors.Is(keyErr, ErrTokenMismatch):
		return diagnose.KeyTokenUnknown
	case errors.Is(keyErr, ErrTokenExpired):
		return diagnose.KeyTokenExpired
	}
	return diagnose.KeyFound
}

// IsSecretID reports whether a text has the form of a SecretId: AKID, then
// letters, digits, dashes and underscores (choice 404).
func IsSecretID(id string) bool {
	rest, ok := strings.CutPrefix(id, "AKID")
	return ok && rest != "" && strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// equal compares in a time that depends on the lengths alone. It is
// subtle.ConstantTimeCompare without the two copies that its slices would cost
// every request with a temporary key.
func equal(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	var diff byte
	for i := range len(a) {
		diff |= a[i] ^ b[i]
	}
	return subtle.ConstantTimeByteEq(diff, 0) == 1
}
