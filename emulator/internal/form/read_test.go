package form_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
)

const plainType = "multipart/form-data; boundary=b"

// part returns a part with a field; file returns one with a file name.
func part(name, value string) string {
	return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
}

func filePart(name, fileName, value string) string {
	return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" + fileName + "\"\r\n\r\n" + value + "\r\n"
}

func TestAcceptedForms(t *testing.T) {
	tests := []struct{ name, contentType, body, key, fileName, content string }{
		{"plain", plainType, part("key", "k") + filePart("file", "f", "x") + "--b--\r\n", "k", "f", "x"},
		{"no line end at the end", plainType, part("key", "k") + filePart("file", "f", "x") + "--b--", "k", "f", "x"},
		{"text before and after", plainType, "before\r\n" + part("key", "k") + filePart("file", "f", "x") + "--b--\r\nafter", "k", "f", "x"},
		{"charset beside the boundary, quoted", `multipart/form-data; charset=utf-8; boundary="b"`, part("key", "k") + filePart("file", "f", "x") + "--b--", "k", "f", "x"},
		{"LF alone", plainType, strings.ReplaceAll(part("key", "k")+filePart("file", "f", "x")+"--b--", "\r\n", "\n"), "k", "f", "x"},
		{"empty file", plainType, part("key", "k") + filePart("file", "f", "") + "--b--", "k", "f", ""},
		{"file without a name", plainType, part("key", "k") + part("file", "x") + "--b--", "k", "", "x"},
		{"File in another case", plainType, part("Key", "k") + filePart("File", "f", "x") + "--b--", "k", "f", "x"},
		{"an empty file input", plainType, filePart("other", "", "") + part("key", "k") + filePart("file", "f", "x") + "--b--", "k", "f", "x"},
		{"wildcard", plainType, part("key", "a/${filename}") + filePart("file", "照片 1.jpg", "x") + "--b--", "a/照片 1.jpg", "照片 1.jpg", "x"},
		{"wildcard twice", plainType, part("key", "${filename}/${filename}.bak") + filePart("file", "f", "x") + "--b--", "f/f.bak", "f", "x"},
		{"wildcard spelt otherwise", plainType, part("key", "${Filename}") + filePart("file", "f", "x") + "--b--", "${Filename}", "f", "x"},
		{"folders of Unix", plainType, part("key", "${filename}") + filePart("file", "/tmp/../a/f.jpg", "x") + "--b--", "f.jpg", "f.jpg", "x"},
		{"folders of Windows", plainType, part("key", "${filename}") + filePart("file", `C:\fakepath\f.jpg`, "x") + "--b--", "f.jpg", "f.jpg", "x"},
		{"a wildcard in the name", plainType, part("key", "${filename}") + filePart("file", "${filename}", "x") + "--b--", "${filename}", "${filename}", "x"},
		{"the first key counts", plainType, part("key", "k") + part("key", "l") + filePart("file", "f", "x") + "--b--", "k", "f", "x"},
		{"a field after the file", plainType, part("key", "k") + filePart("file", "f", "x") + part("acl", "private") + "--b--", "k", "f", "x"},
		{"what looks like a boundary", plainType, part("key", "k") + filePart("file", "f", "\r\n--bc\r\n--\r\n-b--") + "--b--", "k", "f", "\r\n--bc\r\n--\r\n-b--"},
		{"quoted-printable stays", plainType, part("key", "k") + "--b\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\na=3Db\r\n--b--", "k", "f", "a=3Db"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for how, body := range map[string]io.Reader{
				"at once":      strings.NewReader(tt.body),
				"byte by byte": iotest.OneByteReader(strings.NewReader(tt.body)),
				"with its end": iotest.DataErrReader(strings.NewReader(tt.body)),
			} {
				f, refused := form.Read(tt.contentType, body)
				require.Nil(t, refused, how)
				require.Equal(t, tt.key, f.Key, how)
				require.Equal(t, tt.fileName, f.FileName, how)
				content, err := io.ReadAll(f.File)
				require.NoError(t, err, how)
				require.Equal(t, tt.content, string(content), how)
				require.Empty(t, f.Get("acl"), how)
				n, err := f.File.Read(make([]byte, 1))
				require.Zero(t, n, how)
				require.Equal(t, io.EOF, err, how)
			}
		})
	}
}

