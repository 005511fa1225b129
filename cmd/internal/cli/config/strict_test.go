package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Under strict.appid nobody makes up an account.
func TestStrictAppID(t *testing.T) {
	flags := map[string][]string{"strict-appid": {"true"}, "buckets": {"a-1999999999"}, "credentials": {"id:hush"}}
	require.Equal(t, "strict.appid: credentials[0]: the key pair has no APPID", refused(t, Sources{Flags: flags}))
	flags["credentials"] = []string{"id:hush:7"}
	require.Equal(t, `strict.appid: bucket "a-1999999999": there is no key pair of the account "1999999999"`, refused(t, Sources{Flags: flags}))
	flags["credentials"] = []string{"id:hush:1999999999"}
	s := load(t, Sources{Flags: flags})
	require.Equal(t, "1999999999", s.Credentials[0].AppID)
	require.Empty(t, s.AppID(), "what the control API gives a pair without account")
	require.True(t, load(t, Sources{Flags: map[string][]string{"strict-appid": {"true"}}}).Strict.AppID, "the defaults fit")
}
