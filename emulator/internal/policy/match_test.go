package policy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

// allows makes a Session policy that allows actions on resources.
func allows(t testing.TB, actions, resources []string) *policy.Policy {
	t.Helper()
	doc, err := json.Marshal(map[string]any{"version": "2.0", "statement": []any{
		map[string]any{"effect": "allow", "action": actions, "resource": resources},
	}})
	require.NoError(t, err)
	return parsed(t, string(doc), policy.Session)
}

// CAM: 语法结构, action_string; COS: COS API 授权策略使用指引 (letter case counts).
func TestActions(t *testing.T) {
	for _, c := range []struct {
		action, asked string
		want          bool
	}{
		{"*", "GetBucketPolicy", true},
		{"*:*", "GetBucketPolicy", true},
		{"cos:*", "GetBucketPolicy", true},
		{"name/cos:*", "GetBucketPolicy", true},
		{"cos:GetBucketPolicy", "GetBucketPolicy", true},
		{"cos:*Bucket*", "GetBucketPolicy", true},
		{"cos:*Bucket*", "GetBucket", true},
		{"cos:*Bucket*", "GetObject", false},
		{"name/cos:Get*Policy", "GetBucketPolicy", true},
		{"name/cos:Get*Policy", "GetBucketPolicyX", false},
		{"name/cos:getBucketPolicy", "GetBucketPolicy", false},
		{"name/cos:GetBucket", "GetBucketPolicy", false},
		{"c*:GetObject", "GetObject", true},
		{"*Object", "GetObject", true},
		{"co*Object", "GetObject", true},
		{"cos*", "GetObject", true},
		{"c*m*", "GetObject", false},
		{"*s*", "GetObject", true},
		{"cvm:*", "GetObject", false},
		{"cvm*", "GetObject", false},
		{"COS:GetObject", "GetObject", false},
		{"permid/280649", "GetObject", false},
		{"actionName/read", "GetObject", false},
	} {
		p := allows(t, []string{c.action}, []string{"*"})
		require.Equal(t, c.want, p.Evaluate(asks(sub, c.asked, "a", nil)).Effect == policy.Allow, "%s asked for %s", c.action, c.asked)
	}
}

// COS: COS API 授权策略使用指引 and 访问策略语言概述; CAM: 资源描述方式, 语法结构.
func TestResources(t *testing.T) {
	const bucket = "qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000"
	const old = "qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/examplebucket"
	for _, c := range []struct {
		resource, key string
		want          bool
	}{
		{"*", "a", true},
		{bucket + "/*", "a", true},
		{bucket + "/*", "a/b/c.txt", true},
		{bucket + "/*", "", true},  // the bucket's own calls: as the text says,
		{bucket + "/", "", true},   // and as the guide's samples have it
		{bucket + "/", "a", false}, // which is not all objects
		{bucket, "", false},        // no form of the pages
		{bucket + "/doc/*", "doc/", true},
		{bucket + "/doc/*", "doc/a/b", true},
		{bucket + "/doc/*", "doc", false},
		{bucket + "/doc/*", "doc2/a", false},
		{bucket + "/doc*", "doc2/a", true},
		{bucket + "/doc/*", "", false},
		{bucket + "/*/thumb/*.jpg", "a/b/thumb/c/d.jpg", true},
		{bucket + "/*/thumb/*.jpg", "a/b/thumb/c.png", false},
		{bucket + "/folder/exampleobject", "folder/exampleobject", true},
		{bucket + "/folder/exampleobject", "folder/exampleobject2", false},
		{bucket + "/文件夹/文件名.txt", "文件夹/文件名.txt", true},
		{bucket + "/%E6%96%87", "文", false},
		{bucket + "/a:b:c", "a:b:c", true},
		{"qcs::cos:ap-guangzhou:uid/1250000000:*", "a", true},
		{"qcs::cos:ap-beijing:uid/1250000000:*", "a", false},
		{"qcs::cos:ap-*:uid/1250000000:*", "a", true},
		{"qcs::cos:*:*:*", "a", true},
		{"qcs::cos::uid/1250000000:examplebucket-1250000000/*", "a", true},
		{"qcs:::ap-guangzhou:uid/1250000000:examplebucket-1250000000/*", "a", true},
		{"qcs:0:cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/*", "a", true},
		{"qcs::cos:ap-guangzhou:uin/100000000001:examplebucket-1250000000/*", "a", true},
		{"qcs::cos:ap-guangzhou:uin/100000000009:examplebucket-1250000000/*", "a", false},
		{"qcs::cos:ap-guangzhou:uid/1250000001:examplebucket-1250000000/*", "a", false},
		{"qcs::cos:ap-guangzhou:uid/*:examplebucket-1250000000/*", "a", true},
		{"qcs::cos:ap-guangzhou::examplebucket-1250000000/*", "a", true},
		{"qcs::cvm:ap-guangzhou:uid/1250000000:examplebucket-1250000000/*", "a", false},
		{"qcs::cos:ap-guangzhou:uid/1250000000:examplebucket*", "a", true},
		{"qcs::cos:ap-guangzhou:uid/1250000000:*/a", "a", true},
		{"qcs::cos:ap-guangzhou:uid/1250000000:otherbucket-1250000000/*", "a", false},
		{old + "/*", "a", true},
		{old + "/dir/1.txt", "dir/1.txt", true},
		{old + "/dir/1.txt", "dir/2.txt", false},
		{old + "/*", "", true},
		{"qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/*", "a", true},
		{"qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/otherbucket/*", "a", false},
		{"qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000001/examplebucket/*", "a", false},
		{"qcs::cos:ap-guangzhou:uid/1250000000:prefix//*", "a", true},
		{bucket + ".ap-guangzhou.myqcloud.com/*", "a", true},
		{bucket + ".cos.ap-guangzhou.myqcloud.com/dir/*", "dir/a", true},
		{bucket + ".cos.ap-guangzhou.myqcloud.com/dir/*", "a", false},
	} {
		p := allows(t, []string{"*"}, []string{c.resource})
		require.Equal(t, c.want, p.Evaluate(asks(sub, "GetObject", c.key, nil)).Effect == policy.Allow, "%s asked for %q", c.resource, c.key)
	}
}

