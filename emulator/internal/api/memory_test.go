package api_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/storage"
)

// startSmall runs an emulator in memory that may hold so many bytes.
func startSmall(t *testing.T, most int64) *server {
	t.Helper()
	st, err := storage.OpenMemory(storage.Options{MaxMemory: most})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return startOn(t, api.Config{}, st)
}

// headOf sends a request without its body, and reads the answer.
func (s *server) headOf(m *message) *answer {
	s.tb.Helper()
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(s.tb, err)
	defer conn.Close()
	require.NoError(s.tb, conn.SetDeadline(time.Now().Add(30*time.Second)))
	head, _, _ := bytes.Cut(m.bytes(), []byte("\r\n\r\n"))
	_, err = conn.Write(append(head, "\r\n\r\n"...))
	require.NoError(s.tb, err)
	return readAnswer(s.tb, conn, m.method)
}

// TestMaxMemory: what does not fit is refused, by every way that stores bytes,
// before its body is read where the length is known; nothing of it stays, and
// what is deleted makes room (choice 320).
//
// holds: code ServiceUnavailable
func TestMaxMemory(t *testing.T) {
	const most, large = 2 << 20, 900 << 10
	s := startSmall(t, most)
	body := bytes.Repeat([]byte("x"), large)
	require.Equal(t, http.StatusOK, s.do("PUT", "/a", body).status)
	upload := s.do("POST", "/parts?uploads", nil)
	require.Equal(t, http.StatusOK, upload.status)
	part := "/parts?partNumber=1&uploadId=" + between(string(upload.body), "<UploadId>", "</UploadId>")
	require.Equal(t, http.StatusOK, s.do("PUT", part, body).status)
	require.Equal(t, http.StatusOK, s.do("POST", "/log?append&position=0", []byte("begun")).status)
	before, bound := s.store.Memory()
	require.EqualValues(t, most, bound)

	refused := func(how string, a *answer) {
		t.Helper()
		require.Equal(t, http.StatusServiceUnavailable, a.status, how)
		require.Equal(t, "ServiceUnavailable", a.code(), how)
		require.Contains(t, a.message(), "max_memory", how)
	}
	source := "/" + testHost + "/a"
	refused("PUT", s.headOf(s.signed("PUT", "/b", body)))
	refused("part", s.headOf(s.signed("PUT", strings.Replace(part, "=1", "=2", 1), body)))
	refused("append", s.headOf(s.signed("POST", "/log?append&position=5", body)))
	refused("copy", s.do("PUT", "/b", nil, "x-cos-copy-source", source[1:]))
	refused("part copy", s.do("PUT", strings.Replace(part, "=1", "=2", 1), nil, "x-cos-copy-source", source[1:]))
	chunked := s.signed("PUT", "/b", body)
	chunked.chunked = true
	refused("chunks", s.send(chunked))
	form := policyForm(s.clock.Now(), "")
	form.set("key", "b")
	form.file = string(body)
	refused("form", s.send(form.message(t)))
	s.requireNothing(testBucket, "b")
	s.requireStored(testBucket, "log", []byte("begun"))
	after, _ := s.store.Memory()
	require.LessOrEqual(t, after-before, int64(8<<10), "but for folders")

	require.Equal(t, http.StatusOK, s.do("PUT", "/small", []byte("x")).status, "what fits is stored")
	require.Equal(t, http.StatusNoContent, s.do("DELETE", "/a", nil).status)
	require.Equal(t, http.StatusOK, s.do("PUT", "/b", body).status)
	s.requireStored(testBucket, "b", body)
	require.Equal(t, http.StatusNoContent, s.do("DELETE", strings.Replace(part, "partNumber=1&", "", 1), nil).status)
	form.set("key", "c")
	require.Less(t, s.send(form.message(t)).status, 300)
	s.requireStored(testBucket, "c", body)
}

// TestMaxMemoryAtOnce: of many large uploads that come at the same time, as
// many get through as there is room for.
func TestMaxMemoryAtOnce(t *testing.T) {
	s := startSmall(t, 4<<20)
	body := bytes.Repeat([]byte("x"), 1000<<10)
	results := make(chan int)
	for i := range 10 {
		m := s.signed("PUT", fmt.Sprintf("/%d", i), body)
		go func() {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				results <- 0
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			_, _ = conn.Write(m.bytes())
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				results <- 0
				return
			}
			_ = resp.Body.Close()
			results <- resp.StatusCode
		}()
	}
	count := map[int]int{}
	for range 10 {
		count[<-results]++
	}
	require.Equal(t, map[int]int{http.StatusOK: 4, http.StatusServiceUnavailable: 6}, count)
}
