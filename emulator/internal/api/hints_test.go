package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// newest is the latest request of the journal.
func (s *server) newest() *journal.Entry {
	s.tb.Helper()
	list := s.e.Journal().Select(journal.Filter{Limit: 1})
	require.Len(s.tb, list, 1)
	return list[0]
}

// hinted are the ids of the latest request's hints.
func (s *server) hinted() []string {
	s.tb.Helper()
	ids := []string{}
	for _, h := range s.newest().Hints {
		require.NotEmpty(s.tb, h.Sentence.En)
		require.NotEmpty(s.tb, h.Sentence.Zh)
		require.NotEmpty(s.tb, h.Advice.En)
		require.NotEmpty(s.tb, h.Advice.Zh)
		ids = append(ids, h.ID)
	}
	return ids
}

func TestHints(t *testing.T) {
	const form = "multipart/form-data; boundary=x"
	s := start(t, api.Config{})
	inPath := func(method, target string, header ...string) *answer {
		return s.send(s.signedBy(testKey(), method, "127.0.0.1", target, []byte("hi"), header...))
	}
	for _, c := range []struct {
		name   string
		send   func() *answer
		status int
		want   []string
	}{
		{"host", func() *answer { return s.do("PUT", "/a", []byte("hi")) }, 200, []string{}},
		{"path", func() *answer { return inPath("PUT", "/"+testBucket+"/a") }, 200, []string{"path-style"}},
		{"path, list", func() *answer { return inPath("GET", "/"+testBucket+"/") }, 200, []string{"path-style"}},
		{"path, refused", func() *answer { return inPath("GET", "/"+testBucket+"/absent") }, 404, []string{}},
		{"service", func() *answer { return inPath("GET", "/") }, 200, []string{}},
		{"form data", func() *answer { return s.do("PUT", "/a", []byte("hi"), "Content-Type", form) }, 200, []string{"form-data"}},
		{"form data, path", func() *answer { return inPath("PUT", "/"+testBucket+"/a", "Content-Type", form) }, 200, []string{"path-style", "form-data"}},
		{"curl -d", func() *answer {
			return s.do("PUT", "/a", []byte("hi"), "Content-Type", "application/x-www-form-urlencoded")
		}, 200, []string{"form-data"}},
		{"another type", func() *answer { return s.do("PUT", "/a", []byte("hi"), "Content-Type", "multipart/mixed; boundary=x") }, 200, []string{}},
		{"form data to a bucket", func() *answer {
			return s.do("PUT", "/?acl", nil, "Content-Type", form, "x-cos-acl", "private")
		}, 200, []string{}},
	} {
		a := c.send()
		require.Equal(t, c.status, a.status, "%s: %s", c.name, a.body)
		require.Equal(t, c.want, s.hinted(), c.name)
		require.Empty(t, a.header.Values("x-cosemu-diagnosis"), c.name)
	}
	judged, err := s.e.Judge("PUT", "http://127.0.0.1/"+testBucket+"/a", s.signedBy(testKey(), "PUT", "127.0.0.1", "/"+testBucket+"/a", nil).header)
	require.NoError(t, err)
	require.Equal(t, journal.Accepted, judged.Verdict)
	require.Len(t, judged.Hints, 1, "explain gives the same hints")

	strict := start(t, api.Config{Strict: api.Strict{PathStyle: true}})
	a := strict.send(strict.signedBy(testKey(), http.MethodPut, "127.0.0.1", "/"+testBucket+"/a", []byte("hi")))
	require.Equal(t, "PathStyleDomainForbidden", a.code())
	require.Empty(t, strict.hinted())
	strict.requireNothing(testBucket, "a")
}