// The list of buckets needs a star (COS: COS API 授权策略使用指引).
func TestServiceResource(t *testing.T) {
	for resource, want := range map[string]bool{
		"*":                                      true,
		"qcs::cos::*:*":                          true,
		"qcs::cos:ap-guangzhou:uid/1250000000:*": false,
		"qcs::cos::uid/1250000000:examplebucket-1250000000/*":             false,
		"qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/bucket/": false,
	} {
		p := allows(t, []string{"name/cos:GetService"}, []string{resource})
		got := p.Evaluate(&policy.Request{Action: "GetService", AppID: "1250000000", Caller: sub})
		require.Equal(t, want, got.Effect == policy.Allow, resource)
	}
}

// Left out, the owner is whoever wrote the policy (CAM: 资源描述方式).
func TestOwnResource(t *testing.T) {
	const doc = `{"version":"2.0","statement":[{"principal":"*","effect":"allow","action":"cos:*","resource":"qcs::cos:::examplebucket-1250000000/*"}]}`
	stranger := policy.Caller{AppID: "1260000000"}
	for _, where := range []policy.Where{policy.Session, policy.Identity} {
		require.Equal(t, policy.Allow, parsed(t, doc, where).Evaluate(asks(sub, "GetObject", "a", nil)).Effect)
		require.Equal(t, policy.None, parsed(t, doc, where).Evaluate(asks(stranger, "GetObject", "a", nil)).Effect)
	}
	require.Equal(t, policy.Allow, parsed(t, doc, policy.Bucket).Evaluate(asks(stranger, "GetObject", "a", nil)).Effect)
}

// An account that is known by its APPID alone is meant by it as a uin too.
func TestAccountWithoutUIN(t *testing.T) {
	p := parsed(t, `{"version":"2.0","statement":[{"principal":{"qcs":"qcs::cam::uin/1250000000:uin/1250000000"},"effect":"allow","action":"cos:*",
		"resource":"qcs::cos::uin/1250000000:*"}]}`, policy.Bucket)
	r := asks(policy.Caller{AppID: "1250000000"}, "GetObject", "a", nil)
	require.Equal(t, policy.None, p.Evaluate(r).Effect, "the bucket's owner has another uin here")
	r.OwnerUIN = ""
	require.Equal(t, policy.Allow, p.Evaluate(r).Effect)
	r.AppID = "" // the bucket's name has it
	require.Equal(t, policy.Allow, p.Evaluate(r).Effect)
	r.Region = "" // any
	require.Equal(t, policy.Allow, p.Evaluate(r).Effect)
}

