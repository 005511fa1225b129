package identity_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/storage"
)

const account = "1250000000"

func now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func root() keyring.Key {
	return keyring.Key{SecretID: "AKIDroot", SecretKey: "root-secret", AppID: account, OwnerUIN: "100000000001"}
}

func limited(t *testing.T) keyring.Key {
	k := root()
	k.SecretID, k.SecretKey, k.UIN = "AKIDa-limited", "limited-secret", "100000000011"
	p, err := policy.Parse([]byte(`{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:GetObject"],"resource":["*"]}]}`), policy.Identity)
	require.NoError(t, err)
	k.Rights = p
	return k
}

func uploader() sts.Role {
	return sts.Role{Name: "uploader", ID: "4611686018427387904", AppID: account}
}

// open makes a directory over a store and loads it.
func open(t *testing.T, st *storage.Store, at time.Time, roles []sts.Role, keys ...keyring.Key) *identity.Directory {
	t.Helper()
	d, err := identity.New(identity.Config{Keys: keys, Roles: roles, Store: st, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, d.Load(nil, func(string) time.Time { return at }))
	return d
}

func memory(t *testing.T) *storage.Store {
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return st
}

func TestConfig(t *testing.T) {
	other := root()
	other.SecretID, other.OwnerUIN = "AKIDother", "100000000002"
	for want, c := range map[string]identity.Config{
		"credentials: ":  {Keys: []keyring.Key{root(), other}},
		"tokens: ":       {Tokens: "hex"},
		"is there twice": {Roles: []sts.Role{uploader(), {Name: "uploader", AppID: account}}},
		"APPID":          {Roles: []sts.Role{{Name: "uploader", AppID: "x"}}},
	} {
		_, err := identity.New(c)
		require.ErrorContains(t, err, want)
	}
	_, err := identity.New(identity.Config{Keys: []keyring.Key{root()}, Tokens: sts.AlphabetStandard, Roles: []sts.Role{uploader()}})
	require.NoError(t, err, "the control")
}

func TestRoleName(t *testing.T) {
	d := open(t, memory(t), now(), []sts.Role{uploader()}, root())
	require.Equal(t, "uploader", d.RoleName(account, uploader().ID))
	require.Empty(t, d.RoleName("1300000001", uploader().ID), "of another account")
	require.Empty(t, d.RoleName(account, "1"))
}

func TestSigningKey(t *testing.T) {
	d := open(t, memory(t), now(), nil, limited(t), root())
	for _, c := range []struct{ id, account, want string }{
		{"", account, "AKIDroot"}, // not the first, whose policy limits it
		{"AKIDa-limited", "", "AKIDa-limited"},
		{"AKIDa-limited", "1300000001", "AKIDa-limited"},
	} {
		k, err := d.SigningKey(c.id, c.account)
		require.NoError(t, err, c)
		require.Equal(t, c.want, k.SecretID, c)
	}
	for _, c := range [][2]string{{"AKIDnobody", account}, {"", "1300000001"}} {
		_, err := d.SigningKey(c[0], c[1])
		require.ErrorIs(t, err, identity.ErrNoKey, c)
	}
	require.True(t, d.Keys().Remove("AKIDroot"))
	k, err := d.SigningKey("", account)
	require.NoError(t, err)
	require.Equal(t, "AKIDa-limited", k.SecretID, "there is no other")
}

func TestIssueKey(t *testing.T) {
	d := open(t, memory(t), now(), nil, root())
	k, err := d.IssueKey(identity.TemporaryKeyRequest{AppID: account}, now())
	require.NoError(t, err)
	require.Equal(t, now().Add(30*time.Minute), k.Expires)
	require.Equal(t, "AKIDroot", k.Parent)
	require.NoError(t, d.Keys().Identify(k.SecretID, k.Token, now()).KeyErr)

	_, err = d.IssueKey(identity.TemporaryKeyRequest{SecretID: k.SecretID}, now())
	require.ErrorIs(t, err, identity.ErrTemporaryParent)
	_, err = d.IssueKey(identity.TemporaryKeyRequest{AppID: "1300000001"}, now())
	require.ErrorIs(t, err, identity.ErrNoKey)
	_, err = d.IssueKey(identity.TemporaryKeyRequest{AppID: account, Policy: []byte("{}")}, now())
	require.ErrorAs(t, err, new(*policy.ParseError))
	for _, lives := range []time.Duration{-time.Second, time.Millisecond, 36*time.Hour + 1} {
		_, err = d.IssueKey(identity.TemporaryKeyRequest{AppID: account, Lives: lives}, now())
		require.ErrorContains(t, err, "lives")
	}
	require.Equal(t, 1, d.Keys().Issued(), "nothing else was issued")
}

// TestOthers: the secrets that a diagnosis tries are bounded, and permanent pairs
// come first.
func TestOthers(t *testing.T) {
	d := open(t, memory(t), now(), nil, root(), limited(t))
	k, err := d.IssueKey(identity.TemporaryKeyRequest{AppID: account}, now())
	require.NoError(t, err)
	var ids []string
	for _, c := range d.Others("AKIDroot", all) {
		ids = append(ids, c.SecretID)
	}
	require.Equal(t, []string{"AKIDa-limited", k.SecretID}, ids)
	for i := range 300 {
		require.NoError(t, d.Keys().Add(keyring.Key{SecretID: fmt.Sprintf("AKID%d", i), SecretKey: "secret", AppID: account}))
	}
	require.Len(t, d.Others("", all), 200)
}

// TestKeptKeys: an issued key outlives the directory, as long as it is of use.
func TestKeptKeys(t *testing.T) {
	st := memory(t)
	role := uploader()
	role.Rights = limited(t).Rights
	first := open(t, st, now(), []sts.Role{role}, root())
	cut, err := first.IssueKey(identity.TemporaryKeyRequest{
		AppID: account, Policy: []byte(`{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],"resource":["*"]}]}`),
	}, now())
	require.NoError(t, err)
	ofRole := keyring.Key{
		SecretID: "AKIDofRole", SecretKey: "secret", Token: "token", AppID: account, Parent: "AKIDroot", Role: role.ID, Expires: now().Add(time.Hour),
	}
	require.NoError(t, first.Keys().Issue(ofRole, now()))

	kept := func(d *identity.Directory, at time.Time) []error {
		return []error{d.Keys().Identify(cut.SecretID, cut.Token, at).KeyErr, d.Keys().Identify("AKIDofRole", "token", at).KeyErr}
	}
	second := open(t, st, now(), []sts.Role{role}, root())
	require.Equal(t, []error{nil, nil}, kept(second, now()))
	k, _ := second.Keys().Get(cut.SecretID)
	require.Equal(t, cut.Session.Document(), k.Session.Document())
	k, _ = second.Keys().Get("AKIDofRole")
	require.True(t, k.Rights == role.Rights, "its rights are the role's") //nolint:testifylint // require.Equal would print the key

	late := now().Add(2 * time.Hour)
	require.Equal(t, []error{keyring.ErrTokenExpired, keyring.ErrTokenExpired}, kept(open(t, st, late, []sts.Role{role}, root()), late),
		"an expired key is told from an unknown one")
	require.Equal(t, []error{nil, keyring.ErrUnknownKey}, kept(open(t, st, now(), nil, root()), now()), "the role is gone, and so is its key")
	require.Equal(t, []error{nil, keyring.ErrUnknownKey}, kept(open(t, st, now(), []sts.Role{role}, root()), now()), "it is removed")
	tomorrow := now().Add(25 * time.Hour)
	require.Equal(t, []error{keyring.ErrUnknownKey, keyring.ErrUnknownKey}, kept(open(t, st, tomorrow, []sts.Role{role}, root()), tomorrow))
}

func all(string) bool { return true }
