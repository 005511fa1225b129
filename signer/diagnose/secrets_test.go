package diagnose_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// TestNoSecretShown: whatever is found, neither a SecretKey nor a token nor a
// customer's encryption key stands in the report.
func TestNoSecretShown(t *testing.T) {
	const (
		token    = "the+own/token=of the key"
		arrived  = "a-stale-token-of-yesterday"
		customer = "Y3VzdG9tZXIga2V5IGluIGJhc2U2NA=="
	)
	own := diagnose.Input{
		Key:       signer.Credentials{SecretID: ak, SecretKey: secret, Token: token},
		OtherKeys: []signer.Credentials{otherKey},
		Facts:     diagnose.Facts{Key: diagnose.KeyTokenUnknown},
	}
	const sse = "x-cos-server-side-encryption-customer-key"
	h := func() http.Header {
		return header(signer.TokenName, arrived, sse, customer, "Cookie", "session=12345678")
	}
	pair := func(name, value string) string { return name + "=" + signer.Encode(value) }
	sse1 := pair("cookie", "session=12345678") + "&" + pair(signer.TokenName, arrived) + "&" + pair(sse, customer)
	lists := "cookie;" + signer.TokenName + ";" + sse
	requests := []made{
		{target: "/k", header: h(), headers: lists, signed: "put\n/k\n\n" + sse1 + "\n"},
		{target: "/k", header: h(), headers: lists, signed: "get\n/k\n\n" + sse1 + "\n"},
		{target: "/k", header: h(), headers: signer.TokenName, signed: "put\n/k\n\n" + pair(signer.TokenName, token) + "\n"},
		{target: "/k", header: h(), headers: signer.TokenName, signed: "put\n/k\n\n" + pair(signer.TokenName, otherKey.Token) + "\n"},
		{target: "/k", header: h(), headers: signer.TokenName, signed: "put\n/k\n\n\n"},
		{target: "/k", header: h(), signed: "put\n/k\n\n" + pair(signer.TokenName, arrived) + "\n"},
		{target: "/k", header: h(), headers: sse, signed: "put\n/k\n\n" + sse + "=\n"},
		{target: "/k", header: h(), headers: sse, signed: "put\n/k\n\n" + sse + "=" + customer + "\n"},
		{target: "/k", header: h(), signed: "put\n/k\n\n" + pair(sse, customer) + "\n"},
		{target: "/k", header: h(), signed: "put\n/k\n\n\n", secret: otherKey.SecretKey},
		{target: "/k", header: h(), signed: "put\n/k\n\n\n", secret: secret + "\n"},
		{target: "/k?" + signer.TokenName + "=" + arrived, headers: signer.TokenName, signed: "get\n/k\n\n" + pair(signer.TokenName, arrived) + "\n"},
		{target: "/k?" + signer.TokenName + "=" + arrived, params: signer.TokenName, signed: "get\n/k\n" + pair(signer.TokenName, arrived) + "\n\n"},
	}
	proofs := 0
	for _, m := range requests {
		m.in = own
		r := diagnose.Explain(m.input())
		require.NotEmpty(t, r.Findings)
		if r.Signed != nil {
			proofs++
		}
		b, err := json.Marshal(r)
		require.NoError(t, err)
		for _, s := range []string{secret, otherKey.SecretKey, token, arrived, otherKey.Token, customer, "12345678"} {
			for _, spelling := range []string{s, signer.Encode(s)} {
				require.NotContains(t, string(b), spelling)
				require.NotContains(t, fmt.Sprintf("%+v", r), spelling)
			}
		}
	}
	require.GreaterOrEqual(t, proofs, 11, "the others say nothing of what was signed")
}
