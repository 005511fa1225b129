package cosemutest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/cosemutest"
)

// TestPutIsAsAnUpload: the API serves an object of Put like an uploaded one, and Object reads both.
func TestPutIsAsAnUpload(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t, cosemutest.WithClock(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)))
	headers := []string{
		"content-type", "text/plain", "Cache-Control", "no-cache", "x-cos-meta-b", "2", "X-Cos-Meta-A", "1",
		"x-cos-storage-class", "STANDARD_IA", "x-cos-acl", "public-read",
	}
	put := cos.Put("a", "hello", headers...)
	require.Equal(t, "5d41402abc4b2a76b9719d911017c592", put.ETag) // md5sum of hello
	require.Empty(t, cos.Requests(cosemutest.Filter{}), "the journal does not see it")

	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	_, err := cos.Client().Put(t.Context(), "b", strings.NewReader("hello"), h)
	require.NoError(t, err)
	uploaded, ok := cos.Object("b")
	require.True(t, ok)
	want := uploaded
	want.Key = "a"
	require.Equal(t, want, put)
	require.Equal(t, "1", put.Header.Get("X-Cos-Meta-A"))
	require.Equal(t, "STANDARD_IA", put.StorageClass)
	require.Equal(t, "public-read", put.ACL)
	require.True(t, put.Modified.Equal(cos.Clock.Now()))

	answer, err := cos.Client().Get(t.Context(), "a", nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, "hello", string(body))
	require.Equal(t, "text/plain", answer.Header.Get("Content-Type"))
	require.Equal(t, "2", answer.Header.Get("X-Cos-Meta-B"))

	require.Equal(t, "again", string(cos.Put("a", "again").Body), "in place of the old one")
	require.Empty(t, cos.ExpectStored("a", "again").Header)
}

func TestObjects(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	require.Empty(t, cos.Objects())
	_, ok := cos.Object("a")
	require.False(t, ok)

	var want []string
	for i := range 1003 { // more than one page of a list
		want = append(want, fmt.Sprintf("%04d", i))
		cos.Put(want[i], want[i])
	}
	var got []string
	for _, o := range cos.Objects() {
		require.Equal(t, o.Key, string(o.Body))
		got = append(got, o.Key)
	}
	require.Equal(t, want, got)

	cos.ExpectNoObject("none")
	cos.ExpectNoObject("2*")
	for pattern, found := range map[string]string{
		"0007": `["0007"]`, "000*": `["0000" "0001"`, "*": `["0000" "0001"`,
	} {
		f := attempt(func(tb testing.TB) { cos.For(tb).ExpectNoObject(pattern) })
		requireFailure(t, f, found)
	}
}

func TestExpectStoredSaysWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	url := cos.Presign(http.MethodPut, "a", time.Hour, "Content-Type", "image/png")
	_, err := cos.Client().PutURL(t.Context(), url, strings.NewReader("x"), http.Header{"Content-Type": {"image/gif"}})
	require.Error(t, err)
	f := attempt(func(tb testing.TB) { cos.For(tb).ExpectStored("a", "x") })
	requireFailure(t, f, `"a" wanted in test-1250000000, but nothing is stored there:`,
		`PUT "test-1250000000/a": refused, 403 SignatureDoesNotMatch: `, "request id ")

	_, err = cos.Client().PutURL(t.Context(), url, strings.NewReader("x"), http.Header{"Content-Type": {"image/png"}})
	require.NoError(t, err)
	cos.ExpectStored("a", "x")
	f = attempt(func(tb testing.TB) { cos.For(tb).ExpectNoObject("a") })
	requireFailure(t, f, `nothing wanted at "a" in test-1250000000, but ["a"] is stored:`, "refused, 403", "accepted, 200")

	same := strings.Repeat("0123456789", 20)
	cos.Put("long", same+"stored"+same)
	f = attempt(func(tb testing.TB) { cos.For(tb).ExpectStored("long", same+"wanted") })
	requireFailure(t, f, `"long" in test-1250000000 holds other bytes than wanted, from byte 200 on:`,
		`wanted 206 bytes: …"4567890123456789wanted"`, `stored 406 bytes: …"4567890123456789stored0123`, `"…`)
	f = attempt(func(tb testing.TB) { cos.For(tb).ExpectStored("long", same) })
	requireFailure(t, f, "from byte 200 on", `wanted 200 bytes: …"4567890123456789"`)
	f = attempt(func(tb testing.TB) { cos.For(tb).ExpectStored("a", "") })
	requireFailure(t, f, "from byte 0 on", `wanted 0 bytes: ""`, `stored 1 bytes: "x"`)
}

// TestMisuse: each call that fails reports the line of the test.
func TestMisuse(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	absent := func(s *cosemutest.Server) *cosemutest.Server { return s.In("x-1") }
	for _, c := range []struct {
		want string
		call func(s *cosemutest.Server)
	}{
		{
			`Presign PUT "a": headers are pairs of name and value: "Content-Type" has no value`,
			func(s *cosemutest.Server) { s.Presign("PUT", "a", time.Hour, "Content-Type") },
		},
		{
			`Presign PUT "a": signer: the validity must last a second at least`,
			func(s *cosemutest.Server) { s.Presign("PUT", "a", 0) },
		},
		{
			`PresignCloud P T "a": signer: "P T" is no method`,
			func(s *cosemutest.Server) { s.PresignCloud("P T", "a", time.Hour) },
		},
		{
			`Put "a" into test-1250000000: the header Date is not stored with an object`,
			func(s *cosemutest.Server) { s.Put("a", "", "Date", "today") },
		},
		{
			`Put "a" into test-1250000000: headers are pairs of name and value: "Expires" has no value`,
			func(s *cosemutest.Server) { s.Put("a", "", "Expires") },
		},
		{`Put "" into test-1250000000: storage: bad name`, func(s *cosemutest.Server) { s.Put("", "") }},
		{`Put "a" into x-1: storage: no such bucket`, func(s *cosemutest.Server) { absent(s).Put("a", "") }},
		{`Object "a" of x-1: storage: no such bucket`, func(s *cosemutest.Server) { absent(s).Object("a") }},
		{`Objects of x-1: storage: no such bucket`, func(s *cosemutest.Server) { absent(s).Objects() }},
		{`ExpectNoObject "a" in x-1: storage: no such bucket`, func(s *cosemutest.Server) { absent(s).ExpectNoObject("a") }},
		{`ExpectNoObject "*" in x-1: storage: no such bucket`, func(s *cosemutest.Server) { absent(s).ExpectNoObject("*") }},
		{`ExpectStored "a" in x-1: storage: no such bucket`, func(s *cosemutest.Server) { absent(s).ExpectStored("a", "") }},
		{
			`CreateBucket "test-1250000000": storage: bucket exists`,
			func(s *cosemutest.Server) { s.CreateBucket(cosemutest.BucketConfig{Name: s.Bucket}) },
		},
		{
			`AddKey: invalid key pair: the secret id has a blank`,
			func(s *cosemutest.Server) { s.AddKey(cosemutest.Key{SecretID: "A B"}) },
		},
	} {
		requireFailure(t, attempt(func(tb testing.TB) { c.call(cos.For(tb)) }), "cosemutest: "+c.want)
	}
	cos.ExpectNoObject("*")
	require.NoError(t, cos.Close())
	requireFailure(t, attempt(func(tb testing.TB) { cos.For(tb).Reset() }), "Reset: storage: closed")
}
