package clients

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// plan plans a fault for the test. hits is how many requests met it.
func (e endpoint) plan(t *testing.T, fault string) (hits func() int) {
	t.Helper()
	url := "http://" + e.Console + "/api/v1/faults"
	ask := func(method, url, body string) map[string]any {
		req, err := http.NewRequest(method, url, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		require.Less(t, resp.StatusCode, 300, fault)
		var f map[string]any
		if resp.StatusCode != http.StatusNoContent {
			require.NoError(t, json.NewDecoder(resp.Body).Decode(&f))
		}
		return f
	}
	id := ask(http.MethodPost, url, fault)["id"].(string)
	t.Cleanup(func() { ask(http.MethodDelete, url+"/"+id, "") })
	return func() int { return int(ask(http.MethodGet, url+"/"+id, "")["hits"].(float64)) }
}

// TestRetries: the SDK sends an upload again that got an error of the server or no answer, and
// notices a wrong checksum.
func TestRetries(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	body := content(31, 100_000)

	hits := e.plan(t, `{"fault":"answer","code":"SlowDown","key":"go/faults/busy","times":2}`)
	_, err := c.Object.Put(t.Context(), "go/faults/busy", bytes.NewReader(body), nil)
	require.NoError(t, err)
	require.Equal(t, 2, hits())
	tries := e.journal(t, 3, "key", "go/faults/busy", "method", "PUT")
	require.Equal(t, []int{503, 503, 200}, []int{tries[0].Status, tries[1].Status, tries[2].Status})
	e.stored(t, "go/faults/busy", body)

	hits = e.plan(t, `{"fault":"close","of":"response","key":"go/faults/silent"}`)
	_, err = c.Object.Put(t.Context(), "go/faults/silent", bytes.NewReader(body), nil)
	require.NoError(t, err)
	require.Equal(t, 1, hits())
	e.stored(t, "go/faults/silent", body)

	hits = e.plan(t, `{"fault":"close","of":"request","after_bytes":1000,"method":"PUT","key":"go/faults/cut","times":0}`)
	_, err = c.Object.Put(t.Context(), "go/faults/cut", bytes.NewReader(body), nil)
	require.Error(t, err)
	require.Greater(t, hits(), 1)
	e.notStored(t, "go/faults/cut")

	e.plan(t, `{"fault":"wrong-crc64","operation":"PutObject","key":"go/faults/wrong"}`)
	_, err = c.Object.Put(t.Context(), "go/faults/wrong", bytes.NewReader(body), nil)
	require.ErrorContains(t, err, "crc64")

	e.plan(t, `{"fault":"close","of":"response","after_bytes":1000,"operation":"GetObject","key":"go/faults/busy"}`)
	resp, err := c.Object.Get(t.Context(), "go/faults/busy", nil)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Len(t, got, 1000)
}
