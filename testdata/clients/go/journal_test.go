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

// entry is a request in the journal.
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

// Parameter returns a query parameter of the request.
func (r entry) Parameter(name string) string {
	q, _ := url.ParseQuery(r.Request.Query) // an invalid query has no parameters
	return q.Get(name)
}

// journal returns the latest requests that match the filters (pairs such as key, method, verdict
// and the value), oldest first. It waits until there are count of them, since an entry is added
// after its answer.
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
