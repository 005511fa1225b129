package keyring_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

func rights(t *testing.T) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(`{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:*"],"resource":["*"]}]}`), policy.Identity)
	require.NoError(t, err)
	return p
}

// TestSettle: who is the account itself, who a sub-account, and what cannot be.
func TestSettle(t *testing.T) {
	const root, sub, other = "100000000001", "100000000011", "100000000002"
	key := func(id, uin, owner string) keyring.Key {
		return keyring.Key{SecretID: id, SecretKey: "hush", AppID: "1250000000", UIN: uin, OwnerUIN: owner}
	}
	bound := func(k keyring.Key) keyring.Key { k.Rights = rights(t); return k }
	elsewhere := func(k keyring.Key) keyring.Key { k.AppID = "1300000001"; return k }

	for name, c := range map[string]struct {
		keys []keyring.Key
		root []bool // of each, once settled
	}{
		"the account by its uin alone":             {[]keyring.Key{key("a", root, "")}, []bool{true}},
		"nothing stated":                           {[]keyring.Key{key("a", "", "")}, []bool{true}},
		"a main key beside its sub-account":        {[]keyring.Key{key("a", root, ""), bound(key("b", sub, root))}, []bool{true, false}},
		"the sub-account first":                    {[]keyring.Key{bound(key("b", sub, root)), key("a", root, "")}, []bool{false, true}},
		"a policy makes a sub-account":             {[]keyring.Key{bound(key("b", sub, "")), key("a", root, "")}, []bool{false, true}},
		"an owner_uin makes a sub-account":         {[]keyring.Key{key("b", sub, root), key("a", "", "")}, []bool{false, true}},
		"both numbers of the account":              {[]keyring.Key{key("a", root, root)}, []bool{true}},
		"another account has another uin":          {[]keyring.Key{key("a", root, ""), elsewhere(key("b", other, ""))}, []bool{true, true}},
		"a policy and no uin, as for a plain pair": {[]keyring.Key{bound(key("a", "", ""))}, []bool{true}},
	} {
		t.Run(name, func(t *testing.T) {
			settled, err := keyring.Settle(c.keys)
			require.NoError(t, err)
			for i, want := range c.root {
				require.Equal(t, want, settled[i].Root(), settled[i].SecretID)
			}
		})
	}
	settled, err := keyring.Settle([]keyring.Key{bound(key("b", sub, "")), key("a", root, "")})
	require.NoError(t, err)
	require.Equal(t, root, settled[0].Owner(), "what the main key states holds for the sub-account")

	for name, c := range map[string]struct {
		keys   []keyring.Key
		at     int
		member string
		says   string
	}{
		"two main keys, two uins":          {[]keyring.Key{key("a", root, ""), key("b", other, "")}, 1, "uin", "add owner_uin: " + root},
		"a main key under another owner":   {[]keyring.Key{key("b", sub, other), key("a", root, "")}, 1, "uin", "owner_uin: " + other},
		"sub-accounts of two owners":       {[]keyring.Key{key("a", sub, root), key("b", sub, other)}, 1, "owner_uin", "an account has one uin"},
		"a sub-account of another owner":   {[]keyring.Key{key("a", root, ""), key("b", sub, other)}, 1, "owner_uin", "has the uin " + root},
		"a policy for the account itself":  {[]keyring.Key{bound(key("a", root, root))}, 0, "policy", "no policy binds that"},
		"the same, by what another states": {[]keyring.Key{key("a", root, ""), bound(key("b", root, root))}, 1, "policy", "no policy binds that"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := keyring.Settle(c.keys)
			var wrong *keyring.Contradiction
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, c.at, wrong.At)
			require.Equal(t, c.member, wrong.Member)
			require.Contains(t, wrong.Error(), c.says)
			require.NotContains(t, wrong.Error(), "hush")
		})
	}
}
