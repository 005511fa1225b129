package signer

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/cosemu/cosemu/signer/internal/show"
)

// Credentials are a key pair, and for a temporary one its token. Printing them,
// logging them or turning them into JSON shows the SecretID alone.
type Credentials struct {
	SecretID  string
	SecretKey string
	// Token is the security token of a temporary key, empty for a permanent
	// one.
	Token string
}

// String shows the SecretID and hides the rest.
func (c Credentials) String() string {
	token := ""
	if c.Token != "" {
		token = " with token"
	}
	return "{" + c.SecretID + " " + show.Hidden + token + "}"
}

// GoString is what %#v shows: as [Credentials.String].
func (c Credentials) GoString() string { return "signer.Credentials" + c.String() }

// Format keeps the secret from the verbs that ask for no String method, such
// as %x and %d.
func (c Credentials) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		writeState(f, c.GoString())
		return
	}
	writeState(f, c.String())
}

// LogValue is what structured logs show: as [Credentials.String].
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is what JSON shows: as [Credentials.String]. There is no way
// back; settings are read into types of their own.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

func writeState(f fmt.State, s string) {
	// A fmt.State keeps its own errors.
	_, _ = io.WriteString(f, s)
}
