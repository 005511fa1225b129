// Package identity knows who may ask: the key pairs (package keyring), the roles,
// and the temporary keys that STS issues (package sts). It keeps issued keys in
// the store, so that they outlive a restart.
//
// Who sent a request is one value, [keyring.Identity], whatever scheme signed it.
// What the sender may do is for package authz to decide.
package identity

import (
	"log/slog"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// Config is what a Directory is made of.
type Config struct {
	// Keys are the key pairs that Load puts on the ring.
	Keys  []keyring.Key
	Roles []sts.Role
	// Tokens is the alphabet of issued tokens.
	Tokens sts.Alphabet
	// Store keeps issued keys.
	Store *storage.Store
	Log   *slog.Logger
}

// Directory holds the key pairs and roles of all accounts. It is safe for
// concurrent use.
type Directory struct {
	configured []keyring.Key
	keys       *keyring.Ring
	roles      []sts.Role
	sts        *sts.Service
	kept       kept
}

// New returns a directory without any key pair: see Load. Its errors name the
// part of the configuration that is wrong.
func New(c Config) (*Directory, error) {
	keys, err := keyring.Settle(c.Keys)
	if err != nil {
		return nil, bilingual.Errorf("credentials: %w", "credentials：%w", err)
	}
	if !c.Tokens.Valid() {
		return nil, bilingual.Errorf("tokens: %q is neither %s nor %s", "tokens：%q 既不是 %s 也不是 %s", c.Tokens, sts.AlphabetURL, sts.AlphabetStandard)
	}
	roles, err := resolve(c.Roles)
	if err != nil {
		return nil, err
	}
	ring := keyring.New()
	d := &Directory{
		configured: keys, keys: ring, roles: roles, kept: kept{store: c.Store, log: c.Log},
		sts: sts.New(sts.Config{Keys: ring, Roles: roles, Alphabet: c.Tokens}),
	}
	ring.KeepIn(d.kept)
	return d, nil
}

// resolve fills in what roles leave out.
func resolve(configured []sts.Role) ([]sts.Role, error) {
	roles := make([]sts.Role, len(configured))
	for i, r := range configured {
		r, err := r.Resolved()
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(roles[:i], func(o sts.Role) bool { return o.AppID == r.AppID && (o.Name == r.Name || o.ID == r.ID) }) {
			return nil, bilingual.Errorf("role %q is there twice", "角色 %q 出现了两次", r.Name)
		}
		roles[i] = r
	}
	return roles, nil
}

// Load makes the configured key pairs, those of accounts, and those that an earlier
// run added or issued and that are of use now, all that there are. now is the time of an
// account by its APPID.
func (d *Directory) Load(accounts []keyring.Key, now func(appID string) time.Time) error {
	if err := d.keys.Replace(slices.Concat(d.configured, accounts)); err != nil {
		return err
	}
	if err := d.kept.loadAdded(d.keys); err != nil {
		return err
	}
	return d.kept.load(d.keys, d.roles, now)
}

// Keys are the key pairs.
func (d *Directory) Keys() *keyring.Ring { return d.keys }

// STS is the service that issues temporary keys.
func (d *Directory) STS() *sts.Service { return d.sts }

// RoleName is the name of a role of an account by its number; "" where it is not
// configured.
func (d *Directory) RoleName(appID, id string) string {
	for i := range d.roles {
		if r := &d.roles[i]; r.ID == id && r.AppID == appID {
			return r.Name
		}
	}
	return ""
}

// ErrNoKey means that no key pair is there to sign with.
var ErrNoKey = bilingual.Errorf("no key pair to sign with", "没有可用来签名的密钥")

// SigningKey is the key pair with this id; with an empty id a permanent one of the
// account, if possible one that no policy limits. Its error wraps ErrNoKey.
func (d *Directory) SigningKey(id, appID string) (keyring.Key, error) {
	if id != "" {
		if k, ok := d.keys.Get(id); ok {
			return k, nil
		}
		return keyring.Key{}, bilingual.Errorf("%w: secret id %q is not known", "%w：SecretId %q 不存在", ErrNoKey, id)
	}
	var limited *keyring.Key
	for _, k := range d.keys.Account(appID) {
		switch {
		case k.Temporary():
		case k.Rights == nil:
			return k, nil
		case limited == nil:
			limited = &k
		}
	}
	if limited != nil {
		return *limited, nil
	}
	return keyring.Key{}, bilingual.Errorf("%w: none belongs to APPID %s", "%w：没有密钥属于 APPID %s", ErrNoKey, appID)
}

// maxOthers bounds how many secrets a diagnosis tries.
const maxOthers = 200

// Others are the key pairs but one of the accounts that a test selects, the permanent
// ones first, for a diagnosis to try their secrets.
func (d *Directory) Others(but string, of func(appID string) bool) []signer.Credentials {
	var permanent, issued []signer.Credentials
	for _, k := range d.keys.ListOf(of) {
		switch {
		case k.SecretID == but:
		case k.Parent == "":
			permanent = append(permanent, k.Credentials())
		default:
			issued = append(issued, k.Credentials())
		}
	}
	all := slices.Concat(permanent, issued)
	return all[:min(len(all), maxOthers)]
}
