package api_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/emulator/internal/wire"
	"github.com/cosemu/cosemu/signer"
)

// TestFaultsOfS3Clients: requests that are signed the S3 way meet faults, also within signed chunks.
func TestFaultsOfS3Clients(t *testing.T) {
	s := start(t, api.Config{})
	for name, in := range s3Kinds() {
		s.plan(fault.Spec{Word: fault.Answer, Code: "SlowDown", Operation: "PutObject", Key: "k"})
		a := s.send(s3Message(t, in, "hello"))
		require.Equal(t, 503, a.status, name)
		require.NotEmpty(t, a.header.Get("x-amz-request-id"), name)
		s.requireNothing(testBucket, "k")
		s.plan(fault.Spec{Word: fault.Answer, Code: "SlowDown", WithoutRequestID: true})
		require.Empty(t, s.send(s3Message(t, in, "hello")).header.Get("x-amz-request-id"), name)
		s.plan(fault.Spec{Word: fault.Stall, Of: fault.OfRequest, AfterBytes: 2, For: time.Millisecond})
		require.Equal(t, 200, s.send(s3Message(t, in, "hello")).status, name)
		s.requireStored(testBucket, "k", []byte("hello"))
		s.remove(testBucket, "k")
	}
	pieces := []string{strings.Repeat("a", 64<<10), "end"}
	in := bySDK(signer.AWS4, signer.CarrierHeader)
	for _, after := range []int64{10, 70_000} {
		s.plan(fault.Spec{Word: fault.Close, Of: fault.OfRequest, AfterBytes: after})
		require.Empty(t, s.cut(chunkedMessage(t, in, nil, pieces...)))
		s.requireNothing(testBucket, "k")
	}
	s.plan(fault.Spec{Word: fault.Throttle, BytesPerSecond: 1 << 40})
	require.Equal(t, 200, s.send(chunkedMessage(t, in, nil, pieces...)).status)
	s.requireStored(testBucket, "k", []byte(strings.Join(pieces, "")))
}

// TestFaultsOfForms: the key of a form selects a fault, and a form that is cut stores nothing.
func TestFaultsOfForms(t *testing.T) {
	s := start(t, api.Config{})
	form := func() *message {
		f := policyForm(testTime(), formConditions)
		f.set("key", "up/a")
		return f.message(t)
	}
	s.plan(fault.Spec{Word: fault.Answer, Code: "SlowDown", Key: "other/*"})
	require.Equal(t, 204, s.send(form()).status)
	s.remove(testBucket, "up/a")
	s.plan(fault.Spec{Word: fault.Answer, Code: "SlowDown", Key: "up/*", Operation: "PostObject"})
	require.Equal(t, "SlowDown", s.send(form()).code())
	s.requireNothing(testBucket, "up/a")
	for _, when := range []fault.When{fault.Before, fault.After} {
		for _, after := range []int64{0, 10, 500, 1 << 40} {
			s.plan(fault.Spec{Word: fault.Close, Of: fault.OfRequest, AfterBytes: after, When: when})
			require.Empty(t, s.cut(form()), "%s %d", when, after)
			s.requireNothing(testBucket, "up/a")
		}
	}
	s.plan(fault.Spec{Word: fault.Stall, Of: fault.OfRequest, AfterBytes: 1, For: time.Millisecond, When: fault.Before})
	require.Equal(t, 204, s.send(form()).status)
	s.requireStored(testBucket, "up/a", []byte(sampleBody))
}

// TestFaultsOfParts: a part that is cut is none of the upload's, and a Complete whose answer is lost
// took place.
func TestFaultsOfParts(t *testing.T) {
	s := start(t, api.Config{})
	part := bytes.Repeat([]byte("x"), 1<<20)
	id := s.initiate("k")
	s.plan(fault.Spec{Word: fault.Close, Of: fault.OfRequest, AfterBytes: 1000, Operation: "UploadPart"})
	require.Empty(t, s.cut(s.signed("PUT", partTarget("k", id, 1), part)))
	s.requireParts("k", id)
	s.plan(fault.Spec{Word: fault.WrongETag, Operation: "UploadPart"})
	require.NotEqual(t, md5ETag(part), s.do("PUT", partTarget("k", id, 1), part).header.Get("ETag"))
	etag := s.putPart("k", id, 1, part)
	s.plan(fault.Spec{Word: fault.Answer, Code: "InternalError", Status: 200, Operation: "CompleteMultipartUpload"})
	require.Equal(t, "InternalError", s.complete("k", id, partList(etag)).code())
	s.requireNothing(testBucket, "k")
	s.plan(fault.Spec{Word: fault.Close, Of: fault.OfResponse, Operation: "CompleteMultipartUpload"})
	require.Empty(t, s.cut(s.signed(http.MethodPost, "/k?uploadId="+id, []byte(partList(etag)))))
	s.requireStored(testBucket, "k", part)
}

// TestFaultsOverTLS: the end of a connection is the same over TLS, on the port for it and in a
// tunnel.
func TestFaultsOverTLS(t *testing.T) {
	s := start(t, api.Config{})
	data := bytes.Repeat([]byte("x"), 100_000)
	require.Equal(t, 200, s.do("PUT", "/k", data).status)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{Handler: s.e, ReadHeaderTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- wire.Config{}.ServeTLS(srv, l, s.e.TLSConfig()) }()
	t.Cleanup(func() {
		require.NoError(t, srv.Close())
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	})
	come := func(m *message) []byte {
		conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // it is about the end
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
		_, _ = conn.Write(m.bytes()) // the connection may be gone
		came, _ := io.ReadAll(conn)
		return came
	}
	s.plan(fault.Spec{Word: fault.Close, Of: fault.OfRequest, AfterBytes: 10})
	require.Empty(t, come(s.signed("PUT", "/cut", data)))
	s.requireNothing(testBucket, "cut")
	s.plan(fault.Spec{Word: fault.Close, Of: fault.OfResponse, AfterBytes: 10})
	head, body, _ := bytes.Cut(come(s.signed("GET", "/k", nil)), []byte("\r\n\r\n"))
	require.Contains(t, string(head), "Content-Length: 100000")
	require.Equal(t, data[:10], body)
	s.plan(fault.Spec{Word: fault.Close, Of: fault.OfResponse})
	require.Empty(t, come(s.signed("DELETE", "/k", nil)))
	s.requireNothing(testBucket, "k")
}
