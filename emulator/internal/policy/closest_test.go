package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

const bucketResource = "qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000"

// What an upload's policy lacks, and how that is said.
func TestMissing(t *testing.T) {
	p := parsed(t, `{"version":"2.0","statement":[
		{"effect":"allow","action":["name/cos:PutObject","name/cos:PostObject"],"resource":"`+bucketResource+`/in/*",
		 "condition":{"numeric_less_than_equal":{"cos:content-length":10},"string_like_if_exist":{"cos:content-type":["image/*","video/*"]}}},
		{"effect":"allow","action":"name/cos:GetObject","resource":["`+bucketResource+`/out/*","`+bucketResource+`/in/*"]},
		{"effect":"deny","action":"name/cos:DeleteObject","resource":"`+bucketResource+`/in/*"}]}`, policy.Session)
	size := have{"cos:content-length": {"11"}, "cos:content-type": {"image/png"}}
	kind := have{"cos:content-length": {"10"}, "cos:content-type": {"text/html"}}
	for name, c := range map[string]struct {
		action, key string
		have        have
		want        policy.Decision
		en, zh      string
	}{
		"the action": {
			"InitiateMultipartUpload", "in/a", nil,
			policy.Decision{Statement: 1, Missing: &policy.Missing{
				What: policy.MissedAction, Want: []string{"name/cos:GetObject"}, Got: []string{"name/cos:InitiateMultipartUpload"},
			}},
			"no statement allows it; the closest, statement[1], allows the action name/cos:GetObject, not name/cos:InitiateMultipartUpload",
			"没有 statement 允许这个请求；最接近的 statement[1] 允许的操作是 name/cos:GetObject，而不是 name/cos:InitiateMultipartUpload",
		},
		"the resource": {
			"PutObject", "on/a",
			have{"cos:content-length": {"1"}},
			policy.Decision{Statement: 0, Missing: &policy.Missing{
				What: policy.MissedResource, Want: []string{bucketResource + "/in/*"}, Got: []string{bucketResource + "/on/a"},
			}},
			"no statement allows it; the closest, statement[0], covers the resource " + bucketResource + "/in/*, not " + bucketResource + "/on/a",
			"没有 statement 允许这个请求；最接近的 statement[0] 的资源是 " + bucketResource + "/in/*，不包括 " + bucketResource + "/on/a",
		},
		"the length": {
			"PutObject", "in/a", size,
			policy.Decision{Statement: 0, Missing: &policy.Missing{
				What: policy.MissedCondition, Operator: "numeric_less_than_equal", Key: "cos:content-length", Want: []string{"10"}, Got: []string{"11"},
			}},
			"no statement allows it; the closest, statement[0], wants cos:content-length numeric_less_than_equal 10, and the request has 11",
			"没有 statement 允许这个请求；最接近的 statement[0] 要求 cos:content-length numeric_less_than_equal 10，而请求里是 11",
		},
		"no length at all": {
			"PutObject", "in/a", nil,
			policy.Decision{Statement: 0, Missing: &policy.Missing{
				What: policy.MissedCondition, Operator: "numeric_less_than_equal", Key: "cos:content-length", Want: []string{"10"},
			}},
			"no statement allows it; the closest, statement[0], wants cos:content-length numeric_less_than_equal 10, and the request has no such value",
			"没有 statement 允许这个请求；最接近的 statement[0] 要求 cos:content-length numeric_less_than_equal 10，而请求里没有这个值",
		},
		"the type": {
			"PutObject", "in/a", kind,
			policy.Decision{Statement: 0, Missing: &policy.Missing{
				What: policy.MissedCondition, Operator: "string_like_if_exist", Key: "cos:content-type", Want: []string{"image/*", "video/*"}, Got: []string{"text/html"},
			}},
			"no statement allows it; the closest, statement[0], wants cos:content-type string_like_if_exist image/* or video/*, and the request has text/html",
			"没有 statement 允许这个请求；最接近的 statement[0] 要求 cos:content-type string_like_if_exist image/* 或 video/*，而请求里是 text/html",
		},
		"resource and condition": {
			"PutObject", "on/a", nil,
			policy.Decision{Statement: 0, Missing: &policy.Missing{
				What: policy.MissedResource, Want: []string{bucketResource + "/in/*"}, Got: []string{bucketResource + "/on/a"}, Also: []policy.What{policy.MissedCondition},
			}},
			"no statement allows it; the closest, statement[0], covers the resource " + bucketResource + "/in/*, not " + bucketResource + "/on/a, and its condition does not fit either",
			"没有 statement 允许这个请求；最接近的 statement[0] 的资源是 " + bucketResource + "/in/*，不包括 " + bucketResource + "/on/a，并且它的 condition 也不符合",
		},
		"denied": {
			"DeleteObject", "in/a", nil,
			policy.Decision{Effect: policy.Deny, Statement: 2},
			"statement[2] denies it", "statement[2] 拒绝了这个请求",
		},
		"allowed": {
			"GetObject", "out/a", nil,
			policy.Decision{Effect: policy.Allow, Statement: 1},
			"statement[1] allows it", "statement[1] 允许这个请求",
		},
	} {
		d := p.Evaluate(asks(sub, c.action, c.key, c.have))
		require.Equal(t, c.want, d, name)
		en, zh := d.Describe()
		require.Equal(t, c.en, en, name)
		require.Equal(t, c.zh, zh, name)
	}
}

