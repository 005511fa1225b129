package policy_test

import (
	"fmt"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

// have are the values of a request, by key.
type have map[string][]string

func (h have) Lookup(key string) ([]string, bool) {
	v, ok := h[key]
	return v, ok
}

// parsed is a policy that must be good.
func parsed(t testing.TB, doc string, where policy.Where) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(doc), where)
	require.NoError(t, err, doc)
	return p
}

// sub is the sub-account of the pages, and root its account.
//
//nolint:gochecknoglobals // never written
var (
	sub  = policy.Caller{AppID: "1250000000", OwnerUIN: "100000000001", UIN: "100000000002"}
	root = policy.Caller{AppID: "1250000000", OwnerUIN: "100000000001", UIN: "100000000001"}
	anon = policy.Caller{Anonymous: true}
)

// asks is a request to the bucket of the pages.
func asks(who policy.Caller, action, key string, v have) *policy.Request {
	r := &policy.Request{
		Action: action, Region: "ap-guangzhou", AppID: "1250000000", OwnerUIN: "100000000001",
		Bucket: "examplebucket-1250000000", Key: key, Caller: who,
	}
	if v != nil {
		r.Values = v
	}
	return r
}

// The two tables of COS docs: 生效条件, 示例1 and 示例2.
func TestIfExistTables(t *testing.T) {
	const version = "MTg0NDUxNTc1NjIzMTQ1MDAwODg"
	const doc = `{"version":"2.0","statement":[{
		"principal":{"qcs":["qcs::cam::uin/1250000000:uin/1250000001"]},
		"effect":%q,"action":["name/cos:GetObject"],
		"condition":{%q:{"cos:versionid":"MTg0NDUxNTc1NjIzMTQ1MDAwODg"}},
		"resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/*"]}]}`
	who := policy.Caller{AppID: "1250000000", UIN: "1250000001"}
	requests := map[string]have{"without": nil, "that one": {"cos:versionid": {version}}, "another": {"cos:versionid": {"null"}}}
	for _, c := range []struct {
		operator, request string
		hit               bool
	}{
		{"string_equal", "without", false},
		{"string_equal_if_exist", "without", true},
		{"string_equal", "that one", true},
		{"string_equal_if_exist", "that one", true},
		{"string_equal", "another", false},
		{"string_equal_if_exist", "another", false},
	} {
		for effect, hit := range map[string]policy.Effect{"allow": policy.Allow, "deny": policy.Deny} {
			want := policy.None
			if c.hit {
				want = hit
			}
			p := parsed(t, fmt.Sprintf(doc, effect, c.operator), policy.Bucket)
			d := p.Evaluate(asks(who, "GetObject", "a", requests[c.request]))
			require.Equal(t, want, d.Effect, "%s %s, request %s", effect, c.operator, c.request)
		}
	}
}

// COS docs: 生效条件, 遵循最小权限原则: three policies, what each does to requests
// with and without response-content-type.
func TestResponseContentTypePolicies(t *testing.T) {
	const statement = `{"principal":{"qcs":["qcs::cam::uin/1250000000:uin/1250000001"]},"effect":%q,"action":[%q],
		"resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/*"],
		"condition":{%q:{"cos:response-content-type":"image%%2Fjpeg"}}}`
	who := policy.Caller{AppID: "1250000000", UIN: "1250000001"}
	jpeg, png := have{"cos:response-content-type": {"image/jpeg"}}, have{"cos:response-content-type": {"image/png"}}
	for _, c := range []struct {
		action, allow, deny           string
		put, getPlain, getJPEG, other policy.Effect
	}{
		{"*", "string_equal", "string_not_equal_if_exist", policy.Deny, policy.Deny, policy.Allow, policy.Deny},
		{"*", "string_equal_if_exist", "string_not_equal", policy.Allow, policy.Allow, policy.Allow, policy.Deny},
		{"name/cos:GetObject", "string_equal", "string_not_equal_if_exist", policy.None, policy.Deny, policy.Allow, policy.Deny},
	} {
		p := parsed(t, `{"version":"2.0","statement":[`+fmt.Sprintf(statement, "allow", c.action, c.allow)+","+
			fmt.Sprintf(statement, "deny", c.action, c.deny)+`]}`, policy.Bucket)
		require.Equal(t, c.put, p.Evaluate(asks(who, "PutObject", "a", nil)).Effect, c)
		require.Equal(t, c.getPlain, p.Evaluate(asks(who, "GetObject", "a", nil)).Effect, c)
		require.Equal(t, c.getJPEG, p.Evaluate(asks(who, "GetObject", "a", jpeg)).Effect, c)
		require.Equal(t, c.other, p.Evaluate(asks(who, "GetObject", "a", png)).Effect, c)
	}
}
