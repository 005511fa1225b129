package coshost_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer/diagnose/internal/coshost"
)

func TestHosts(t *testing.T) {
	require.Equal(t, "h", coshost.WithoutPort("h:9000"))
	require.Equal(t, "h", coshost.WithoutPort("h"))
	require.Equal(t, "h:", coshost.WithoutPort("h:"), "no port")
	require.Equal(t, "9000", coshost.Port("h:9000"))
	require.Empty(t, coshost.Port("h"))

	sub, domain, ok := coshost.CutDomain("b-1250000000.cos.ap-guangzhou.myqcloud.com")
	require.True(t, ok)
	require.Equal(t, "b-1250000000.cos.ap-guangzhou", sub)
	require.Equal(t, ".myqcloud.com", domain)
	_, _, ok = coshost.CutDomain("example.com")
	require.False(t, ok)
}

func TestNames(t *testing.T) {
	for _, region := range coshost.Regions() {
		require.True(t, coshost.IsRegion(region), region)
		require.Empty(t, coshost.OldRegion(region), region)
	}
	require.False(t, coshost.IsRegion("cn-north"))
	require.Equal(t, "ap-beijing", coshost.OldRegion("cn-north"))

	require.True(t, coshost.HasAppID("examplebucket-1250000000"))
	require.False(t, coshost.HasAppID("examplebucket"))
	require.False(t, coshost.HasAppID("examplebucket-2024"), "too short")
	require.False(t, coshost.HasAppID("-1250000000"))

	require.True(t, coshost.SlipOfDomain("mycloud.com"))
	require.False(t, coshost.SlipOfDomain("myqcloud.com"))
}
