package diagnose_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// TestSecretAsID: a SecretKey that someone put where the SecretID belongs is
// not shown, whichever of the known pairs it is of.
func TestSecretAsID(t *testing.T) {
	req, err := signer.NewRequest("PUT", "http://h/k?q-sign-algorithm=sha1&q-ak="+secret+
		"&q-sign-time=1;2&q-key-time=1;2&q-header-list=&q-url-param-list=&q-signature=0123456789012345678901234567890123456789", nil)
	require.NoError(t, err)
	claim, ok := signer.ParseClaim(req)
	require.True(t, ok)
	r := diagnose.Explain(diagnose.Input{
		Request: req, Claim: claim, OtherKeys: []signer.Credentials{{SecretID: ak, SecretKey: secret}},
		Facts: diagnose.Facts{Key: diagnose.KeyNotFound},
	})
	require.Contains(t, r.IDs(), diagnose.KeyUnknown)
	text, err := json.Marshal(r.Findings)
	require.NoError(t, err)
	require.NotContains(t, string(text), secret)
}

// TestAlteredBodyKeepsItsLines: a body with one letter changed has no right
// hash under any layout, and is then taken as it stands.
func TestAlteredBodyKeepsItsLines(t *testing.T) {
	ce, err := diagnose.ParseCloudError([]byte("<Error><Code>SignatureDoesNotMatch</Code><StringToSign>sha1\n1680157339;1680157519\n" +
		"fd8170f0893f3185a1471c368104dddea1f83dd9\n</StringToSign><FormatString>put\n/log/changed.log\n\nhost=a\n</FormatString></Error>"))
	require.NoError(t, err)
	require.False(t, ce.Belongs)
	require.Equal(t, "put\n/log/changed.log\n\nhost=a\n", ce.FormatString)
}
