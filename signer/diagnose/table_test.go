package diagnose_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// TestIDs keeps the ids: they are an interface.
func TestIDs(t *testing.T) {
	var ids []string
	for _, row := range diagnose.Rows() {
		if !row.Accepted {
			ids = append(ids, row.ID)
		}
		require.NotEmpty(t, row.Means.En, row.ID)
		require.NotEmpty(t, row.Means.Zh, row.ID)
	}
	require.ElementsMatch(t, strings.Fields(`
		method host header-value header-not-sent param-value param-not-sent
		path-encoded-twice path-not-encoded path-plus path-slash path-bucket
		token-missing token-unknown token-expired token-not-signed
		secret-whitespace secret-other key-unknown
		expired not-yet-valid time-unit time-zone
		sign-encoded-twice signature-format
		bucket-no-appid region md5-hex body-short copy-source policy-denied cors-no-rule strict-signature unknown
		key-swapped key-format key-whitespace key-empty auth-prefix host-malformed old-api text-encoding query-twice
		transfer-encoding form-policy form-base64 clock-moved aws-signature aws-checksum aws-chunk unsigned`), ids)
}

// TestAllIDs: IDs has every constant of the type once.
func TestAllIDs(t *testing.T) {
	source, err := os.ReadFile("id.go")
	require.NoError(t, err)
	var declared []diagnose.ID
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ +ID = "(.+)"$`).FindAllStringSubmatch(string(source), -1) {
		declared = append(declared, diagnose.ID(m[1]))
	}
	require.Greater(t, len(declared), 45)
	require.Equal(t, declared, diagnose.IDs())
}

// tolerated is a request for each leniency that only that one lets pass.
func tolerated() map[string]made {
	signed := func(s string) string { return "put\n/k\n\nhost=" + s + "\n" }
	prefix := diagnose.Input{Verify: signer.VerifyOptions{PathPrefix: "/b-1250000000", LocalPort: "9000"}}
	return map[string]made{
		"plus-literal":    {target: "/k?p=a+b", params: "p", signed: "put\n/k\np=a%2Bb\n\n"},
		"host-no-port":    {target: "/k", host: "h:9000", headers: "host", signed: signed("h")},
		"host-port-80":    {target: "/k", host: "h", headers: "host", signed: signed("h%3A80")},
		"host-port-443":   {target: "/k", host: "h", headers: "host", signed: signed("h%3A443")},
		"host-local-port": {target: "/k", host: "h", headers: "host", signed: signed("h%3A9000"), in: prefix},
		"host-colon":      {target: "/k", host: "h:9000", headers: "host", signed: signed("h:9000")},
		"path-no-bucket":  {target: "/b-1250000000/k", signed: "put\n/k\n\n\n", in: prefix},
		"token-in-query":  {target: "/k?x-cos-security-token=t0ken-t0ken", headers: "x-cos-security-token", signed: "put\n/k\n\nx-cos-security-token=t0ken-t0ken\n"},
	}
}

// TestToleratedIsNoMistake: what signer.Verify lets pass is in the table,
// marked so; it is never called a mistake, and it does not hide one.
func TestToleratedIsNoMistake(t *testing.T) {
	var rows []diagnose.Row
	for _, row := range diagnose.Rows() {
		if row.Accepted {
			rows = append(rows, row)
		}
	}
	requests := tolerated()
	leniencies := signer.Leniencies()
	require.Len(t, rows, len(leniencies))
	require.Len(t, requests, len(leniencies))
	for i, l := range leniencies {
		require.Equal(t, l.ID, rows[i].ID)
		require.Equal(t, l.Means, rows[i].Means.En)
		m, ok := requests[l.ID]
		require.True(t, ok, l.ID)

		in := m.input()
		res := signer.Verify(in.Request, in.Claim, secret, in.Verify)
		require.True(t, res.OK, l.ID)
		require.Equal(t, l.ID, res.Reading)
		for _, verdict := range []*signer.Result{nil, &res} {
			in.Verdict = verdict
			r := diagnose.Explain(in)
			require.Empty(t, r.Findings, l.ID)
			require.Equal(t, []string{l.ID}, r.Accepted)
			require.Nil(t, r.Signed)
			require.NotNil(t, r.Arrived)
		}
		in.Verdict = nil

		in.Request.Method = http.MethodDelete
		r := diagnose.Explain(in)
		require.Equal(t, "method", r.Header(), l.ID)
		require.True(t, r.Findings[0].Proven, l.ID)
		require.Equal(t, []string{l.ID}, r.Accepted)
		in.Request.Method = http.MethodPut

		in.Key.SecretKey = "another"
		r = diagnose.Explain(in)
		require.Equal(t, "unknown", r.Header(), l.ID)
		require.Nil(t, r.Signed)
		require.Empty(t, r.Accepted)
	}
}

// TestVectors: nothing is said of what holds, and what the SDKs compose wrongly
// is proven.
func TestVectors(t *testing.T) {
	want := map[string]diagnose.ID{
		"cpp-085":    diagnose.ParamValue,     // a raw '&' in a value
		"dotnet-013": diagnose.PathNotEncoded, // a raw '%' in the key
		"dotnet-015": diagnose.PathNotEncoded, // a raw '?' in the key
		"dotnet-016": diagnose.PathNotEncoded,
		"ios-201":    diagnose.ParamValue, // names in upper-case hex
		"ios-205":    diagnose.ParamValue,
		"ios-x01":    diagnose.PathPlus,
		"ios-x02":    diagnose.PathPlus,
		"ios-x04":    diagnose.PathPlus,
	}
	for _, f := range loadVectors(t) {
		for i := range f.Cases {
			v := &f.Cases[i]
			host, target := v.Target()
			r := &http.Request{Method: v.Method, Host: host, RequestURI: target, Header: v.Header()}
			in := withClaim(diagnose.Input{
				Request: signer.ReadRequest(r), Now: time.Unix(v.ValidUntil, 0),
				Key: signer.Credentials{SecretID: v.SecretID, SecretKey: v.SecretKey, Token: v.Token},
			})
			rep := diagnose.Explain(in)
			if v.Holds {
				require.Empty(t, rep.Findings, v.ID)
				require.NotNil(t, rep.Arrived, v.ID)
				continue
			}
			id, ok := want[v.ID]
			require.True(t, ok, v.ID)
			delete(want, v.ID)
			require.Len(t, rep.Findings, 1, v.ID)
			require.Equal(t, id, rep.Findings[0].ID, v.ID)
			require.True(t, rep.Findings[0].Proven, v.ID)
			key := mac(v.SecretKey, strings.Split(rep.Signed.StringToSign, "\n")[1])
			require.Equal(t, in.Claim.Signature, mac(key, rep.Signed.StringToSign), v.ID)
		}
	}
	require.Empty(t, want)
}

// TestOrder: what refused the request comes first, what would have next after
// it.
func TestOrder(t *testing.T) {
	tests := []struct {
		made
		want string
	}{
		{made{target: "/k", signed: "get\n/k\n\n\n", in: at(80 * time.Minute)}, "expired,method"},
		{made{target: "/k", signed: "put\n/k\n\nx=1\n", in: at(80 * time.Minute)}, "expired,unknown"},
		{made{target: "/k", signed: "put\n/k\n\n\n", in: at(8 * time.Hour)}, "expired,time-zone"},
		{made{target: "/k", signed: "put\n/k\n\n\n", in: at(-8 * time.Hour)}, "time-zone,not-yet-valid"},
		{made{target: "/k", signed: "put\n/k\n\n\n", in: at(-8*time.Hour - 10*time.Minute)}, "not-yet-valid"},
		{made{target: "/k", signed: "put\n/k\n\n\n", time: "1795465389000;1795468989000"}, "time-unit,not-yet-valid"},
		{made{target: "/k", headers: "a", signed: "get\n/k\n\n\n"}, "method,header-not-sent"},
		{made{target: "/k", header: header("Content-Md5", strings.Repeat("0", 32)), signed: "put\n/k\n\nx=1\n"}, "unknown,md5-hex"},
		{made{target: "/k", signed: "get\n/k\n\n\n", in: diagnose.Input{OtherKeys: []signer.Credentials{otherKey}, Facts: diagnose.Facts{Key: diagnose.KeyNotFound}}}, "key-unknown"},
		{made{target: "/k", signed: "put\n/k\n\n\n", secret: otherKey.SecretKey, in: diagnose.Input{OtherKeys: []signer.Credentials{otherKey}, Facts: diagnose.Facts{Key: diagnose.KeyNotFound}}}, "key-unknown,secret-other"},
		{made{target: "/k", signed: "put\n/k\n\n\n"}, ""},
		{made{target: "/k", noClaim: true, in: facts(diagnose.Facts{Code: "NoSuchKey"})}, ""},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, diagnose.Explain(tt.input()).Header())
	}
	require.Empty(t, diagnose.Explain(diagnose.Input{}).Findings)
}

// TestPairs covers two mistakes at once.
func TestPairs(t *testing.T) {
	tests := []struct {
		made
		want string
	}{
		{made{target: "/a%2520b", signed: "get\n/a b\n\n\n"}, "method,path-encoded-twice"},
		{made{target: "/k", signed: "get\n/k\n\n\n", secret: secret + "\n"}, "method,secret-whitespace"},
		{made{target: "/k", host: "localhost:9000", headers: "host", signed: "put\n/" + bucket + "/k\n\nhost=cos.ap-guangzhou.myqcloud.com\n", in: facts(diagnose.Facts{Bucket: bucket, BucketRegion: "ap-guangzhou"})}, "host,path-bucket"},
		{
			made{
				target: "/k", header: header("Content-Type", "a/b;charset=UTF-8", "Cache-Control", "no-cache"), headers: "content-type;cache-control",
				signed: "put\n/k\n\ncache-control=&content-type=a%2Fb\n",
			}, "header-value",
		},
		{
			made{
				target: "/k?p=a%252Fb", header: header("Content-Type", "a/b;charset=UTF-8"), headers: "content-type", params: "p",
				signed: "put\n/k\np=a%2Fb\ncontent-type=a%2Fb\n",
			}, "header-value,param-value",
		},
	}
	for _, tt := range tests {
		r := diagnose.Explain(tt.input())
		require.Equal(t, tt.want, r.Header())
		require.Len(t, r.Findings, 2, tt.want)
		for _, f := range r.Findings {
			require.True(t, f.Proven, tt.want)
		}
		require.Equal(t, tt.signed, r.Signed.HttpString)
	}
}
