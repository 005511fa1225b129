package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator"
)

const uploadPolicy = `{
  "version": "2.0",
  "statement": [{
    "effect": "allow",
    "action": ["name/cos:PutObject", "name/cos:PostObject"],
    "resource": "qcs::cos:ap-guangzhou:uid/1250000000:test-1250000000/in/*",
    "condition": {"numeric_less_than_equal": {"cos:content-length": 1048576}, "string_like": {"cos:content-type": "image/*"}}
  },
  {"effect": "deny", "action": "name/cos:*", "resource": "*", "condition": {"ip_not_equal": {"qcs:ip": "10.0.0.0/8"}}}]
}`

const uploadTo = "qcs::cos:ap-guangzhou:uid/1250000000:test-1250000000/in/a.jpg"

// checked runs policy check with the policy as a file.
func checked(t *testing.T, doc string, env []string, args ...string) outcome {
	t.Helper()
	return command(append([]string{"COLUMNS=400"}, env...), append([]string{"policy", "check", "--policy=" + writeFile(t, "policy.json", doc)}, args...)...)
}

func TestPolicyCheck(t *testing.T) {
	picture := []string{"--action=PutObject", "--resource=" + uploadTo, "--header=Content-Type: image/jpeg"}
	for name, c := range map[string]struct {
		args []string
		code int
		says []string
		not  string
	}{
		"allowed": {
			append(picture, "--header=content-length: 1048576", "--ip=10.1.2.3"), exitOK,
			[]string{"name/cos:PutObject " + uploadTo + "\n", "Allowed: statement[0] allows it.\n", "\nstatement[0]:\n{\n    \"effect\": \"allow\",\n"},
			"would allow it",
		},
		"too long": {
			append(picture, "--header=Content-Length:1048577"), exitFailed,
			[]string{
				"Not allowed: no statement allows it; the closest, statement[0], wants cos:content-length numeric_less_than_equal 1048576, and the request has 1048577.\n",
				"Send the request so that it meets the condition",
			},
			"would allow it", // the condition is to be met, not dropped
		},
		"no length": {picture, exitFailed, []string{"and the request has no such value"}, "Denied"},
		"another action": {
			[]string{"--action=name/cos:InitiateMultipartUpload", "--resource=" + uploadTo},
			exitFailed,
			[]string{"allows the action name/cos:PutObject or name/cos:PostObject, not name/cos:InitiateMultipartUpload", "\nThis statement would allow it:\n", `"action":["name/cos:InitiateMultipartUpload"]`},
			"Send the request",
		},
		"another place": {
			[]string{"--action=cos:PutObject", "--resource=test-1250000000/out/a.jpg", "--header=Content-Type:image/png", "--header=Content-Length:1"},
			exitFailed,
			[]string{"covers the resource qcs::cos:ap-guangzhou:uid/1250000000:test-1250000000/in/*, not qcs::cos::uid/1250000000:test-1250000000/out/a.jpg"},
			"Denied",
		},
		"denied": {
			append(picture, "--header=Content-Length: 1", "--ip=11.1.2.3"), exitFailed,
			[]string{"Denied: statement[1] denies it.\n", "Nothing that allows it helps", "\nstatement[1]:\n{\"effect\": \"deny\""},
			"would allow it",
		},
	} {
		o := checked(t, uploadPolicy, nil, c.args...)
		require.Equal(t, c.code, o.code, "%s: %s", name, o.stderr)
		require.Empty(t, o.stderr, name)
		for _, want := range c.says {
			require.Contains(t, o.stdout, want, name)
		}
		require.NotContains(t, o.stdout, c.not, name)
	}
}

func TestPolicyCheckInChinese(t *testing.T) {
	args := []string{"--action=PutObject", "--resource=" + uploadTo, "--header=Content-Type: image/jpeg", "--header=Content-Length: 1048577"}
	o := checked(t, uploadPolicy, []string{"LANG=zh_CN.UTF-8"}, args...)
	require.Equal(t, exitFailed, o.code, o.stderr)
	for _, want := range []string{
		"不允许：没有 statement 允许这个请求；最接近的 statement[0] 要求 cos:content-length numeric_less_than_equal 1048576，而请求里是 1048577。\n",
		"请改变请求以满足条件",
	} {
		require.Contains(t, o.stdout, want)
	}
	require.Equal(t, o, checked(t, uploadPolicy, nil, append(args, "--lang=zh")...))
	other := checked(t, uploadPolicy, nil, "--action=GetObject", "--resource="+uploadTo, "--lang=zh")
	require.Contains(t, other.stdout, "加入下面这个 statement 就会允许：\n{")
}

