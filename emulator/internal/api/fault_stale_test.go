package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/fault"
)

// pagesOf are the keys and common prefixes of a listing, page by page.
func (s *server) pagesOf(query string) (names []string) {
	s.tb.Helper()
	marker := ""
	for {
		a := s.do("GET", "/?"+query+"&marker="+marker, nil)
		require.Equal(s.tb, 200, a.status, string(a.body))
		var page []string
		for _, element := range strings.SplitAfter(string(a.body), "</Contents>") {
			for _, prefix := range strings.SplitAfter(element, "</CommonPrefixes>") {
				if _, inner, ok := strings.Cut(prefix, "<CommonPrefixes>"); ok {
					page = append(page, between(inner, "<Prefix>", "</Prefix>"))
				}
			}
			if strings.Contains(element, "<Contents>") {
				page = append(page, between(element, "<Key>", "</Key>"))
			}
		}
		names = append(names, page...)
		if marker = between(string(a.body), "<NextMarker>", "</NextMarker>"); marker == "" {
			return names
		}
	}
}

// TestFaultStale: a listing and a HEAD show what was there ten seconds ago.
func TestFaultStale(t *testing.T) {
	s := start(t, api.Config{})
	put := func(key, body string) {
		t.Helper()
		require.Equal(t, 200, s.do("PUT", "/"+key, []byte(body)).status)
	}
	for _, key := range []string{"a", "dir/old", "gone/x", "kept", "replaced"} {
		put(key, "first")
	}
	s.clock.Advance(time.Minute)
	const forAll = 1 << 20
	s.plan(fault.Spec{Word: fault.Stale, For: 10 * time.Second, Times: forAll})
	put("replaced", "second version")
	put("dir/new", "x")
	put("fresh/x", "x")
	for _, key := range []string{"a", "gone/x"} {
		require.Equal(t, 204, s.do("DELETE", "/"+key, nil).status)
	}
	put("a", "again")

	head := func(key string) (int, string) {
		a := s.do("HEAD", "/"+key, nil)
		return a.status, a.header.Get("Content-Length")
	}
	check := func(key string, status int, length string) {
		t.Helper()
		gotStatus, gotLength := head(key)
		require.Equal(t, status, gotStatus, key)
		if status == 200 {
			require.Equal(t, length, gotLength, key)
		}
	}
	check("replaced", 200, "5")
	check("gone/x", 200, "5")
	check("a", 200, "5")
	check("dir/new", 404, "")
	require.Equal(t, 404, s.do("GET", "/gone/x", nil).status, "a GET is never stale")
	for _, size := range []string{"1000", "1", "2"} {
		require.Equal(t, []string{"a", "dir/old", "gone/x", "kept", "replaced"}, s.pagesOf("max-keys="+size), size)
		require.ElementsMatch(t, []string{"a", "dir/", "gone/", "kept", "replaced"}, s.pagesOf("delimiter=/&max-keys="+size), size)
	}
	require.Equal(t, []string{"dir/old"}, s.pagesOf("prefix=dir/"))

	s.clock.Advance(10 * time.Second) // ten seconds later it shows
	check("replaced", 200, "14")
	check("gone/x", 404, "")
	check("dir/new", 200, "1")
	require.ElementsMatch(t, []string{"a", "dir/", "fresh/", "kept", "replaced"}, s.pagesOf("delimiter=/"))

	for _, f := range s.e.Faults().List("") {
		require.NoError(t, s.e.Faults().Remove(f.ID))
	}
	put("now", "x")
	check("now", 200, "1")
}

// TestFaultStaleHitsItsOperations: no other request uses it up.
func TestFaultStaleHitsItsOperations(t *testing.T) {
	s := start(t, api.Config{})
	f := s.plan(fault.Spec{Word: fault.Stale, For: time.Second})
	require.Equal(t, 200, s.do("PUT", "/k", []byte("x")).status)
	require.Equal(t, 200, s.do("GET", "/k", nil).status)
	require.Zero(t, s.hits(f))
	require.Equal(t, 404, s.do("HEAD", "/k", nil).status)
	require.Equal(t, 200, s.do("HEAD", "/k", nil).status)
}
