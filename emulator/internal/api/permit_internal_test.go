package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// TestOwnerAsksNobody: the owner's own key is let through without a look at any
// policy, list or row: this emulator has none, and no store.
func TestOwnerAsksNobody(t *testing.T) {
	e := &Emulator{ops: newOperations()}
	c := &call{
		claim: &signer.Claim{}, key: keyring.Key{AppID: "1250000000"}, op: e.ops.plain(scopeObject, http.MethodPut),
		bucket: storage.Bucket{Name: "b-1250000000", Owner: "1250000000", ACL: "private", Configs: []string{configPolicy}},
	}
	require.Nil(t, e.permit(c))
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = e.permit(c) }))

	c.key.AppID = "1300000001"
	require.Panics(t, func() { _ = e.permit(c) }, "the control: of anybody else the policy is looked up")
	c.key = keyring.Key{AppID: "1250000000", UIN: "100000000011"}
	require.Panics(t, func() { _ = e.permit(c) }, "of a sub-account as well")
	c.bucket.Configs = nil
	require.Nil(t, e.permit(c), "unless there is none")
}

// TestPolicyAction: calls have the names that policies know (COS docs: COS API
// 授权策略使用指引), those that are not there as well.
func TestPolicyAction(t *testing.T) {
	for want, op := range map[string]operation{
		"PutObject":         {name: "UploadPartCopy", scope: scopeObject, method: http.MethodPut, traits: copies},
		"DeleteObject":      {name: "DeleteObject", scope: scopeBucket, method: http.MethodPost, sub: "delete"},
		"PutBucketWebsite":  {scope: scopeBucket, method: http.MethodPut, sub: "website"},
		"PostObjectRestore": {scope: scopeObject, method: http.MethodPost, sub: "restore"},
		"PatchObject":       {scope: scopeObject, method: http.MethodPatch},
	} {
		require.Equal(t, want, op.action())
	}
}

// BenchmarkPermit is what judging a PUT costs: the owner's own key, and a
// temporary one that was cut down to a policy with a condition.
func BenchmarkPermit(b *testing.B) {
	session, err := policy.Parse([]byte(`{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],`+
		`"resource":["qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/in/*"],"condition":{"numeric_less_than":{"cos:content-length":100}}}]}`), policy.Session)
	require.NoError(b, err)
	e := &Emulator{ops: newOperations(), keys: keyring.New()}
	for name, key := range map[string]keyring.Key{"owner": {AppID: "1250000000"}, "cut": {AppID: "1250000000", Token: "t", Session: session}} {
		b.Run(name, func(b *testing.B) {
			c := &call{
				claim: &signer.Claim{}, key: key, op: e.ops.plain(scopeObject, http.MethodPut),
				addr:   addr.Address{Bucket: "b-1250000000", Key: "in/photo.jpg"},
				bucket: storage.Bucket{Name: "b-1250000000", Region: "ap-guangzhou", Owner: "1250000000", ACL: "private"},
				http:   &http.Request{Header: http.Header{"Content-Length": {"12"}}, RemoteAddr: "127.0.0.1:1234"}, req: &signer.Request{Host: "h"},
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := e.permit(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