func TestPolicyCheckJSON(t *testing.T) {
	o := checked(t, uploadPolicy, nil, "--json", "--action=PutObject", "--resource="+uploadTo, "--header=Content-Type:text/html", "--header=Content-Length:1")
	require.Equal(t, exitFailed, o.code, o.stderr)
	var v policyVerdict
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &v))
	require.Equal(t, emulator.PolicyNotAllowed, v.Verdict)
	require.Equal(t, 0, *v.Statement)
	require.Equal(t, &emulator.PolicyMissing{What: "condition", Operator: "string_like", Key: "cos:content-type", Want: []string{"image/*"}, Got: []string{"text/html"}}, v.Missing)
	require.Nil(t, v.Add, "a condition that bites is to be met")

	o = checked(t, uploadPolicy, nil, "--json", "--action=GetObject", "--resource="+uploadTo)
	v = policyVerdict{}
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &v))
	require.JSONEq(t, `{"effect":"allow","action":["name/cos:GetObject"],"resource":["`+uploadTo+`"]}`, string(v.Add))

	o = checked(t, `{"version":"2.0","statement":[{"effect":"deny","action":"*","resource":"*","condition":{"string_equal":{"cos:x-cos-acl":"default"}}}]}`,
		nil, "--json", "--action=GetObject", "--resource=b-1/k")
	require.Equal(t, exitFailed, o.code, o.stderr)
	require.NotContains(t, o.stdout, `"statement"`, "nothing is allowed, so none is close")
}

// Everything that a condition looks at can be given.
func TestPolicyCheckValues(t *testing.T) {
	for condition, args := range map[string][]string{
		`"string_equal":{"cos:prefix":"dir%2F"}`:                                       {"--param=prefix=dir/"},
		`"string_equal":{"cos:versionid":""}`:                                          {"--param=versionId="},
		`"bool_equal":{"cos:secure-transport":"true"}`:                                 {"--tls=1.2"},
		`"numeric_equal":{"cos:tls-version":1.3}`:                                      {"--tls=1.3"},
		`"ip_equal":{"qcs:ip":"2001:db8::/32"}`:                                        {"--ip=2001:db8::1"},
		`"date_less_than":{"qcs:current_time":"2026-01-01T00:00:00Z"}`:                 {"--at=2025-12-31T23:59:59Z"},
		`"string_equal":{"cos:host":"b.example.com"}`:                                  {"--header=Host: b.example.com"},
		`"for_all_value:string_equal":{"qcs:request_tag":["a&b","c&d"]}`:               {"--header=x-cos-tagging: a=b"},
		`"string_equal":{"qcs:uin":"100000000011","qcs:owner_uin":"${owner_uin}"}`:     {"--kind=user", "--principal=qcs::cam::uin/100000000001:uin/100000000011"},
		`"string_equal":{"cos:x-cos-meta-a":"1"},"bool_equal":{"cos:x-cos-b":"false"}`: {"--header=X-Cos-Meta-A:1", "--header=x-cos-b:false"},
	} {
		doc := `{"version":"2.0","statement":[{"effect":"allow","action":"*","resource":"*","condition":{` + condition + `}}]}`
		with := checked(t, doc, nil, append(args, "--action=GetBucket", "--resource=b-1")...)
		require.Equal(t, exitOK, with.code, "%s: %s%s", condition, with.stdout, with.stderr)
		without := checked(t, doc, nil, "--action=GetBucket", "--resource=b-1")
		require.Equal(t, exitFailed, without.code, condition)
	}
}

// A bucket's policy is judged for somebody.
func TestPolicyCheckOfABucket(t *testing.T) {
	const doc = `{"Statement":[{"Principal":{"qcs":["qcs::cam::uin/100000000001:uin/100000000011"]},"Effect":"Allow","Action":["name/cos:GetObject"],
		"Resource":["qcs::cos:ap-guangzhou:uid/1250000000:test-1250000000/*"]}],"version":"2.0"}`
	get := []string{"--action=GetObject", "--resource=" + uploadTo}
	o := checked(t, doc, nil, append(get, "--principal=qcs::cam::uin/100000000001:uin/100000000011")...)
	require.Equal(t, exitOK, o.code, o.stderr)
	o = checked(t, doc, nil, append(get, "--principal=qcs::cam::uin/100000000001:uin/100000000012")...)
	require.Equal(t, exitFailed, o.code, o.stderr)
	require.Contains(t, o.stdout, "is for qcs::cam::uin/100000000001:uin/100000000011, not for qcs::cam::uin/100000000001:uin/100000000012.\n")
	require.Contains(t, o.stdout, `{"principal":{"qcs":["qcs::cam::uin/100000000001:uin/100000000012"]},"effect":"allow"`)
	o = checked(t, doc, nil, append(get, "--kind=bucket")...)
	require.Equal(t, exitFailed, o.code, o.stderr)
	require.Contains(t, o.stdout, "not for qcs::cam::anonymous:anonymous.\n")
	// As the policy of a key its principal does not count.
	require.Equal(t, exitOK, checked(t, doc, nil, get...).code)
}

