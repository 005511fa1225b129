package cli

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMisplacedSecretsAreNotLogged: a secret or a token as an object key, a
// method, a bucket or what refuses a request: the log line leaves it out and
// shows the rest.
func TestMisplacedSecretsAreNotLogged(t *testing.T) {
	const secret, token = "Wide-秘密Hush/Permanent+0123456789", "HushTokenOfNobody0123456789"
	file := writeFile(t, "c.yaml", "credentials: [{secret_id: AKIDmine, secret_key: '"+secret+"'}]\n")
	for _, format := range []string{"text", "json"} {
		s := serveHere(t, nil, "--config="+file, "--log-level=debug", "--log-format="+format)
		for _, head := range []string{
			"GET /test-1250000000/beside-" + url.QueryEscape(secret) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n",
			"GET /test-1250000000/beside-" + strings.ToUpper(url.PathEscape(secret)) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n",
			"HUSHTOKENOFNOBODY0123456789 /test-1250000000/beside HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: q-sign-algorithm=sha1&q-ak=AKIDmine&" +
				"q-sign-time=1;2&q-key-time=1;2&q-header-list=&q-url-param-list=&q-signature=0&x-cos-security-token=" + token + "\r\n" +
				"X-Cos-Security-Token: " + token + "\r\n",
			"GET /test-1250000000/beside-" + token + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Cos-Security-Token: " + token + "\r\nAuthorization: " +
				"q-sign-algorithm=sha1&q-ak=AKIDmine&q-sign-time=1;2&q-key-time=1;2&q-header-list=&q-url-param-list=&q-signature=0\r\n",
		} {
			c, err := net.Dial("tcp", s.ready.Listen)
			require.NoError(t, err)
			require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
			_, err = io.WriteString(c, head+"Connection: close\r\n\r\n")
			require.NoError(t, err)
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.NoError(t, c.Close())
		}
		s.signal(os.Interrupt)
		require.Equal(t, exitOK, s.end())
		log := s.stderr.String()
		require.Equal(t, 3, strings.Count(log, "beside-[hidden]"), log)
		require.NotContains(t, strings.ToLower(log), "hush")
	}
}