func TestMissingPrincipal(t *testing.T) {
	p := parsed(t, `{"version":"2.0","statement":[{"principal":{"qcs":["qcs::cam::uin/100000000001:uin/100000000009"]},"effect":"allow","action":"*","resource":"*"}]}`, policy.Bucket)
	for who, name := range map[policy.Caller]string{
		sub:                                   "qcs::cam::uin/100000000001:uin/100000000002",
		root:                                  "qcs::cam::uin/100000000001:uin/100000000001",
		anon:                                  "qcs::cam::anonymous:anonymous",
		{AppID: "1250000000", Role: "writer"}: "qcs::cam::uin/1250000000:roleName/writer",
		{AppID: "1250000000", RoleID: "4611"}: "qcs::cam::uin/1250000000:role/4611",
	} {
		d := p.Evaluate(asks(who, "GetObject", "a", nil))
		require.Equal(t, &policy.Missing{
			What: policy.MissedPrincipal, Want: []string{"qcs::cam::uin/100000000001:uin/100000000009"}, Got: []string{name},
		}, d.Missing)
		en, zh := d.Missing.Describe()
		require.Equal(t, "is for qcs::cam::uin/100000000001:uin/100000000009, not for "+name, en)
		require.Equal(t, "授权给 qcs::cam::uin/100000000001:uin/100000000009，而不是 "+name, zh)
	}
}

// Slips that are likely are named.
func TestHints(t *testing.T) {
	lists := func(action string, h have) *policy.Request { return asks(sub, action, "", h) }
	statement := func(action, resource, condition string) string {
		return `{"version":"2.0","statement":[{"effect":"allow","action":"` + action + `","resource":"` + resource + `","condition":{` + condition + `}}]}`
	}
	const all = bucketResource + "/*"
	for _, c := range []struct {
		doc  string
		r    *policy.Request
		want policy.Hint
		en   string
	}{
		{statement("name/cos:putObject", all, ""), asks(sub, "PutObject", "a", nil), policy.HintLetterCase, "letter case, which counts"},
		{statement("cos:PutObject", bucketResource+"/A", ""), asks(sub, "PutObject", "a", nil), policy.HintLetterCase, "letter case"},
		{statement("cos:PutObject", strings.Replace(all, "guangzhou", "beijing", 1), ""), asks(sub, "PutObject", "a", nil), policy.HintRegion, "only the region differs"},
		{statement("cos:PutObject", strings.Replace(all, "uid/1250000000", "uid/1250000001", 1), ""), asks(sub, "PutObject", "a", nil), policy.HintOwner, "only the owner differs"},
		{statement("cos:GetBucket", bucketResource+"/doc/*", ""), lists("GetBucket", nil), policy.HintPrefix, "without that prefix"},
		{statement("cos:GetBucket", "qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/examplebucket/doc/*", ""), lists("GetBucket", nil), policy.HintPrefix, "without that prefix"},
		{statement("cos:GetBucket", bucketResource+"/doc/*", ""), lists("GetBucket", with("cos:prefix", "x")), policy.NoHint, ""},
		{statement("cos:HeadBucket", bucketResource+"/doc/*", ""), lists("HeadBucket", nil), policy.NoHint, ""},
		{statement("*", "*", `"string_equal":{"cos:Content-Type":"a"}`), asks(sub, "PutObject", "a", nil), policy.HintUnknownKey, "COS knows no such key"},
		{statement("*", "*", `"string_equal":{"cos:prefix":"doc/"}`), lists("GetBucket", with("cos:prefix", "doc/")), policy.HintNotEncoded, "must be URL-encoded"},
		{statement("*", "*", `"string_equal":{"cos:x-cos-acl":"Private"}`), asks(sub, "PutObject", "a", with("cos:x-cos-acl", "private")), policy.HintLetterCase, "letter case"},
		{statement("*", "*", `"string_equal":{"cos:x-cos-acl":"private"}`), asks(sub, "PutObject", "a", with("cos:x-cos-acl", "default")), policy.NoHint, ""},
		{statement("*", "*", `"string_not_equal":{"cos:x-cos-acl":"private"}`), asks(sub, "PutObject", "a", with("cos:x-cos-acl", "private")), policy.NoHint, ""},
	} {
		d := parsed(t, c.doc, policy.Session).Evaluate(c.r)
		require.NotNil(t, d.Missing, c.doc)
		require.Equal(t, c.want, d.Missing.Hint, c.doc)
		en, zh := d.Missing.Describe()
		require.Contains(t, en, c.en, c.doc)
		require.Equal(t, c.want != policy.NoHint, strings.Contains(zh, "："), zh)
	}
}