func TestPolicyCheckFromStandardInput(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := Main([]string{"policy", "check", "--policy=-", "--action=GetService", "--resource=*"}, nil,
		strings.NewReader(`{"version":"2.0","statement":[{"effect":"allow","action":"name/cos:GetService","resource":"*"}]}`), &stdout, &stderr)
	require.Equal(t, exitOK, code, stderr.String())
	require.Contains(t, stdout.String(), "name/cos:GetService *\nAllowed: statement[0] allows it.\n")
}

func TestPolicyCheckOfWhatMakesNoSense(t *testing.T) {
	good := []string{"--action=PutObject", "--resource=" + uploadTo}
	for _, c := range []struct {
		doc  string
		args []string
		says string
		help bool // the usage follows
	}{
		{`{"version":"2.0","statement":[{"effect":"allow","action":"cos:*","resource":"*","condition":{"numeric_less_then":{"cos:content-length":1}}}]}`, good, "policy: statement[0].condition.numeric_less_then: there is no such operator", false},
		{"{\"version\":\"2.0\",\n// comment\n}", good, "no JSON, line 2", false},
		{strings.Repeat(" ", 2<<20) + uploadPolicy, good, "policy: it has 1048576 bytes", false},
		{uploadPolicy, append(good, "--kind=bucket"), "policy: statement[0]: a bucket's policy needs a principal", false},
		{uploadPolicy, append(good, "--policy=/nonexistent/policy.json"), "no such file", false},
		{uploadPolicy, []string{"--action=Put*", "--resource=" + uploadTo}, `--action "Put*" is no single action`, true},
		{uploadPolicy, []string{"--action=PutObject", "--resource=test/in/a.jpg"}, `--resource "test/in/a.jpg" is no single resource`, true},
		{uploadPolicy, append(good, "--principal=*"), `--principal "*" is nobody in particular`, true},
		{uploadPolicy, append(good, "--header=Content-Length: much"), `the Content-Length "much" is no number of bytes`, true},
		{uploadPolicy, append(good, "--header=hush"), "--header wants NAME:VALUE", true},
		{uploadPolicy, append(good, "--param=a"), "--param wants NAME=VALUE", true},
		{uploadPolicy, append(good, "--ip=localhost"), `--ip "localhost" is no address`, true},
		{uploadPolicy, append(good, "--at=soon"), "--at: ", true},
		{uploadPolicy, append(good, "--tls=1.4"), "--tls", true},
		{uploadPolicy, good[:1], "--resource", true},
	} {
		o := checked(t, c.doc, nil, c.args...)
		require.Equal(t, exitUsage, o.code, c.says)
		require.Empty(t, o.stdout, c.says)
		require.Contains(t, o.stderr, "cosemu: ", c.says)
		require.Contains(t, o.stderr, c.says)
		require.Equal(t, c.help, strings.Contains(o.stderr, "Usage: cosemu policy check"), o.stderr)
		require.NotContains(t, o.stderr, "hush")
	}
}

// What the policy or the flags hold steers no terminal, and stays JSON.
func TestPolicyCheckIsSafeToPrint(t *testing.T) {
	doc := "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"cos:\u009b31m\u202e*\",\r\n\"resource\":\"*\"}]}"
	o := checked(t, doc, nil, "--action=GetObject", "--resource=b-1/\u202ek\U000e0001")
	require.Equal(t, exitFailed, o.code, o.stderr)
	for _, bad := range []string{"\u009b", "\u202e", "\U000e0001", "\r"} {
		require.NotContains(t, o.stdout, bad)
	}
	_, add, ok := strings.Cut(o.stdout, "would allow it:\n")
	require.True(t, ok)
	require.JSONEq(t, "{\"effect\":\"allow\",\"action\":[\"name/cos:GetObject\"],\"resource\":[\"qcs::cos::uid/1:b-1/\u202ek\U000e0001\"]}", add)
}
