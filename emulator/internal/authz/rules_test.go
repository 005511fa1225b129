package authz_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

func statement(form, effect string) string { return fmt.Sprintf(form, effect) }

func TestDecideSignature(t *testing.T) {
	rules := &bucketcfg.Strict{Rules: []bucketcfg.StrictRule{{Actions: []string{"PutObject"}, Headers: []string{"content-type"}, Params: []string{"all"}}}}
	request := &bucketcfg.Signed{Action: "PutObject", Header: http.Header{"Content-Type": {"a/b"}}, Params: []string{"x"}}
	d := authz.DecideSignature(authz.Enforce, rules, request)
	require.Equal(t, authz.Refused, d.Verdict)
	require.Equal(t, authz.ByStrictSignature, d.Reason)
	require.Equal(t, &diagnose.StrictRefusal{Headers: []string{"content-type"}, Params: []string{"x"}}, d.Strict)
	require.Equal(t, "Strict signature missing header that must be signed", d.Error(time.Time{}).Message, "choice 198")
	require.Equal(t, authz.Reported, authz.DecideSignature(authz.Report, rules, request).Verdict)

	request.SignedHeaders = []string{"content-type"}
	d = authz.DecideSignature(authz.Enforce, rules, request)
	require.Equal(t, "Strict signature missing param that must be signed", d.Error(time.Time{}).Message)
	request.SignedParams = []string{"x"}
	require.Equal(t, authz.Decision{}, authz.DecideSignature(authz.Enforce, rules, request))
	require.Equal(t, authz.Decision{}, authz.DecideSignature(authz.Enforce, nil, &bucketcfg.Signed{Action: "PutObject"}))
}

// TestDecidePage: choice 342.
func TestDecidePage(t *testing.T) {
	for _, c := range []struct {
		site, mode, method string
		postObject, cors   bool
		allowed            bool
	}{
		{"", "", "DELETE", false, false, true}, // no browser
		{"same-origin", "navigate", "GET", false, false, true},
		{"same-site", "navigate", "POST", false, false, true},
		{"cross-site", "navigate", "GET", false, false, false},
		{"cross-site", "navigate", "POST", false, true, false},
		{"cross-site", "navigate", "POST", true, false, true},
		{"cross-site", "cors", "PUT", false, false, true}, // its preflight was judged
		{"cross-site", "cors", "POST", false, false, false},
		{"cross-site", "cors", "POST", false, true, true},
		{"cross-site", "no-cors", "GET", false, false, true},
		{"cross-site", "no-cors", "HEAD", false, false, true},
		{"cross-site", "no-cors", "POST", false, true, false},
	} {
		d := authz.DecidePage(&authz.Page{
			Site: c.site, Mode: c.mode, Method: c.method, PostObject: c.postObject, AllowedByCORS: func() bool { return c.cors },
		})
		require.Equal(t, c.allowed, d.Verdict == authz.Allowed, c)
		require.Equal(t, !c.allowed, d.Reason == authz.ByCrossSitePage, c)
		require.Equal(t, !c.allowed, d.Error(time.Time{}) != nil, c)
	}
}

func TestDecideRole(t *testing.T) {
	role := &policy.Role{Name: "uploader", ID: "4611686018427387904"}
	const assume = `{"effect":"%s","action":["name/sts:AssumeRole"],"resource":["qcs::cam::uin/` + ownerUIN + `:roleName/uploader"]}`
	allow, deny := statement(assume, "allow"), statement(assume, "deny")

	d := authz.DecideRole(root(), role, owner, ownerUIN)
	require.Equal(t, authz.Decision{}, d, "the root needs no policy")
	d = authz.DecideRole(sub(t, allow), role, owner, ownerUIN)
	require.Equal(t, authz.Decision{}, d)

	d = authz.DecideRole(sub(t, says("allow", "*")), role, owner, ownerUIN)
	require.Equal(t, authz.ByRights, d.Reason)
	require.Equal(t, "name/sts:AssumeRole", d.Policy.Action)
	require.Equal(t, "qcs::cam::uin/"+ownerUIN+":roleName/uploader", d.Policy.Resource)
	require.Equal(t, diagnose.IdentityPolicy, d.Policy.Source)
	require.False(t, d.Policy.Denied)
	require.JSONEq(t, allow, d.Policy.Suggestion)

	d = authz.DecideRole(sub(t, allow, deny), role, owner, ownerUIN)
	require.True(t, d.Policy.Denied)
	require.Equal(t, "statement[1]", d.Policy.Statement)
	d = authz.DecideRole(session(t, sub(t, allow), says("allow", "*")), role, owner, ownerUIN)
	require.Equal(t, diagnose.SessionPolicy, d.Policy.Source, "each policy must allow it")
	d = authz.DecideRole(session(t, sub(t, allow), allow), role, owner, ownerUIN)
	require.Equal(t, authz.Decision{}, d)
}
