// Package keyring holds the key pairs that cosemu knows, permanent and temporary
// ones, and finds the one that a request names.
package keyring

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer"
)

// Key is a key pair. No printed, logged or marshalled form of it shows its secret
// or its token.
type Key struct {
	// SecretID names the pair. Every signature contains it.
	SecretID string
	// SecretKey signs.
	SecretKey string
	// AppID is the account that owns the pair, such as 1250000000.
	AppID string
	// OwnerUIN is the uin of the account's root; empty: it is the APPID. See Owner.
	OwnerUIN string
	// UIN is the user to whom the pair belongs: the account's root or a
	// sub-account; empty: the root. See User.
	UIN string
	// Token is the token of a temporary pair. Requests carry it as
	// x-cos-security-token.
	Token string
	// Expires is the end of a temporary pair; zero: it never expires.
	Expires time.Time

	// Rights is the policy of the sub-account or the role; nil: it may do all that
	// its account may.
	Rights *policy.Policy
	// Session is the session policy of a temporary pair; nil: it has none.
	Session *policy.Policy

	// Parent is the id of the permanent pair to which a temporary one was issued.
	// Without its parent a temporary pair is unknown. Empty for other pairs.
	Parent string
	// Role is the number of the role for which the pair was issued; else empty.
	Role string
	// SessionName is the Name of a federated user or the RoleSessionName of a role.
	SessionName string
}

// Owner is the uin of the account's root.
func (k Key) Owner() string {
	if k.OwnerUIN != "" {
		return k.OwnerUIN
	}
	return k.AppID
}

// User is the uin of the user to whom the pair belongs.
func (k Key) User() string {
	if k.UIN != "" {
		return k.UIN
	}
	return k.Owner()
}

// Root reports whether the pair belongs to the account's root, not to a sub-account
// or a role.
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

// Format prints String for every verb: %+v and %x would print the fields.
func (k Key) Format(f fmt.State, verb rune) {
	text := k.String()
	switch {
	case verb == 'q':
		text = fmt.Sprintf("%q", text)
	case verb == 'v' && f.Flag('#'):
		text = k.GoString()
	}
	_, _ = f.Write([]byte(text)) // fmt keeps the error
}

// LogValue is String, for logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is String, for JSON and other text formats.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// ErrInvalidKey is wrapped by the errors of Ring.Add for a pair that cannot be used.
var ErrInvalidKey = bilingual.Errorf("invalid key pair", "密钥无效")

// validate says what is wrong with the pair. It shows neither secret nor token.
func (k Key) validate() error {
	switch {
	case k.SecretID == "":
		return bilingual.Errorf("%w: the secret id is missing", "%w：缺少 SecretId", ErrInvalidKey)
	case !printable(k.SecretID):
		return bilingual.Errorf("%w: the secret id has a blank or a control character in it", "%w：SecretId 里有空白或控制字符", ErrInvalidKey)
	case k.SecretKey == "":
		return bilingual.Errorf("%w: %s: the secret key is missing", "%w：%s：缺少 SecretKey", ErrInvalidKey, k.SecretID)
	case !printable(k.SecretKey):
		return bilingual.Errorf("%w: %s: the secret key has a blank or a control character in it", "%w：%s：SecretKey 里有空白或控制字符", ErrInvalidKey, k.SecretID)
	case !printable(k.Token):
		return bilingual.Errorf("%w: %s: the token has a blank or a control character in it", "%w：%s：Token 里有空白或控制字符", ErrInvalidKey, k.SecretID)
	case k.Token == "" && !k.Expires.IsZero():
		return bilingual.Errorf("%w: %s: only a temporary pair expires, and that needs a token", "%w：%s：只有临时密钥会过期，而它需要 Token", ErrInvalidKey, k.SecretID)
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
