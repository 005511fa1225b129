package control

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCA: a client that may see the console gets the certificate. Others do not.
func TestCA(t *testing.T) {
	const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	r := start(t, Options{CA: []byte(pem)})
	a := r.call("GET", "/ca.pem", "")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, pem, a.body)
	require.Equal(t, "application/x-pem-file", a.header.Get("Content-Type"))
	require.Equal(t, "no-store", a.header.Get("Cache-Control"), "it may be another after a restart")
	require.Equal(t, http.StatusOK, r.call("HEAD", "/ca.pem", "").status)
	require.Equal(t, "GET", r.call("POST", "/ca.pem", "{}").header.Get("Allow"))
	r.call("GET", "/ca.pem", "", host("evil.test")).wantProblem(t, http.StatusMisdirectedRequest)

	var doc struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct{ Content map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.call("GET", "/api/v1/openapi.json", "").body), &doc))
	content := doc.Paths["/ca.pem"]["get"].Responses["200"].Content
	require.Len(t, content, 1)
	require.Contains(t, content, "application/x-pem-file")

	start(t, Options{}).call("GET", "/ca.pem", "").wantProblem(t, http.StatusNotFound)
}
