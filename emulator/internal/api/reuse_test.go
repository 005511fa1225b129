package api_test

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// TestCallsAreReused: many requests of all kinds at once are each answered for
// themselves, and stand in the journal as what they were, though the calls are
// used again and again. Under the race detector it finds whoever keeps one.
func TestCallsAreReused(t *testing.T) {
	s := start(t, api.Config{Strict: api.Strict{CutAtExpiry: true}, Journal: journal.Options{Entries: 4000}})
	const workers, rounds = 8, 12
	type sent struct{ id, method, key string }
	var all [workers][]sent
	var wg sync.WaitGroup
	for w := range workers {
		mine := func(i int, kind string) string { return fmt.Sprintf("w%d-%d-%s", w, i, kind) }
		ask := func(m *message) (*answer, error) { // no require off the test's goroutine
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				return nil, err
			}
			defer conn.Close()
			if _, err := conn.Write(m.bytes()); err != nil {
				return nil, err
			}
			return readAnswer(t, conn, m.method), nil
		}
		type step struct {
			m      *message
			status int
			body   string // of a GET
		}
		var steps []step
		for i := range rounds {
			key, body := mine(i, "a"), mine(i, "body")
			wrong := s.signed(http.MethodPut, "/"+key, []byte("never"))
			wrong.target += "x"
			steps = append(steps,
				step{s.signed(http.MethodPut, "/"+key, []byte(body), "x-cos-meta-a", key), 200, ""},
				step{s.signed(http.MethodGet, "/"+key, nil), 200, body},
				step{s.signed(http.MethodHead, "/"+key, nil), 200, ""},
				step{wrong, 403, ""},
				step{s.signed(http.MethodPut, "/"+mine(i, "copy"), nil, "x-cos-copy-source", testHost+"/"+key), 200, ""},
				step{s.signed(http.MethodGet, "/"+mine(i, "copy"), nil), 200, body},
				step{s.signed(http.MethodGet, "/"+mine(i, "none"), nil), 404, ""},
				step{&message{method: http.MethodGet, target: "/" + key, host: testHost, header: http.Header{}}, 403, ""},
				step{s.signed(http.MethodDelete, "/"+key, nil), 204, ""},
			)
		}
		wg.Go(func() {
			for _, step := range steps {
				got, err := ask(step.m)
				if err != nil || got.status != step.status || step.body != "" && string(got.body) != step.body {
					t.Errorf("%s %s: %v, %+v", step.m.method, step.m.target, err, got)
					return
				}
				all[w] = append(all[w], sent{got.header.Get("X-Cos-Request-Id"), step.m.method, step.m.target[1:]})
			}
		})
	}
	wg.Wait()
	entries := map[string]*journal.Entry{}
	for _, entry := range s.e.Journal().Select(journal.Filter{}) {
		entries[entry.ID] = entry
	}
	for w := range workers {
		require.Len(t, all[w], 9*rounds)
		for _, one := range all[w] {
			require.Contains(t, entries, one.id)
			require.Equal(t, one.method, entries[one.id].Request.Method)
			require.Equal(t, one.key, entries[one.id].Key)
		}
	}
}
