// Package keyring holds the key pairs that the emulator knows: permanent ones,
// and temporary ones with their token and end of life.
package keyring

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer"
)

// Key is one key pair. Its secret and its token never show in any printed,
// logged or marshalled form.
type Key struct {
	// SecretID names the pair; it stands in the clear in every signature.
	SecretID string
	// SecretKey signs.
	SecretKey string
	// AppID is the account that owns the pair, such as 1250000000.
	AppID string
	// OwnerUIN is that account's number in CAM, the uin of its root; empty
	// means that it is the APPID. See Owner.
	OwnerUIN string
	// UIN is the user whom the pair belongs to: the account's root, or a
	// sub-account of it. Empty means the root. See User.
	UIN string
	// Token makes the pair a temporary one: requests must carry it as
	// x-cos-security-token.
	Token string
	// Expires is when a temporary pair stops to be one; zero is never.
	Expires time.Time

	// Rights are what the sub-account or the role may do; nil is everything that
	// its account may.
	Rights *policy.Policy
	// Session is what a temporary pair was cut down to; nil is not at all.
	Session *policy.Policy

	// Parent is the id of the permanent pair that a temporary one was issued
	// to. Without its parent it is worth nothing. Empty for all others.
	Parent string
	// Role is the number of the role whose pair it is; else empty.
	Role string
	// SessionName is what whoever asked for the pair called its use: the Name of
	// a federated user, the RoleSessionName of a role.
	SessionName string
}

// Owner is the uin of the account's root.
func (k Key) Owner() string {
	if k.OwnerUIN != "" {
		return k.OwnerUIN
	}
	return k.AppID
}

// User is the uin of the user whom the pair belongs to.
func (k Key) User() string {
	if k.UIN != "" {
		return k.UIN
	}
	return k.Owner()
}

// Root tells whether the pair belongs to the account itself, not to one of its
// sub-accounts or roles.
func (k Key) Root() bool { return k.Role == "" && k.User() == k.Owner() }

// Temporary reports whether the pair has a token.
func (k Key) Temporary() bool { return k.Token != "" }

// Credentials are what signs with the pair.
func (k Key) Credentials() signer.Credentials {
	return signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token}
}

// String names the pair without its secret or token.
func (k Key) String() string {
	var b strings.Builder
	b.WriteString(k.SecretID)
	if k.AppID != "" {
		b.WriteString(" of " + k.AppID)
	}
	if k.Temporary() {
		b.WriteString(", temporary")
	}
	if !k.Expires.IsZero() {
		b.WriteString(", until " + k.Expires.UTC().Format(time.RFC3339))
	}
	return b.String()
}

// GoString is String in the form of %#v.
func (k Key) GoString() string { return "keyring.Key{" + k.String() + "}" }

// Format keeps every verb, %+v and %x among them, from reaching the fields.
func (k Key) Format(f fmt.State, verb rune) {
	text := k.String()
	switch {
	case verb == 'q':
		text = fmt.Sprintf("%q", text)
	case verb == 'v' && f.Flag('#'):
		text = k.GoString()
	}
	_, _ = f.Write([]byte(text)) // fmt reports what its writer says
}

// LogValue is the pair in logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is the pair in JSON and other text formats.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// ErrInvalidKey is wrapped by what Ring.Add returns for a pair that nobody
// could use.
var ErrInvalidKey = errors.New("invalid key pair")

// validate tells what is wrong with the pair, never showing secret or token.
func (k Key) validate() error {
	switch {
	case k.SecretID == "":
		return fmt.Errorf("%w: the secret id is missing", ErrInvalidKey)
	case !printable(k.SecretID):
		return fmt.Errorf("%w: the secret id has a blank or a control character in it", ErrInvalidKey)
	case k.SecretKey == "":
		return fmt.Errorf("%w: %s: the secret key is missing", ErrInvalidKey, k.SecretID)
	case !printable(k.SecretKey):
		return fmt.Errorf("%w: %s: the secret key has a blank or a control character in it", ErrInvalidKey, k.SecretID)
	case !printable(k.Token):
		return fmt.Errorf("%w: %s: the token has a blank or a control character in it", ErrInvalidKey, k.SecretID)
	case k.Token == "" && !k.Expires.IsZero():
		return fmt.Errorf("%w: %s: only a temporary pair expires, and that needs a token", ErrInvalidKey, k.SecretID)
	}
	return nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}