// COS: 访问策略语言概述, 指定委托人; CAM: 资源描述方式.
func TestPrincipals(t *testing.T) {
	const own = "qcs::cam::uin/100000000001:"
	role := policy.Caller{AppID: "1250000000", OwnerUIN: "100000000001", Role: "writer", RoleID: "4611686018427397919"}
	strangerRoot := policy.Caller{AppID: "1260000000", OwnerUIN: "200000000001"}
	federated := policy.Caller{AppID: "1250000000", OwnerUIN: "100000000001", UIN: "100000000002", Federated: "cos-sts-nodejs"}
	for _, c := range []struct {
		principal string
		who       []policy.Caller // who is meant
	}{
		{"*", []policy.Caller{anon, sub, root, role, strangerRoot, federated}},
		{"qcs::cam::anyone:anyone", []policy.Caller{anon, sub, root, role, strangerRoot, federated}},
		{"qcs::cam::anonymous:anonymous", []policy.Caller{anon, sub, root, role, strangerRoot, federated}},
		{own + "uin/100000000002", []policy.Caller{sub, federated}},
		{own + "uin/100000000001", []policy.Caller{root}},
		{own + "root", []policy.Caller{root}},
		{own + "uin/*", []policy.Caller{sub, root, federated}},
		{own + "roleName/writer", []policy.Caller{role}},
		{own + "roleName/reader", nil},
		{own + "role/4611686018427397919", []policy.Caller{role}},
		{own + "groupid/13", nil},
		{"qcs::cam::uin/200000000001:uin/100000000002", nil},
		{"qcs::cam::uin/200000000001:root", []policy.Caller{strangerRoot}},
		{"qcs::sts:100000000001:federated-user/100000000002", []policy.Caller{sub, federated}},
		{"qcs::sts::uin/100000000001:assumed-role/writer/session", []policy.Caller{role}},
	} {
		for _, effect := range []policy.Effect{policy.Allow, policy.Deny} {
			p := parsed(t, `{"version":"2.0","statement":[{"principal":{"qcs":["`+c.principal+`"]},"effect":"`+effect.String()+
				`","action":"*","resource":"*"}]}`, policy.Bucket)
			for _, who := range []policy.Caller{anon, sub, root, role, strangerRoot, federated} {
				want := policy.None
				for _, w := range c.who {
					everybody := len(c.who) == 6 // a denial of everybody is one of unsigned requests
					if w == who && (effect == policy.Allow || !everybody || who.Anonymous) {
						want = effect
					}
				}
				require.Equal(t, want, p.Evaluate(asks(who, "GetObject", "a", nil)).Effect, "%s for %s: %+v", effect, c.principal, who)
			}
		}
	}
}

// A principal at the top is for the statements that name none.
func TestPrincipalAtTheTop(t *testing.T) {
	p := parsed(t, `{"version":"2.0","statement":[{"effect":"allow","action":"cos:GetObject","resource":"*"},
		{"principal":"*","effect":"allow","action":"cos:HeadObject","resource":"*"}],
		"principal":{"qcs":["qcs::cam::uin/100000000001:uin/100000000002"]}}`, policy.Bucket)
	require.Equal(t, policy.Allow, p.Evaluate(asks(sub, "GetObject", "a", nil)).Effect)
	require.Equal(t, policy.None, p.Evaluate(asks(root, "GetObject", "a", nil)).Effect)
	require.Equal(t, policy.Allow, p.Evaluate(asks(root, "HeadObject", "a", nil)).Effect)
}