func TestNothingIsAllowedAtAll(t *testing.T) {
	p := parsed(t, `{"version":"2.0","statement":[{"effect":"deny","action":"cos:DeleteObject","resource":"*"}]}`, policy.Session)
	d := p.Evaluate(asks(sub, "PutObject", "a", nil))
	require.Equal(t, policy.Decision{Statement: -1}, d)
	en, zh := d.Describe()
	require.Equal(t, "no statement allows anything", en)
	require.Equal(t, "没有任何 statement 允许任何请求", zh)
	require.Equal(t, policy.Decision{Statement: -1}, (*policy.Policy)(nil).Evaluate(asks(sub, "PutObject", "a", nil)))
}

// The closest is the one with the fewest parts missed, then the one whose
// action fits, then its resource; then the first.
func TestClosest(t *testing.T) {
	st := func(action, resource, value string) string {
		return `{"effect":"allow","action":"cos:` + action + `","resource":"` + bucketResource + `/` + resource + `","condition":{"string_equal":{"cos:x-cos-acl":"` + value + `"}}}`
	}
	for want, statements := range map[string][]string{
		"the only one that misses one part": {st("GetObject", "b", "x"), st("GetObject", "a", "x"), st("PutObject", "b", "private"), st("GetObject", "b", "x")},
		"its action fits":                   {st("GetObject", "a", "private"), st("GetObject", "a", "private"), st("PutObject", "b", "private"), st("GetObject", "a", "private")},
		"action and resource fit":           {st("PutObject", "b", "private"), st("GetObject", "a", "private"), st("PutObject", "a", "x"), st("PutObject", "a", "y")},
	} {
		p := parsed(t, `{"version":"2.0","statement":[`+strings.Join(statements, ",")+`]}`, policy.Session)
		d := p.Evaluate(asks(sub, "PutObject", "a", with("cos:x-cos-acl", "private")))
		require.Equal(t, 2, d.Statement, want)
	}
}

// What is suggested allows just that, in the words of the pages.
func TestSuggest(t *testing.T) {
	empty := func(statement []byte, where policy.Where) *policy.Policy {
		return parsed(t, `{"version":"2.0","statement":[`+string(statement)+`]}`, where)
	}
	for _, r := range []*policy.Request{
		asks(sub, "PutObject", "in/照片 <1>&.jpg", nil), asks(sub, "GetBucket", "", nil), asks(anon, "GetObject", "a", nil),
		asks(policy.Caller{AppID: "1260000000"}, "GetObject", "a", nil),
		{Action: "GetService", Caller: sub},
		{Action: "PutObject", Bucket: "b-1250000000", Key: "a", Caller: sub},
	} {
		for _, where := range []policy.Where{policy.Session, policy.Identity, policy.Bucket} {
			s := policy.Suggest(r, where)
			require.True(t, json.Valid(s))
			require.Equal(t, policy.Allow, empty(s, where).Evaluate(r).Effect, "%s", s)
			other := *r
			other.Action = "DeleteObject"
			require.Equal(t, policy.None, empty(s, where).Evaluate(&other).Effect)
			if r.Key != "" {
				other = *r
				other.Key += "2"
				require.Equal(t, policy.None, empty(s, where).Evaluate(&other).Effect)
			}
		}
	}
	for want, got := range map[string][]byte{
		`{"effect":"allow","action":["name/cos:PutObject"],"resource":["` + bucketResource + `/a&b"]}`:                                                                  policy.Suggest(asks(sub, "PutObject", "a&b", nil), policy.Session),
		`{"principal":{"qcs":["qcs::cam::uin/100000000001:uin/100000000002"]},"effect":"allow","action":["name/cos:GetBucket"],"resource":["` + bucketResource + `/"]}`: policy.Suggest(asks(sub, "GetBucket", "", nil), policy.Bucket),
	} {
		require.Equal(t, want, string(got))
	}
}

// What comes from outside is short and steers nothing.
func TestDescriptionsAreBounded(t *testing.T) {
	doc, err := json.Marshal(strings.Repeat("a", 5000))
	require.NoError(t, err)
	p := parsed(t, statementWith(`{"string_equal":{"cos:content-type":`+string(doc)+`}}`), policy.Session)
	d := p.Evaluate(asks(sub, "PutObject", "a", with("cos:content-type", "x\x1b[2J\u202e", strings.Repeat("b", 9000), "3", "4", "5", "6", "7")))
	en, zh := d.Describe()
	require.Less(t, len(en), 1000)
	require.Less(t, len(zh), 1000)
	require.Contains(t, en, "and 2 more")
	for _, s := range []string{en, zh} {
		require.NotContains(t, s, "\x1b")
		require.NotContains(t, s, "\u202e")
	}
}
