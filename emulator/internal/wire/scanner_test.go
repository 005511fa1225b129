package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pieces is a connection whose client sends pieces of the given sizes, again and again, and then
// closes.
type pieces struct {
	net.Conn
	data  []byte
	sizes []int
	next  int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := len(b)
	if len(p.sizes) > 0 {
		n = min(n, p.sizes[p.next%len(p.sizes)])
		p.next++
	}
	n = copy(b[:n], p.data)
	p.data = p.data[n:]
	return n, nil
}

// through returns what net/http reads of a stream, with reads of at most buf bytes.
func through(tb testing.TB, stream string, buf int, sizes ...int) string {
	tb.Helper()
	c := newConn(&pieces{data: []byte(stream), sizes: sizes}, &Config{})
	var out bytes.Buffer
	b := make([]byte, buf)
	for {
		n, err := c.Read(b)
		out.Write(b[:n])
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		require.NoError(tb, err)
	}
}

const rest = " HTTP/1.1\r\nHost: h\r\n\r\n"

func TestTargets(t *testing.T) {
	for _, c := range []struct{ name, sent, got string }{
		{"nothing wrong", "/a%20b%2F?x=%zz&y", "/a%20b%2F?x=%zz&y"},
		{"percent", "/percent%.txt", "/percent%25.txt"},
		{"bad digits", "/a%zz", "/a%25zz"},
		{"one digit", "/a%4", "/a%254"},
		{"one digit and more", "/a%4/%41%", "/a%254/%41%25"},
		{"at the end", "/%", "/%25"},
		{"twice", "/%%", "/%25%25"},
		{"before an escape", "/%%41", "/%25%41"},
		{"blank", "/a b", "/a%20b"},
		{"blanks", "/ a  b ", "/%20a%20%20b%20"},
		{"blank in the query", "/a?x=1 2", "/a?x=1%202"},
		{"bad escape in the query stays", "/a%?x=%", "/a%25?x=%"},
		{"question mark in the query", "/a?b?%zz", "/a?b?%zz"},
		{"a version inside", "/a HTTP/1.1 b", "/a%20HTTP/1.1%20b"},
		{"control characters", "/a\tb\x00\x1f\x7f", "/a%09b%00%1F%7F"},
		{"carriage return", "/a\rb", "/a%0Db"},
		{"letters", "/中文/ü", "/中文/ü"},
		{"no UTF-8", "/\xff\xfe", "/\xff\xfe"},
		{"bad escape before a letter", "/%中", "/%25中"},
		{"absolute", "http://h/a%zz b", "http://h/a%25zz%20b"},
		{"star", "*", "*"},
		{"long", "/" + strings.Repeat("%", 9000), "/" + strings.Repeat("%25", 9000)},
		{"fragment", "/a#b%", "/a#b%25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stream, want := "PUT "+c.sent+rest, "PUT "+c.got+rest
			for _, buf := range []int{1, 7, 4096, 1 << 20} {
				for _, sizes := range [][]int{nil, {1}, {2}, {3, 1}, {5, 1, 9}, {4000, 1, 96}} {
					require.Equal(t, want, through(t, stream, buf, sizes...), "%d %v", buf, sizes)
				}
			}
			req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(want)))
			require.NoError(t, err, "net/http takes it")
			require.Equal(t, c.got, req.RequestURI)
		})
	}
}

// requestLine looks like the beginning of a request that needs repair.
const requestLine = "PUT /a% b%zz" + rest

