package signer_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// vectorFile is one SDK's pre-signed requests; see testdata/vectors/README.md.
type vectorFile struct {
	SDK    string   `json:"sdk"`
	Source string   `json:"source"`
	Cases  []vector `json:"cases"`
}

type vector struct {
	ID         string            `json:"id"`
	Call       string            `json:"call"`
	Method     string            `json:"method"`
	Bucket     string            `json:"bucket"`
	Region     string            `json:"region"`
	Key        string            `json:"key"`
	SecretID   string            `json:"secret_id"`
	SecretKey  string            `json:"secret_key"`
	Token      string            `json:"security_token"`
	URL        string            `json:"url"`
	Headers    map[string]string `json:"headers"`
	ValidFrom  int64             `json:"valid_from"`
	ValidUntil int64             `json:"valid_until"`
	Holds      bool              `json:"holds"`
}

// loadVectors reads every file strictly: a field it does not know is an error,
// or a new kind of case would pass unread.
func loadVectors(tb testing.TB) []vectorFile {
	tb.Helper()
	paths, err := filepath.Glob("../testdata/vectors/*.json")
	require.NoError(tb, err)
	require.Len(tb, paths, 12, "one file an SDK")
	files := make([]vectorFile, 0, len(paths))
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		require.NoError(tb, err)
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		var f vectorFile
		require.NoError(tb, dec.Decode(&f), path)
		require.NotEmpty(tb, f.Cases, path)
		files = append(files, f)
	}
	return files
}

// wireURL escapes exactly the bytes that no client would send, as a standard
// client does, and touches nothing else.
func wireURL(raw string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func (v *vector) header() http.Header {
	h := make(http.Header, len(v.Headers))
	for name, value := range v.Headers {
		h.Set(name, value)
	}
	return h
}

func (v *vector) request(tb testing.TB) *signer.Request {
	tb.Helper()
	req, err := signer.NewRequest(v.Method, wireURL(v.URL), v.header())
	require.NoError(tb, err)
	return req
}

func TestVectors(t *testing.T) {
	for _, f := range loadVectors(t) {
		t.Run(f.SDK, func(t *testing.T) {
			holds := 0
			for _, v := range f.Cases {
				req := v.request(t)
				c, ok := signer.ParseClaim(req)
				require.True(t, ok, v.ID)
				require.Equal(t, v.SecretID, c.SecretID, v.ID)
				require.Equal(t, v.Token, c.Token, v.ID)

				for _, at := range []int64{v.ValidFrom, (v.ValidFrom + v.ValidUntil) / 2, v.ValidUntil} {
					require.NoError(t, c.CheckTime(time.Unix(at, 0)), "%s at %d", v.ID, at)
				}
				require.Error(t, c.CheckTime(time.Unix(v.ValidUntil+1, 0)), v.ID)

				res := signer.Verify(req, c, v.SecretKey, signer.VerifyOptions{})
				require.Equal(t, v.Holds, res.OK, "%s: %s", v.ID, res.HttpString)
				if res.OK {
					holds++
				}
			}
			require.NotZero(t, holds)
		})
	}
}