// What the Node SDK's getPolicy makes of a scope (qcloud-cos-sts-sdk,
// nodejs/sdk/sts.js and scope.md), for a client's simple upload and its list.
func TestScopePolicyOfTheNodeSDK(t *testing.T) {
	scope := func(action, prefix string) string {
		return `{"action":"name/cos:` + action + `","effect":"allow","principal":{"qcs":"*"},
			"resource":"qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/examplebucket/` + prefix + `"}`
	}
	p := parsed(t, `{"version":"2.0","statement":[`+scope("PutObject", "dir/1.txt")+`,`+scope("GetObject", "dir/*")+`,`+
		scope("GetBucket", "dir/")+`,{"action":"name/cos:GetService","effect":"allow","principal":{"qcs":"*"},"resource":"*"}]}`, policy.Session)
	for _, c := range []struct {
		action, key string
		have        have
		want        policy.Effect
	}{
		{"PutObject", "dir/1.txt", nil, policy.Allow},
		{"PutObject", "dir/2.txt", nil, policy.None},
		{"GetObject", "dir/2.txt", nil, policy.Allow},
		{"GetObject", "dir", nil, policy.None},
		{"GetBucket", "", with("cos:prefix", "dir/"), policy.Allow},
		{"GetBucket", "", nil, policy.None},
		{"DeleteObject", "dir/1.txt", nil, policy.None},
	} {
		require.Equal(t, c.want, p.Evaluate(asks(sub, c.action, c.key, c.have)).Effect, c)
	}
	require.Equal(t, policy.Allow, p.Evaluate(&policy.Request{Action: "GetService", Caller: sub}).Effect)
}

// A denial of a prefix hits the list of it as well.
func TestListingIsDeniedByItsPrefix(t *testing.T) {
	p := parsed(t, `{"version":"2.0","statement":[{"effect":"allow","action":"*","resource":"*"},{"effect":"deny","action":"*",
		"resource":"qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/secret/*"}]}`, policy.Identity)
	for _, action := range []string{"GetBucket", "GetBucketObjectVersions", "ListMultipartUploads"} {
		require.Equal(t, policy.Deny, p.Evaluate(asks(sub, action, "", with("cos:prefix", "secret/"))).Effect, action)
		require.Equal(t, policy.Allow, p.Evaluate(asks(sub, action, "", with("cos:prefix", "open/"))).Effect, action)
	}
	require.Equal(t, policy.Allow, p.Evaluate(asks(sub, "HeadBucket", "", with("cos:prefix", "secret/"))).Effect)
}

// Denial wins wherever it stands (CAM: 评估逻辑).
func TestDenyOverAllow(t *testing.T) {
	allow, deny := `{"effect":"allow","action":"*","resource":"*"}`, `{"effect":"deny","action":"cos:DeleteObject","resource":"*"}`
	for doc, denies := range map[string]int{
		`{"version":"2.0","statement":[` + allow + `,` + deny + `]}`: 1,
		`{"version":"2.0","statement":[` + deny + `,` + allow + `]}`: 0,
	} {
		p := parsed(t, doc, policy.Identity)
		require.Equal(t, policy.Decision{Effect: policy.Deny, Statement: denies}, p.Evaluate(asks(sub, "DeleteObject", "a", nil)))
		require.Equal(t, policy.Decision{Effect: policy.Allow, Statement: 1 - denies}, p.Evaluate(asks(sub, "PutObject", "a", nil)))
	}
}

// What would keep a matcher that goes back busy for years takes no time.
func TestHostilePatterns(t *testing.T) {
	stars := strings.Repeat("a*", 1400)
	key := strings.Repeat("a", 850)
	p := allows(t, []string{"cos:" + strings.Repeat("*t", 1000), "cos:*"}, []string{"qcs::cos:*:*:*" + stars + "b"})
	start := time.Now()
	for range 100 {
		require.Equal(t, policy.None, p.Evaluate(asks(sub, "GetObject", key, nil)).Effect)
	}
	require.Less(t, time.Since(start), 5*time.Second)
	q := allows(t, []string{"*"}, []string{"qcs::cos:*:*:*" + strings.Repeat("a*", 800)})
	require.Equal(t, policy.Allow, q.Evaluate(asks(sub, "GetObject", key, nil)).Effect)
}

// TestOfAnother: which resources name another account's APPID.
func TestOfAnother(t *testing.T) {
	for resource, another := range map[string]bool{
		"*": false,
		"qcs::cos:ap-guangzhou:uid/1250000000:a-1250000000/*": false,
		"qcs::cos:ap-guangzhou:uid/1999999999:a-1999999999/*": true,
		"qcs::cvm::uid/1999999999:instance/*":                 true,
		"qcs::cos:ap-guangzhou::a-1250000000/*":               false,
		"qcs::cos:ap-guangzhou:uid/*:a-1250000000/*":          false,
		"qcs::cos:ap-guangzhou:uin/100000000001:a/*":          false,
	} {
		p := allows(t, []string{"*"}, []string{"*", resource})
		want := ""
		if another {
			want = resource
		}
		require.Equal(t, want, p.OfAnother("1250000000"))
	}
}
