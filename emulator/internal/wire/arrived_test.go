package wire_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/wire"
)

// TestBodyArrived: a body counts as arrived if its last byte came with the headers, and if nobody
// waits for `100 Continue`.
func TestBodyArrived(t *testing.T) {
	asked := make(chan struct{}, 1)
	c := start(t, func(w http.ResponseWriter, r *http.Request) {
		arrived := wire.BodyArrived(r)
		asked <- struct{}{}
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%t %d %v", arrived, len(body), err)
	}).dial(t)
	const head = "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
	for _, v := range []struct{ first, later, want string }{
		{head + "\r\nhello", "", "true 5 <nil>"},
		{head + "\r\nhell", "o", "false 5 <nil>"},
		{head + "\r\n", "hello", "false 5 <nil>"},
		{head + "Expect: 100-continue\r\n\r\nhello", "", "false 5 <nil>"},
		{strings.Replace(head, "/a", "/a b%", 1) + "\r\nhello", "", "true 5 <nil>"}, // repaired
		{"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "", "false 1 <nil>"},
		{"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "", "false 0 <nil>"},
		{head + "\r\nhello", "", "true 5 <nil>"}, // again, after all that
	} {
		c.send("%s", v.first)
		<-asked
		c.send("%s", v.later)
		if strings.Contains(v.first, "Expect") {
			line, err := c.r.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
			_, err = c.r.Discard(2)
			require.NoError(t, err)
		}
		c.want(200, v.want)
	}
	c.send("%s\r\nhello%s\r\nhe", head, head)
	c.want(200, "false 5 <nil>") // the next request has begun
	<-asked
	<-asked
	c.send("llo")
	c.want(200, "false 5 <nil>")
	require.False(t, wire.BodyArrived(httptest.NewRequest(http.MethodPut, "/", strings.NewReader("hello"))), "not from here")
}
