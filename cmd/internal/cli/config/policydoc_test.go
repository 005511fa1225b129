package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A policy is written as YAML, as JSON, or into a file of its own.
func TestPolicies(t *testing.T) {
	const doc = `{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],"resource":["*"],` +
		`"condition":{"numeric_less_than_equal":{"cos:content-length":10485760},"bool_equal":{"cos:secure-transport":"true"}}}]}`
	other := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(other, []byte(doc), 0o600))
	for name, written := range map[string]string{
		"YAML": `
    version: 2.0
    statement:
    - effect: allow
      action: [name/cos:PutObject]
      resource: ['*']
      condition:
        numeric_less_than_equal:
          cos:content-length: 10485760
        bool_equal: {"cos:secure-transport": "true"}`,
		"JSON":    " '" + doc + "'",
		"flow":    " " + doc,
		"a block": " |\n    " + doc,
		"a file":  " " + other,
	} {
		s := load(t, Sources{File: file(t, "credentials:\n- secret_id: a\n  secret_key: hush\n  uin: 100000000011\n  owner_uin: 100000000001\n"+
			"  policy:"+written+"\nroles:\n- name: r\n  policy:"+written+"\n")})
		require.JSONEq(t, doc, string(s.Credentials[0].Rights.Document()), name)
		require.JSONEq(t, doc, string(s.Roles[0].Rights.Document()), name)
		require.Equal(t, "100000000011", s.Credentials[0].User())
		require.False(t, s.Credentials[0].Root())
	}
	s := load(t, Sources{Env: []string{`COSEMU_CREDENTIALS=[{secret_id: a, secret_key: hush, policy: ` + doc + `}]`}})
	require.JSONEq(t, doc, string(s.Credentials[0].Rights.Document()))
	require.Nil(t, load(t, Sources{}).Credentials[0].Rights)
}
