package api_test

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConditionsInTunnels: a policy sees the TLS by which a tunnel is spoken,
// old versions too, and none in a plain one. An https URL in absolute form is as
// good as TLS 1.3.
func TestConditionsInTunnels(t *testing.T) {
	s := startACL(t)
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("here")).status)
	authority, err := s.e.CA()
	require.NoError(t, err)
	for condition, want := range map[string]map[uint16]int{ // 0: plain
		`{"bool_equal":{"cos:secure-transport":"true"}}`:         {0: 403, tls.VersionTLS10: 200, tls.VersionTLS12: 200, tls.VersionTLS13: 200},
		`{"numeric_greater_than_equal":{"cos:tls-version":1.2}}`: {0: 403, tls.VersionTLS10: 403, tls.VersionTLS11: 403, tls.VersionTLS12: 200, tls.VersionTLS13: 200},
	} {
		key := cutKey(t, statement("allow", "name/cos:GetObject", "*", condition))
		s.with(key)
		m := s.signedBy(key, http.MethodGet, testHost, "/a", nil)
		for version, status := range want {
			in := s.connect(testHost + ":443")
			require.Equal(t, 200, in.status)
			if version != 0 {
				conn := tls.Client(in.Conn, &tls.Config{
					RootCAs: authority.Pool(), ServerName: testHost, MinVersion: version, MaxVersion: version,
				})
				require.NoError(t, conn.Handshake())
				in = newTunnel(conn)
			}
			require.Equal(t, status, in.exchange(t, m).status, "%s by %s", condition, tls.VersionName(version))
		}
		absolute := *m
		absolute.target = "https://" + testHost + m.target
		require.Equal(t, 200, s.send(&absolute).status, condition)
		absolute.target = "http://" + testHost + m.target
		require.Equal(t, 403, s.send(&absolute).status, condition)
	}
}
