package emulator

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// TestOwnerAsksNobody: the owner's own key is let through without a look at any
// policy, list or row: this emulator has none, and no store.
func TestOwnerAsksNobody(t *testing.T) {
	e := &Emulator{ops: operationTable()}
	c := &call{
		claim: &signer.Claim{}, key: keyring.Key{AppID: "1250000000"}, op: e.ops[opKey{scopeObject, http.MethodPut, ""}],
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
		"PutObject":         {name: "UploadPartCopy", scope: scopeObject, method: http.MethodPut},
		"DeleteObject":      {name: "DeleteObject", scope: scopeBucket, method: http.MethodPost, sub: "delete"},
		"PutBucketWebsite":  {scope: scopeBucket, method: http.MethodPut, sub: "website"},
		"PostObjectRestore": {scope: scopeObject, method: http.MethodPost, sub: "restore"},
		"PatchObject":       {scope: scopeObject, method: http.MethodPatch},
	} {
		require.Equal(t, want, policyAction(&op))
	}
}