func TestFields(t *testing.T) {
	f := read(t, []form.Field{{Name: "key", Value: "a${filename}"}, {Name: "X", Value: "1"}, {Name: "x", Value: "2"}, {Name: "e", Value: ""}}, "n", "")
	require.Equal(t, []form.Field{{Name: "key", Value: "a${filename}"}, {Name: "X", Value: "1"}, {Name: "x", Value: "2"}, {Name: "e", Value: ""}}, f.Fields)
	for name, want := range map[string]string{"KEY": "an", "x": "1", "X": "1", "e": ""} {
		got, ok := f.Lookup(name)
		require.True(t, ok, name)
		require.Equal(t, want, got, name)
	}
	_, ok := f.Lookup("file")
	require.False(t, ok)
}

// TestRefusedForms: Read refuses forms that differ from a valid one in one thing.
func TestRefusedForms(t *testing.T) {
	good := part("key", "k") + filePart("file", "f", "x") + "--b--"
	long := strings.Repeat("v", 64<<10)
	tests := []struct {
		name, contentType, body string
		code                    coserr.Code
	}{
		{"no content type", "", good, coserr.MalformedPOSTRequest},
		{"urlencoded", "application/x-www-form-urlencoded", "key=k", coserr.MalformedPOSTRequest},
		{"another multipart", "multipart/mixed; boundary=b", good, coserr.MalformedPOSTRequest},
		{"no boundary", "multipart/form-data", good, coserr.MalformedPOSTRequest},
		{"empty boundary", `multipart/form-data; boundary=""`, good, coserr.MalformedPOSTRequest},
		{"long boundary", "multipart/form-data; boundary=" + strings.Repeat("b", 201), good, coserr.MalformedPOSTRequest},
		{"another boundary", "multipart/form-data; boundary=c", good, coserr.MalformedPOSTRequest},
		{"no body", plainType, "", coserr.MalformedPOSTRequest},
		{"JSON", plainType, `{"key":"k"}`, coserr.MalformedPOSTRequest},
		{"cut in a field", plainType, good[:60], coserr.MalformedPOSTRequest},
		{"cut in a part's header", plainType, good[:20], coserr.MalformedPOSTRequest},
		{"cut before the file's header ends", plainType, part("key", "k") + "--b\r\nContent-Disposition: form-data; name=\"file\"", coserr.MalformedPOSTRequest},
		{"a part without a name", plainType, "--b\r\nContent-Disposition: form-data\r\n\r\nv\r\n" + good, coserr.MalformedPOSTRequest},
		{"a part without a disposition", plainType, "--b\r\nContent-Type: text/plain\r\n\r\nv\r\n" + good, coserr.MalformedPOSTRequest},
		{"a part of another kind", plainType, "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nv\r\n" + good, coserr.MalformedPOSTRequest},
		{"a field too large", plainType, part("a", long+"v") + good, coserr.MalformedPOSTRequest},
		{"fields too large together", plainType, strings.Repeat(part("a", long), 4) + good, coserr.MalformedPOSTRequest},
		{"too many fields", plainType, strings.Repeat(part("a", ""), 200) + good, coserr.MalformedPOSTRequest},
		{"endless text before", plainType, strings.Repeat("text\r\n", 50000) + good, coserr.MalformedPOSTRequest},
		{"endless part header", plainType, "--b\r\n" + strings.Repeat("a: b\r\n", 50000) + good, coserr.MalformedPOSTRequest},
		{"no file", plainType, part("key", "k") + "--b--", coserr.IncorrectNumberOfFilesInPostRequest},
		{"no part", plainType, "--b--", coserr.IncorrectNumberOfFilesInPostRequest},
		{"the file under another name", plainType, part("key", "k") + filePart("upload", "f", "x") + "--b--", coserr.IncorrectNumberOfFilesInPostRequest},
		{"no key", plainType, filePart("file", "f", "x") + "--b--", coserr.InvalidArgument},
		{"empty key", plainType, part("key", "") + filePart("file", "f", "x") + "--b--", coserr.InvalidArgument},
		{"the key after the file", plainType, filePart("file", "f", "x") + part("key", "k") + "--b--", coserr.InvalidArgument},
		{"nothing but a wildcard, no name", plainType, part("key", "${filename}") + part("file", "x") + "--b--", coserr.InvalidArgument},
		{"key too long", plainType, part("key", strings.Repeat("k", 851)) + filePart("file", "f", "x") + "--b--", coserr.KeyTooLong},
		{"key that grows a little", plainType, part("key", strings.Repeat("${filename}", 70)) + filePart("file", strings.Repeat("f", 13), "x") + "--b--", coserr.KeyTooLong},
		{"key that grows", plainType, part("key", strings.Repeat("${filename}", 5000)) + filePart("file", long, "x") + "--b--", coserr.KeyTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, refused := form.Read(tt.contentType, strings.NewReader(tt.body))
			require.Nil(t, f)
			require.NotNil(t, refused)
			require.Equal(t, tt.code, refused.Code)
			require.Equal(t, 400, refused.Status)
		})
	}
	for name, body := range map[string]string{
		"good":                       good,
		"a field as large as may be": part("a", long) + good,
		"as many fields as may be":   strings.Repeat(part("a", ""), 199) + good,
		"some text before":           strings.Repeat("text\r\n", 1000) + good,
		"a key that shrinks":         part("key", strings.Repeat("k", 849)+"${filename}") + filePart("file", "f", "x") + "--b--",
		"a key as long as may be":    part("key", strings.Repeat("k", 850-11)+"${filename}") + filePart("file", "elevenbytes", "x") + "--b--",
	} {
		_, refused := form.Read(plainType, strings.NewReader(body))
		require.Nil(t, refused, name)
	}
	require.Equal(t, "The body of your POST request is not well-formed multipart/form-data.", refusal(t, `{}`).Message)
}

