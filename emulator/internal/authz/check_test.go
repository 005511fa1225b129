package authz_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// TestCheckPolicyAgrees: what CheckPolicy says of a policy is what Decide decides
// where that policy alone counts, with the same reason and the same suggestion.
func TestCheckPolicyAgrees(t *testing.T) {
	const (
		size    = `{"effect":"allow","action":["name/cos:PutObject"],"resource":["*"],"condition":{"numeric_less_than":{"cos:content-length":10}}}`
		unknown = `{"effect":"allow","action":["name/cos:PutObject"],"resource":["*"],"condition":{"string_equal":{"cos:no-such-key":"a"}}}`
		path    = `{"effect":"allow","action":["name/cos:PutObject"],"resource":["qcs::cos:ap-guangzhou:uid/` + owner + `:` + bucketName + `/in/*"]}`
	)
	statements := [][]string{
		{says("allow", "PutObject")},
		{says("allow", "GetObject")},
		{says("deny", "PutObject")},
		{says("allow", "*"), says("deny", "PutObject")},
		{says("deny", "GetObject")},
		{size},
		{unknown},
		{path},
		{says("allow", "GetObject"), path},
	}
	verdicts := map[string]int{}
	for _, list := range statements {
		for _, key := range []string{"in/a.txt", "out/a.txt"} {
			for _, length := range []string{"9", "10"} {
				for _, kind := range []string{"key", "user", "bucket"} {
					answer, d := askBoth(t, kind, list, key, length)
					what := []any{kind, list, key, length}
					verdicts[answer.Verdict]++
					require.Equal(t, answer.Verdict == authz.PolicyAllowed, d.Verdict == authz.Allowed, what...)
					if d.Verdict == authz.Allowed {
						continue
					}
					require.Equal(t, answer.Verdict == authz.PolicyDenied, d.Policy.Denied, what...)
					require.Equal(t, answer.Action, d.Policy.Action, what...)
					require.Equal(t, answer.Resource, d.Policy.Resource, what...)
					require.Equal(t, string(answer.Add), d.Policy.Suggestion, what...)
					if answer.Missing != nil {
						require.Contains(t, answer.Sentence.En, d.Policy.Missing.En, what...)
						require.Contains(t, answer.Sentence.Zh, d.Policy.Missing.Zh, what...)
					}
				}
			}
		}
	}
	require.Len(t, verdicts, 3, "each verdict was met")
}

// askBoth asks CheckPolicy about a policy, and Decide about a request for which it
// is the only one.
func askBoth(t *testing.T, kind string, statements []string, key, length string) (*authz.PolicyAnswer, authz.Decision) {
	t.Helper()
	q := &authz.PolicyQuestion{
		Kind: kind, Action: "PutObject", Header: http.Header{"Content-Length": {length}},
		Resource: "qcs::cos:" + region + ":uid/" + owner + ":" + bucketName + "/" + key,
	}
	r := put()
	r.Resource.Key = key
	r.Values = func() *policy.HTTPValues {
		return &policy.HTTPValues{ContentLength: map[string]int64{"9": 9, "10": 10}[length]}
	}
	where := policy.Session
	switch kind {
	case "key":
		r.Key = session(t, &keyring.Key{AppID: owner}, statements...)
	case "user":
		where = policy.Identity
		r.Key = &keyring.Key{AppID: owner, UIN: subUIN, Rights: parse(t, policy.Identity, statements...)}
	case "bucket":
		where = policy.Bucket
		q.Principal = foreignRoot
		named := make([]string, len(statements))
		for i, s := range statements {
			named[i] = to(foreignRoot, s)
		}
		statements = named
		r = withPolicy(t, by(foreign(), r), named...)
	}
	answer, err := authz.CheckPolicy(parse(t, where, statements...).Document(), q)
	require.NoError(t, err)
	require.True(t, answer.Add == nil || json.Valid(answer.Add))
	d, err := authz.Decide(r)
	require.NoError(t, err)
	return answer, d
}
