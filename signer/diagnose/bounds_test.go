package diagnose_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// numbered joins n pieces made of a format with one number.
func numbered(n int, format, sep string) string {
	pieces := make([]string, n)
	for i := range pieces {
		pieces[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(pieces, sep)
}

// heavy are requests made to be dear: each at the bounds of what is looked at
// part by part, none explained by anything.
func heavy() map[string]made {
	wrong := strings.Repeat("0", 40)
	many := http.Header{}
	for i := range 80 {
		many.Add(fmt.Sprintf("X-Cos-Meta-%d", i), fmt.Sprintf("value/%d", i))
	}
	long := http.Header{}
	for i := range 12 {
		long.Add(fmt.Sprintf("X-Cos-Meta-%d", i), strings.Repeat("张", 330))
	}
	repeated := http.Header{"X-Cos-Meta-A": strings.Split(strings.Repeat("a,", 120), ",")}
	path := diagnose.Input{
		Verify: signer.VerifyOptions{PathPrefix: "/b-1250000000", LocalPort: "9000"},
		Facts:  diagnose.Facts{Hosts: strings.Split(numbered(100, "h%d.example.com:9000", ","), ",")},
	}
	for i := range 300 {
		path.OtherKeys = append(path.OtherKeys, signer.Credentials{SecretID: fmt.Sprint("AKID", i), SecretKey: fmt.Sprint("secret", i), Token: fmt.Sprint("token", i)})
	}
	return map[string]made{
		"ordinary":        {target: "/photos/2026/a%20b.jpg?uploads&prefix=a+b", header: header("Content-Type", "image/jpeg", "X-Cos-Acl", "private"), headers: "content-type;host;x-cos-acl", params: "uploads;prefix", signature: wrong},
		"long path":       {target: "/" + strings.Repeat("a%2Fb//", 2200), headers: "host", signature: wrong},
		"many parameters": {target: "/k?" + numbered(120, "p%d=a%%252Fb", "&"), params: numbered(120, "p%d", ";"), signature: wrong},
		"unlisted ones":   {target: "/k?" + numbered(250, "p%d=a%%252Fb", "&"), headers: "host", signature: wrong},
		"listed, absent":  {target: "/k", headers: numbered(240, "h%d", ";"), signature: wrong},
		"many headers":    {target: "/k", header: many, headers: numbered(80, "x-cos-meta-%d", ";"), signature: wrong},
		"long headers":    {target: "/k", header: long, headers: numbered(12, "x-cos-meta-%d", ";"), signature: wrong},
		"one name":        {target: "/k?" + strings.Repeat("p=+&", 120), header: repeated, params: "p", headers: "x-cos-meta-a", signature: wrong},
		"every leniency": {
			host: "127.0.0.1:9000", target: "/b-1250000000/k?p=a+b&x-cos-security-token=t+t", header: header("Content-Type", "image/jpeg"), params: "p",
			headers: "host;content-type;x-cos-security-token", signature: wrong, in: path,
		},
		"hosts and keys": {target: "/b-1250000000/a+b%252F//c?p=a+b", header: header("Content-Type", "image/jpeg"), params: "p", headers: "host;content-type", signature: wrong, in: path},
	}
}

func TestHeavyIsBounded(t *testing.T) {
	for name, m := range heavy() {
		r := diagnose.Explain(m.input())
		require.LessOrEqual(t, r.Attempts, 3000, name)
		require.Positive(t, r.Attempts, name)
		require.Nil(t, r.Signed, name)
		require.NotEmpty(t, r.Findings, name)
		require.False(t, r.Findings[0].Proven, name)
	}
}

// TestTooLargeIsNotLookedAt: beyond the bounds only facts are told.
func TestTooLargeIsNotLookedAt(t *testing.T) {
	signed := "put\n/k\n\n\n"
	for name, m := range map[string]made{
		"parameters": {target: "/k?" + strings.Repeat("a=b&", 100_000), signed: signed},
		"a path":     {target: "/" + strings.Repeat("a", 1<<20), signed: signed},
		"headers":    {target: "/k", header: http.Header{"X-A": strings.Split(strings.Repeat("v,", 10_000), ",")}, signed: signed},
		"lists":      {target: "/k", headers: strings.Repeat("a;", 100_000), signed: signed},
	} {
		m.in = at(80 * 60 * 1e9)
		in := m.input()
		res := signer.Result{HttpString: "put\n/k\n\nx-cos-security-token=abc\n", StringToSign: "sha1\n…"}
		in.Verdict = &res
		r := diagnose.Explain(in)
		require.Zero(t, r.Attempts, name)
		require.True(t, r.Truncated, name)
		require.Equal(t, "expired,unknown", r.Header(), name)
		require.Equal(t, "put\n/k\n\nx-cos-security-token=[hidden]\n", r.Arrived.HttpString, name)
	}
}

// FuzzExplain: no request makes it panic, work without end, or prove what the
// secret does not.
func FuzzExplain(f *testing.F) {
	for _, file := range loadVectors(f) {
		for i := 0; i < len(file.Cases); i += 13 {
			host, target := file.Cases[i].Target()
			f.Add(file.Cases[i].Method, target, host, "", "image/jpeg", "/b")
		}
	}
	for _, m := range heavy() {
		in := m.input()
		f.Add(in.Request.Method, in.Request.Target(), in.Request.Host, in.Request.Header.Get("Authorization"), "a/b; charset=x", "/b-1250000000")
	}
	f.Add("", "", "", "q-ak=a&q-signature=AAAA&q-sign-time=1%3B2", "", "")
	f.Add("PUT", "/a?b?sign=q-ak%253Dx%2526q-signature%253Dy", "h:", "", "", "/")
	f.Fuzz(func(t *testing.T, method, target, host, authorization, contentType, prefix string) {
		h := header("Content-Type", contentType, "Content-Md5", contentType, "Date", contentType)
		if authorization != "" {
			h.Set("Authorization", authorization)
		}
		in := withClaim(diagnose.Input{
			Request: signer.ReadRequest(&http.Request{Method: method, Host: host, RequestURI: target, Header: h}),
			Key:     signer.Credentials{SecretID: ak, SecretKey: "a secret that no request was signed with", Token: contentType},
			Verify:  signer.VerifyOptions{PathPrefix: prefix, LocalPort: "9000"},
			Facts:   diagnose.Facts{Bucket: strings.Trim(prefix, "/"), Hosts: []string{host, target}, Key: diagnose.KeyState(len(target) % 5)},
		})
		r := diagnose.Explain(in)
		require.LessOrEqual(t, r.Attempts, 3000)
		require.Nil(t, r.Signed)
		for _, f := range r.Findings {
			require.False(t, f.Proven)
			require.LessOrEqual(t, len(f.Signed), 1100)
			require.LessOrEqual(t, len(f.Sentence.En), 2000)
		}
		if c, err := diagnose.ParseCurl("curl " + target); err == nil {
			_, _ = c.Request()
		}
		if ce, err := diagnose.ParseCloudError([]byte(target)); err == nil {
			diagnose.ExplainCloud(ce, in)
		}
		if ce, err := diagnose.ParseCloudError([]byte("<FormatString>" + target + "</FormatString>")); err == nil {
			diagnose.ExplainCloud(ce, in)
		}
	})
}

// FuzzMistake: a method signed for another is proven whatever else the request
// holds.
func FuzzMistake(f *testing.F) {
	f.Add("/a b+%2B?x=1&y", "host", "x;y", "v")
	f.Add("//a/../%zz?%E4%B8%AD=+", "content-type;x-cos-meta-a", "%E4%B8%AD", "a  b;c")
	f.Fuzz(func(t *testing.T, target, headers, params, value string) {
		if !strings.HasPrefix(target, "/") || strings.ContainsAny(headers+params, "&%+ ") || len(target)+len(value)+len(headers)+len(params) > 4000 {
			return
		}
		h := header("Content-Type", value, "X-Cos-Meta-A", value)
		h.Set("Authorization", "q-sign-algorithm=sha1&q-ak="+ak+"&q-sign-time="+times+"&q-key-time="+times+"&q-header-list="+headers+
			"&q-url-param-list="+params+"&q-signature="+strings.Repeat("0", 40))
		in := withClaim(made{noClaim: true, target: target, header: h}.input())
		if in.Claim == nil || in.Claim.Carrier != signer.CarrierHeader || len(in.Request.Params) > 60 || strings.Count(headers+params, ";") > 60 {
			return
		}
		canon := in.Request.Canonical(in.Claim, signer.Reading{})
		canon.Method = "patch"
		in.Claim.Signature = mac(mac(secret, times), stringToSign(times, canon.HttpString()))
		r := diagnose.Explain(in)
		require.NotEmpty(t, r.Findings)
		require.Equal(t, diagnose.Method, r.Findings[0].ID)
		require.True(t, r.Findings[0].Proven)
	})
}

func BenchmarkExplain(b *testing.B) {
	for name, m := range heavy() {
		in := m.input()
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			attempts := 0
			for b.Loop() {
				attempts = diagnose.Explain(in).Attempts
			}
			b.ReportMetric(float64(attempts), "attempts/op")
		})
	}
	proven := made{target: "/k", headers: "host", signed: "get\n/k\n\nhost=" + host + "\n"}.input()
	b.Run("method-proven", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			diagnose.Explain(proven)
		}
	})
}