// TestStreams: bytes that are not in a target do not change, wherever they are and in whatever
// pieces they arrive. The next target is found again, or left alone where the framing is not
// certain.
func TestStreams(t *testing.T) {
	const bad, good = "GET /a%zz" + rest, "GET /a%25zz" + rest
	for _, c := range []struct {
		name, stream string
		found        bool // the next request is repaired
	}{
		{"alone", "", true},
		{"no body", "GET /x" + rest, true},
		{"blank lines before", "\r\n\n\r\n", true},
		{"length", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + length(requestLine) + "\r\n\r\n" + requestLine, true},
		{"length, lower case, spread", "PUT /x HTTP/1.1\r\ncontent-length: \t " + length(requestLine) + " \r\nHost: h\r\n\r\n" + requestLine, true},
		{"length, line feeds alone", "PUT /x HTTP/1.1\nHost: h\nContent-Length: " + length(requestLine) + "\n\n" + requestLine, true},
		{"length nought", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", true},
		{"HTTP/1.0", "PUT /x HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: " + length(requestLine) + "\r\n\r\n" + requestLine, true},
		{"chunked", "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(requestLine, requestLine), true},
		{"chunked, extension, trailer", "PUT /x HTTP/1.1\r\nHost: h\r\ntransfer-encoding: Chunked\r\n\r\n3;a=b \r\n% %\r\n0\r\nX: PUT /% HTTP/1.1\r\n\r\n", true},
		{"long header", "GET /x HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("PUT /% ", 2000) + "\r\n\r\n", true},
		{"near names", "GET /x HTTP/1.1\r\nHost: h\r\nContent-Lengthy: 5\r\nContent-Length-X: 5\r\nTransfer-Encodings: chunked\r\n\r\n", true},
		{"header without colon", "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length\r\n\r\n", true},

		{"two lengths", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n%", false},
		{"length and chunks", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n%\r\n0\r\n\r\n", false},
		{"signed length", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n%", false},
		{"no length", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n%", false},
		{"huge length", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999999999999\r\n\r\n%", false},
		{"padded length", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + strings.Repeat(" ", 90) + "1\r\n\r\n%", false},
		{"blank before the colon", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length : 1\r\n\r\n%", false},
		{"other encoding", "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", false},
		{"chunked twice", "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false},
		{"chunked HTTP/1.0", "PUT /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n%\r\n0\r\n\r\n", false},
		{"folded header", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n 2\r\n\r\n", false},
		{"bad chunk size", "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", false},
		{"empty chunk size", "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", false},
		{"bare chunk line", "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\n%\r\n0\r\n\r\n", false},
		{"bad chunk end", "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n%%\r\n0\r\n\r\n", false},
		{"upgrade", "GET /x HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n", false},
		{"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n\x16\x03\x01PUT /%\n", false},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false},
		{"no version", "GET /x\r\n\r\n", false},
		{"no request", "hello\r\n\r\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.stream + good
			if !c.found {
				want = c.stream + bad
			}
			for _, buf := range []int{1, 4096, 1 << 20} {
				for _, sizes := range [][]int{nil, {1}, {3, 1, 2}, {len(c.stream) + 1, 1}, {len(c.stream) + 4, 9}} {
					require.Equal(t, want, through(t, c.stream+bad, buf, sizes...), "%d %v", buf, sizes)
				}
			}
		})
	}
}

func length(s string) string { return string(itoa(len(s))) }

func itoa(n int) []byte {
	if n < 10 {
		return []byte{byte('0' + n)}
	}
	return append(itoa(n/10), byte('0'+n%10))
}

func chunked(pieces ...string) string {
	var b strings.Builder
	w := newChunkWriter(&b)
	for _, p := range pieces {
		w(p)
	}
	return b.String() + "0\r\n\r\n"
}

func newChunkWriter(b *strings.Builder) func(string) {
	return func(p string) {
		const digits = "0123456789abcdef"
		b.WriteByte(digits[len(p)>>4&15])
		b.WriteByte(digits[len(p)&15])
		b.WriteString("\r\n" + p + "\r\n")
	}
}

// TestEnd: waiting bytes are not lost when the client closes.
func TestEnd(t *testing.T) {
	for _, stream := range []string{"GET /a%", "GET /a%4", "GET /a ", "GET /a HTTP/1.", "GET /a HTTP/1.1\r", "GET /a\r", "G", ""} {
		require.Equal(t, stream, through(t, stream, 4096))
		require.Equal(t, stream, through(t, stream, 1, 1))
	}
}

// TestTimeout: a deadline, by which net/http interrupts its reader, neither drops nor releases
// waiting bytes.
func TestTimeout(t *testing.T) {
	client, server := net.Pipe()
	c := newConn(server, &Config{})
	sent := make(chan error, 1)
	go func() {
		_, err := client.Write([]byte("GET /a%"))
		sent <- err
	}()
	b := make([]byte, 4096)
	n, err := c.Read(b)
	require.NoError(t, err)
	require.Equal(t, "GET /a", string(b[:n]))
	require.NoError(t, <-sent)

	require.NoError(t, c.SetReadDeadline(time.Unix(1, 0)))
	n, err = c.Read(b)
	require.Zero(t, n)
	var ne net.Error
	require.ErrorAs(t, err, &ne)
	require.True(t, ne.Timeout())

	require.NoError(t, c.SetReadDeadline(time.Time{}))
	go func() {
		_, err := client.Write([]byte("zz" + rest))
		sent <- err
	}()
	got := ""
	for !strings.HasSuffix(got, "\r\n\r\n") {
		n, err = c.Read(b)
		require.NoError(t, err)
		got += string(b[:n])
	}
	require.Equal(t, "%25zz"+rest, got)
	require.NoError(t, <-sent)
	require.NoError(t, client.Close())
	require.NoError(t, c.Close())
}

// FuzzStream compares the connection with net/http's reading of the same bytes. Whatever net/http
// accepts unchanged must pass unchanged, above all bodies. The sizes of the pieces must not matter.
func FuzzStream(f *testing.F) {
	for _, s := range []string{
		"PUT /a%zz b" + rest, "GET /x" + rest + requestLine,
		"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\nPUT /% % HTTGET /%" + rest,
		"PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(requestLine) + "GET /%" + rest,
		"POST /x HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n%\r\n\r\nGET /% HTTP/1.0\r\n\r\n",
		"PUT /x HTTP/1.1\nHost: h\nTransfer-Encoding:chunked\nContent-Length: 5\n\n1;x\r\n%\r\n0\r\nA: /%\r\n\r\n",
	} {
		f.Add([]byte(s), uint16(3), uint16(1))
	}
	f.Fuzz(func(t *testing.T, stream []byte, first, second uint16) {
		got := through(t, string(stream), 4096)
		require.Equal(t, got, through(t, string(stream), 4096, int(first)+1, int(second)+1))
		require.Equal(t, got, through(t, string(stream), int(second)%64+1))
		taken := takenByServer(stream)
		require.True(t, strings.HasPrefix(got, string(stream[:taken])),
			"net/http takes %q, it gets %q", stream[:taken], got)
	})
}

// takenByServer returns the length of the part of a stream that net/http accepts as requests and
// bodies.
func takenByServer(stream []byte) int {
	r := bytes.NewReader(stream)
	br := bufio.NewReader(r)
	taken := 0
	for {
		req, err := http.ReadRequest(br)
		if err != nil {
			return taken
		}
		_, err = io.Copy(io.Discard, req.Body)
		if err != nil || req.Method == http.MethodConnect || req.Header.Get("Upgrade") != "" {
			return taken
		}
		taken = len(stream) - r.Len() - br.Buffered()
	}
}

// TestAnyForbidden tries each byte at each place of a word.
func TestAnyForbidden(t *testing.T) {
	for place := range 8 {
		for c := range 256 {
			for _, beside := range []byte{'!', '~', 0x80, 0xff} {
				word := bytes.Repeat([]byte{beside}, 8)
				word[place] = byte(c)
				require.Equal(t, c <= ' ' || c == 0x7f, anyForbidden(binary.LittleEndian.Uint64(word)), "%q", word)
			}
		}
	}
}
