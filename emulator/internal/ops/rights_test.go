package ops_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// TestOwnerAsksNobody: the owner's own key is let through without a look at any
// policy, list or row: this emulator has none, and no store.
func TestOwnerAsksNobody(t *testing.T) {
	env, c := &call.Env{}, &call.Call{}
	c.Op = ops.NewTable().Plain(call.Object, http.MethodPut)
	c.Who = call.Identity{Claim: &signer.Claim{}, Identity: keyring.Identity{Key: keyring.Key{AppID: "1250000000"}}}
	c.Bucket = storage.Bucket{Name: "b-1250000000", Owner: "1250000000", ACL: "private", Configs: []string{call.ConfigPolicy}}
	permit := func() error {
		_, err := env.PermitCall(c)
		return err
	}
	require.NoError(t, permit())
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = permit() }))

	c.Who.Key.AppID = "1300000001"
	require.Panics(t, func() { _ = permit() }, "the control: of anybody else the policy is looked up")
	c.Who.Key = keyring.Key{AppID: "1250000000", UIN: "100000000011"}
	require.Panics(t, func() { _ = permit() }, "of a sub-account as well")
	c.Bucket.Configs = nil
	require.NoError(t, permit(), "unless there is none")
}

// TestPolicyAction: calls have the names that policies know (COS docs: COS API
// 授权策略使用指引), those that are not there as well.
func TestPolicyAction(t *testing.T) {
	for want, op := range map[string]call.Operation{
		"PutObject":         {Name: "UploadPartCopy", Scope: call.Object, Method: http.MethodPut, Traits: call.Copies},
		"DeleteObject":      {Name: "DeleteObject", Scope: call.Bucket, Method: http.MethodPost, Sub: "delete"},
		"PutBucketWebsite":  {Scope: call.Bucket, Method: http.MethodPut, Sub: "website"},
		"PostObjectRestore": {Scope: call.Object, Method: http.MethodPost, Sub: "restore"},
		"PatchObject":       {Scope: call.Object, Method: http.MethodPatch},
	} {
		require.Equal(t, want, op.Action())
	}
}

// BenchmarkPermit is what judging a PUT costs: the owner's own key, and a
// temporary one that was cut down to a policy with a condition.
func BenchmarkPermit(b *testing.B) {
	session, err := policy.Parse([]byte(`{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],`+
		`"resource":["qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/in/*"],"condition":{"numeric_less_than":{"cos:content-length":100}}}]}`), policy.Session)
	require.NoError(b, err)
	env := &call.Env{AccountUIN: keyring.New().AccountUIN}
	for name, key := range map[string]keyring.Key{"owner": {AppID: "1250000000"}, "cut": {AppID: "1250000000", Token: "t", Session: session}} {
		b.Run(name, func(b *testing.B) {
			c := &call.Call{}
			c.Arrived = call.Arrived{
				Op: ops.NewTable().Plain(call.Object, http.MethodPut), Addr: addr.Address{Bucket: "b-1250000000", Key: "in/photo.jpg"},
				Bucket: storage.Bucket{Name: "b-1250000000", Region: "ap-guangzhou", Owner: "1250000000", ACL: "private"},
				HTTP:   &http.Request{Header: http.Header{"Content-Length": {"12"}}, RemoteAddr: "127.0.0.1:1234"}, Request: &signer.Request{Host: "h"},
			}
			c.Who = call.Identity{Claim: &signer.Claim{}, Identity: keyring.Identity{Key: key}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := env.PermitCall(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
