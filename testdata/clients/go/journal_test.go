package clients

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// entry is what the emulator's journal says of a request.
type entry struct {
	Verdict   string
	Status    int
	Code      string
	Operation string
	Host      string
	Path      string
	Received  int64 `json:"received_bytes"`
	Request   struct{ Query string }
}

// Parameter is the value of a query parameter of the request.
func (r entry) Parameter(name string) string {
	q, _ := url.ParseQuery(r.Request.Query) // what cannot be read is not there
	return q.Get(name)
}

// journal is what the emulator noted of the latest requests that match the
// filters (key, method, verdict …, each with its value), oldest first. An entry
// comes after its answer, so it waits until there are count of them.
func (e endpoint) journal(t *testing.T, count int, filters ...string) []entry {
	t.Helper()
	q := url.Values{"count": {strconv.Itoa(count)}}
	for pair := range slices.Chunk(filters, 2) {
		q.Set(pair[0], pair[1])
	}
	resp, err := http.Get("http://" + e.Console + "/api/v1/requests/wait?" + q.Encode())
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	var list struct{ Requests []entry }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&list))
	require.Equal(t, http.StatusOK, resp.StatusCode, "%v: %+v", filters, list.Requests)
	slices.Reverse(list.Requests)
	return list.Requests
}
