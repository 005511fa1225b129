package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
)

// TestAssumingUnderPolicies: a key under a policy may assume the roles that it
// allows, and gets no further by a role than it was let (CAM docs:
// 为子账号赋予扮演角色策略).
func TestAssumingUnderPolicies(t *testing.T) {
	const arn = "qcs::cam::uin/" + ownerUIN + ":roleName/uploader"
	s := start(t, api.Config{Roles: []sts.Role{{Name: "uploader", ID: "4611686018427397919", AppID: testAppID, OwnerUIN: ownerUIN}}})
	assume := func(k keyring.Key) (stsReply, *answer) {
		t.Helper()
		s.with(k)
		return s.askSTS(s.stsMessage(k, stsHost, map[string]string{
			"Action": "AssumeRole", "Name": "", "Policy": "", "RoleArn": arn, "RoleSessionName": "build-7", "Token": k.Token,
		}))
	}
	put := statement("allow", "name/cos:PutObject", "*")
	role := func(resource string) string { return statement("allow", "name/sts:AssumeRole", resource) }
	for name, c := range map[string]struct {
		key     keyring.Key
		allowed bool
		says    string
	}{
		"owner":                        {ownerWithUIN(), true, ""},
		"sub-account, under no policy": {subKey(t), true, ""},
		"sub-account, by name":         {subKey(t, put, role(arn)), true, ""},
		"sub-account, by number":       {subKey(t, role("qcs::cam::uin/"+ownerUIN+":role/4611686018427397919")), true, ""},
		"sub-account, all of sts":      {subKey(t, statement("allow", "sts:*", "*")), true, ""},
		"sub-account, everything":      {subKey(t, statement("allow", "*", "*")), true, ""},
		"sub-account, no word of it": {
			subKey(t, put), false,
			"The policy of the key's user or role does not allow name/sts:AssumeRole (" + arn + "); the closest, statement[0], allows the action name/cos:PutObject, not name/sts:AssumeRole.",
		},
		"sub-account, all of cos":     {subKey(t, statement("allow", "cos:*", "*")), false, "does not allow name/sts:AssumeRole"},
		"sub-account, another role":   {subKey(t, role(arn+"s")), false, "covers the resource " + arn + "s, not " + arn},
		"sub-account, another's role": {subKey(t, role("qcs::cam::uin/"+otherUIN+":roleName/uploader")), false, "covers the resource"},
		"sub-account, denied":         {subKey(t, statement("allow", "*", "*"), statement("deny", "sts:AssumeRole", "*")), false, "denies name/sts:AssumeRole (" + arn + "): statement[1]."},
		"cut":                         {cutKey(t, put), false, "The temporary key's policy does not allow name/sts:AssumeRole"},
		"cut, with the action":        {cutKey(t, put, role(arn)), true, ""},
		"cut to denials":              {cutKey(t, statement("deny", "cos:PutObject", "*")), false, "The temporary key's policy does not allow name/sts:AssumeRole (" + arn + ")."},
	} {
		s.with(c.key) // what was issued to the pair of this id before goes
		before := s.e.Keys().Issued()
		r, a := assume(c.key)
		if c.allowed {
			require.Empty(t, r.Error.Code, "%s: %s", name, r.Error.Message)
			require.NotEmpty(t, r.Credentials.Token, name)
			continue
		}
		require.Equal(t, "UnauthorizedOperation", r.Error.Code, name)
		require.Equal(t, "policy-denied", a.header.Get("x-cosemu-diagnosis"), name)
		require.Equal(t, before, s.e.Keys().Issued(), name)
		f := s.finding()
		require.Contains(t, f.Sentence.En, c.says, name)
		require.NotEmpty(t, f.Sentence.Zh, name)
		if f.Suggestion != "" {
			c.key = subKey(t, f.Suggestion)
			r, _ = assume(c.key)
			require.Empty(t, r.Error.Code, "%s: with the suggestion added", name)
		}
	}
}
