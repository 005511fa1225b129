package api_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestTypeByName: a Content-Type that was not sent, or is empty, is that of the
// key's extension, whatever carries the upload (choice 432). One that was sent
// stays, and a key that tells nothing has octet-stream.
//
// holds: header content-type; answer content-type
func TestTypeByName(t *testing.T) {
	s := start(t, api.Config{})
	kind := func(key string) string {
		t.Helper()
		head, get := s.do(http.MethodHead, "/"+key, nil), s.do(http.MethodGet, "/"+key, nil)
		require.Equal(t, 200, head.status)
		require.Equal(t, head.header["Content-Type"], get.header["Content-Type"])
		require.Len(t, head.header["Content-Type"], 1)
		return head.header.Get("Content-Type")
	}
	form := func(key string, header []string) *answer {
		f := policyForm(testTime(), "")
		f.set("key", key)
		for i := 0; i < len(header); i += 2 {
			f.set(header[i], header[i+1])
		}
		return s.send(f.message(t))
	}
	parts := func(key string, header []string) *answer {
		id := between(string(s.do(http.MethodPost, "/"+key+"?uploads", nil, header...).body), "<UploadId>", "</UploadId>")
		return s.complete(key, id, partList(s.putPart(key, id, 1, []byte("x"))))
	}
	n := 0
	for carrier, upload := range map[string]func(key string, header []string) *answer{
		"put": func(key string, header []string) *answer {
			return s.do(http.MethodPut, "/"+key, []byte("x"), header...)
		},
		"append": func(key string, header []string) *answer { return s.appendTo(key, 0, []byte("x"), header...) },
		"form":   form, "parts": parts,
	} {
		for _, c := range []struct {
			name   string
			header []string
			want   string
		}{
			{"1.zip", nil, "application/zip"},
			{"1.TXT", []string{"Content-Type", ""}, "text/plain"},
			{"a.zip", []string{"Content-Type", "text/xml"}, "text/xml"},
			{"1", nil, "application/octet-stream"},
			{"a.unheard", nil, "application/octet-stream"},
		} {
			n++
			key := strconv.Itoa(n) + "/" + c.name
			got := upload(key, c.header)
			require.Equal(t, 2, got.status/100, "%s %s: %s", carrier, c.name, got.body)
			require.Equal(t, c.want, kind(key), "%s %s %v", carrier, c.name, c.header)
		}
	}

	require.Equal(t, 200, s.do(http.MethodPut, "/a.zip", []byte("x")).status)
	source := []string{"x-cos-copy-source", testHost + "/a.zip"}
	require.Equal(t, 200, s.do(http.MethodPut, "/b.txt", nil, source...).status)
	require.Equal(t, "application/zip", kind("b.txt"), "a plain copy keeps its source's")
	require.Equal(t, 200, s.do(http.MethodPut, "/b.txt", nil, append(source, "x-cos-metadata-directive", "Replaced")...).status)
	require.Equal(t, "text/plain", kind("b.txt"), "replaced, it is that of its own name")
	require.Equal(t, 200, s.do(http.MethodPut, "/b", nil, source...).status)
	require.Equal(t, "application/zip", kind("b"))
}