func refusal(t *testing.T, body string) *coserr.Error {
	t.Helper()
	_, refused := form.Read(plainType, strings.NewReader(body))
	require.NotNil(t, refused)
	return refused
}

// TestRefusedAtTheEnd: some errors show only after the file. The bytes have been read by then, and
// the error must prevent that they are stored.
func TestRefusedAtTheEnd(t *testing.T) {
	head := part("key", "k") + filePart("file", "f", "content")
	tests := []struct {
		name, body string
		code       coserr.Code
	}{
		{"cut in the file", head[:len(head)-4], coserr.MalformedPOSTRequest},
		{"cut after the file", head, coserr.MalformedPOSTRequest},
		{"cut in the last boundary", head + "--b", coserr.MalformedPOSTRequest},
		{"cut in the last boundary, later", head + "--b-", coserr.MalformedPOSTRequest},
		{"another boundary last", head + "--c--", coserr.MalformedPOSTRequest},
		{"cut in a field after the file", head + part("a", "b")[:30], coserr.MalformedPOSTRequest},
		{"a part without a name after it", head + "--b\r\n\r\nv\r\n--b--", coserr.MalformedPOSTRequest},
		{"endless fields after it", head + strings.Repeat(part("a", "b"), 5000) + "--b--", coserr.MalformedPOSTRequest},
		{"two files", head + filePart("file", "g", "x") + "--b--", coserr.IncorrectNumberOfFilesInPostRequest},
		{"two files, the second without a name", head + part("file", "x") + "--b--", coserr.IncorrectNumberOfFilesInPostRequest},
		{"a file under another name", head + filePart("second", "g", "x") + "--b--", coserr.IncorrectNumberOfFilesInPostRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for how, body := range map[string]io.Reader{
				"at once":      strings.NewReader(tt.body),
				"byte by byte": iotest.OneByteReader(strings.NewReader(tt.body)),
			} {
				f, refused := form.Read(plainType, body)
				require.Nil(t, refused, how)
				_, err := io.ReadAll(f.File)
				requireCode(t, tt.code, err)
				_, again := f.File.Read(make([]byte, 10))
				require.Same(t, err, again, "the verdict stays")
			}
		})
	}
	f, refused := form.Read(plainType, strings.NewReader(head+"--b--"))
	require.Nil(t, refused)
	content, err := io.ReadAll(f.File)
	require.NoError(t, err)
	require.Equal(t, "content", string(content))
}

