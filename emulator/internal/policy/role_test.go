package policy_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// TestRoles: which policies let their owner assume a role (CAM docs:
// 为子账号赋予扮演角色策略, whose sample is the first).
func TestRoles(t *testing.T) {
	r := policy.Request{
		Action: policy.AssumeRole, AppID: "1250000000", OwnerUIN: "12345",
		Role: &policy.Role{Name: "DevOpsRole", ID: "4611686018427397919"},
	}
	for _, c := range []struct {
		action, resource string
		want             policy.Effect
	}{
		{"name/sts:AssumeRole", "qcs::cam::uin/12345:roleName/DevOpsRole", policy.Allow},
		{"sts:AssumeRole", "qcs::cam::uin/12345:role/4611686018427397919", policy.Allow},
		{"sts:Assume*", "qcs::cam::uin/12345:roleName/*", policy.Allow},
		{"*", "*", policy.Allow},
		{"*:*", "qcs::cam:::roleName/DevOpsRole", policy.Allow},
		{"name/sts:AssumeRole", "qcs::cam::uin/67890:roleName/DevOpsRole", policy.None},
		{"name/sts:AssumeRole", "qcs::cam::uin/12345:roleName/DevOps", policy.None},
		{"name/sts:AssumeRole", "qcs::cam::uin/12345:role/DevOpsRole", policy.None},
		{"name/sts:AssumeRole", "qcs::cos::uin/12345:roleName/DevOpsRole", policy.None},
		{"name/sts:GetFederationToken", "*", policy.None},
		{"name/cos:AssumeRole", "*", policy.None},
		{"cos:*", "*", policy.None},
	} {
		doc := fmt.Sprintf(`{"version":"2.0","statement":[{"effect":"allow","action":[%q],"resource":[%q]}]}`, c.action, c.resource)
		p, err := policy.Parse([]byte(doc), policy.Identity)
		require.NoError(t, err, doc)
		require.Equal(t, c.want, p.Evaluate(&r).Effect, doc)
	}
	require.Equal(t, "name/sts:AssumeRole", policy.ActionName(&r))
	require.Equal(t, "qcs::cam::uin/12345:roleName/DevOpsRole", policy.ResourceName(&r))

	// What speaks of roles says nothing of buckets.
	p, err := policy.Parse([]byte(`{"version":"2.0","statement":[{"effect":"allow","action":["sts:*"],"resource":["*"]}]}`), policy.Identity)
	require.NoError(t, err)
	require.Equal(t, policy.None, p.Evaluate(&policy.Request{Action: policy.AssumeRole, Bucket: "examplebucket-1250000000"}).Effect)
}
