package signer_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

func TestCurl(t *testing.T) {
	for _, c := range []struct {
		method, url string
		header      http.Header
		want        string
	}{
		{"PUT", "http://h/a?q", nil, `curl -T FILE 'http://h/a?q'`},
		{"PUT", "http://h/it's", nil, `curl -T FILE 'http://h/it'\''s'`},
		{"PUT", "http://h/a/../b?q=/", nil, `curl -T FILE --path-as-is 'http://h/a/../b?q=/'`},
		{"PUT", "http://h/dir/?q", nil, `curl -X PUT --data-binary @FILE -H 'Content-Type:' 'http://h/dir/?q'`},
		{"PUT", "http://h/dir/", http.Header{"Content-Type": {"a/b"}}, `curl -X PUT --data-binary @FILE -H 'Content-Type: a/b' 'http://h/dir/'`},
		{"GET", "http://h/a", http.Header{"X-Cos-B": {"2"}, "X-Cos-A": {"1"}}, `curl -H 'X-Cos-A: 1' -H 'X-Cos-B: 2' 'http://h/a'`},
		{"HEAD", "http://h/a", nil, `curl -I 'http://h/a'`},
		{"DELETE", "http://h/a", nil, `curl -X DELETE 'http://h/a'`},
	} {
		p := &signer.Presigned{Method: c.method, URL: c.url, Header: c.header}
		require.Equal(t, c.want, p.Curl())
	}
}