// TestBodyErrors: an error of the body is returned where it is an answer, and is the cause
// otherwise.
func TestBodyErrors(t *testing.T) {
	broken := errors.New("connection reset")
	good := part("key", "k") + filePart("file", "f", "content") + "--b--"
	for _, n := range []int{10, 40, len(good) - 10} {
		for _, want := range []error{broken, coserr.New(coserr.AccessDenied)} {
			body := io.MultiReader(strings.NewReader(good[:n]), iotest.ErrReader(want))
			var err error
			if f, refused := form.Read(plainType, body); refused != nil {
				err = refused
			} else {
				_, err = io.ReadAll(f.File)
			}
			require.ErrorIs(t, err, want)
			code := coserr.MalformedPOSTRequest
			if want != broken { //nolint:errorlint // the very one
				code = coserr.AccessDenied
			}
			requireCode(t, code, err)
		}
	}
}

// endless is a file of any size that takes no memory.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestFileStreams(t *testing.T) {
	const size = 64 << 20
	body := io.MultiReader(
		strings.NewReader(part("key", "k")+strings.TrimSuffix(filePart("file", "f", ""), "\r\n")),
		io.LimitReader(endless{}, size), strings.NewReader("\r\n--b--"),
	)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, refused := form.Read(plainType, body)
	require.Nil(t, refused)
	n, err := io.Copy(io.Discard, f.File)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Equal(t, int64(size), n)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

// TestOverTCP: over a connection, a complete form is read; a form whose client disconnects is not.
func TestOverTCP(t *testing.T) {
	type outcome struct {
		content string
		err     error
	}
	got := make(chan outcome, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		f, refused := form.Read(r.Header.Get("Content-Type"), r.Body)
		if refused != nil {
			got <- outcome{err: refused}
			return
		}
		content, err := io.ReadAll(f.File)
		got <- outcome{string(content), err}
	}))
	defer srv.Close()

	contentType, body := encode(t, []form.Field{{Name: "key", Value: "k"}}, "f", strings.Repeat("content", 100000))
	resp, err := http.Post(srv.URL, contentType, io.NopCloser(bytes.NewReader([]byte(body)))) //nolint:noctx // a test's own server
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	whole := <-got
	require.NoError(t, whole.err)
	require.Equal(t, strings.Repeat("content", 100000), whole.content)

	for _, chunked := range []bool{false, true} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		require.NoError(t, err)
		w := bufio.NewWriter(conn)
		cut := body[:len(body)/2]
		if chunked {
			fmt.Fprintf(w, "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", contentType, len(cut), cut)
		} else {
			fmt.Fprintf(w, "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", contentType, len(body), cut)
		}
		require.NoError(t, w.Flush())
		require.NoError(t, conn.Close())
		requireCode(t, coserr.MalformedPOSTRequest, (<-got).err)
	}
}

func TestContentMD5(t *testing.T) {
	fields := func(v string) []form.Field {
		return []form.Field{{Name: "key", Value: "k"}, {Name: "Content-MD5", Value: v}}
	}
	sum, refused := read(t, fields("7o3pGNBWQBRbGPcPTDqmAg=="), "f", "").ContentMD5()
	require.Nil(t, refused)
	require.Equal(t, "ee8de918d05640145b18f70f4c3aa602", fmt.Sprintf("%x", sum))
	sum, refused = read(t, fields(""), "f", "").ContentMD5()
	require.Nil(t, refused)
	require.Nil(t, sum)
	for _, bad := range []string{"ee8de918d05640145b18f70f4c3aa602", "7o3pGNBWQBRbGPcPTDqm", "?"} {
		_, refused = read(t, fields(bad), "f", "").ContentMD5()
		require.NotNil(t, refused, bad)
		require.Equal(t, coserr.InvalidDigest, refused.Code, bad)
	}
}
