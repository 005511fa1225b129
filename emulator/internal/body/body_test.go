package body_test

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash/crc64"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

const noLimit = math.MaxInt64

// sizes are sizes around one buffer and around several.
func sizes() []int {
	const buffer = 256 << 10
	return []int{0, 1, 1024, buffer - 1, buffer, buffer + 1, 4*buffer - 1, 4 * buffer, 5*buffer + 7, 9 * buffer}
}

func random(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

// code returns the COS code of an error, or its text.
func code(err error) string {
	var ce *coserr.Error
	var we *body.WriteError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &ce):
		return string(ce.Code)
	case errors.As(err, &we):
		return "write"
	}
	return "unknown: " + err.Error()
}

// TestDigests: sample bodies of the documentation with their printed digests (COS docs: PUT Object,
// Upload Part).
func TestDigests(t *testing.T) {
	var p body.Reader
	for _, c := range []struct {
		text, md5 string
		crc       uint64
	}{
		{"[Object Content]", "ee8de918d05640145b18f70f4c3aa602", 16749565679157681890},
		{"[Object Content Version 2]", "", 11596229263574363878},
		{"[Object Part]", "", 4510578591875220731},
		{"", "d41d8cd98f00b204e9800998ecf8427e", 0},
		{"123456789", "25f9e794323b453885f5181f1b624d0b", 0x995dc9bbdf1939fa}, // the check value of CRC-64/XZ
	} {
		for _, length := range []int64{int64(len(c.text)), -1} {
			var dst bytes.Buffer
			d, err := p.Copy(&dst, strings.NewReader(c.text), body.Spec{Length: length, Limit: noLimit})
			require.NoError(t, err)
			require.Equal(t, c.text, dst.String())
			require.EqualValues(t, len(c.text), d.Size)
			require.Equal(t, c.crc, d.CRC64)
			if c.md5 != "" {
				require.Equal(t, c.md5, hex.EncodeToString(d.MD5[:]))
			}
		}
	}
}

// TestSizes: bodies of all sizes, in large and in small reads, arrive complete and with the right
// digests.
func TestSizes(t *testing.T) {
	var p body.Reader
	for _, n := range sizes() {
		data := random(n)
		for name, reader := range map[string]func(io.Reader) io.Reader{
			"at once":         func(r io.Reader) io.Reader { return r },
			"end with data":   iotest.DataErrReader,
			"half":            iotest.HalfReader,
			"now and nothing": func(r io.Reader) io.Reader { return &stutter{Reader: r} },
		} {
			for _, length := range []int64{int64(n), -1} {
				var dst bytes.Buffer
				sum := md5.Sum(data)
				d, err := p.Copy(&dst, reader(bytes.NewReader(data)), body.Spec{Length: length, MD5: sum[:], Limit: int64(n)})
				require.NoError(t, err, "%s, %d bytes, length %d", name, n, length)
				require.Equal(t, body.Digest{Size: int64(n), MD5: sum, CRC64: crc64.Checksum(data, crc64.MakeTable(crc64.ECMA))}, d)
				require.True(t, bytes.Equal(data, dst.Bytes()))
			}
		}
	}
}

// stutter returns no bytes at every second read.
type stutter struct {
	io.Reader
	on bool
}

func (s *stutter) Read(p []byte) (int, error) {
	s.on = !s.on
	if s.on {
		return 0, nil
	}
	return s.Reader.Read(p)
}

// TestKnownLength: Copy does not read beyond the length.
func TestKnownLength(t *testing.T) {
	var p body.Reader
	for _, n := range sizes() {
		data := random(n)
		src := io.MultiReader(bytes.NewReader(data), strings.NewReader("rest"))
		var dst bytes.Buffer
		d, err := p.Copy(&dst, src, body.Spec{Length: int64(n), Limit: noLimit})
		require.NoError(t, err)
		require.Equal(t, md5.Sum(data), d.MD5)
		require.Equal(t, n, dst.Len())
		left, err := io.ReadAll(src)
		require.NoError(t, err)
		require.Equal(t, "rest", string(left))
	}
}

// failing is a destination that fails after some bytes.
type failing struct {
	left int
	err  error
}

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return f.left, f.err
	}
	f.left -= len(p)
	return len(p), nil
}

// TestRefusals: a wrong body is refused and the same body without the mistake is accepted, at sizes
// that use each path of the package. No goroutine remains.
func TestRefusals(t *testing.T) {
	var p body.Reader
	broken, full := errors.New("connection reset"), errors.New("no space")
	before := runtime.NumGoroutine()
	for _, n := range sizes() {
		if n == 0 {
			continue
		}
		data := random(n)
		sum := md5.Sum(data)
		good := func() io.Reader { return bytes.NewReader(data) }
		for _, c := range []struct {
			name   string
			dst    io.Writer
			src    io.Reader
			spec   body.Spec
			code   string
			caused error
		}{
			{"good", io.Discard, good(), body.Spec{Length: int64(n), MD5: sum[:], Limit: int64(n)}, "", nil},
			{"good chunks", io.Discard, good(), body.Spec{Length: -1, MD5: sum[:], Limit: int64(n)}, "", nil},
			{"short", io.Discard, good(), body.Spec{Length: int64(n) + 1, Limit: noLimit}, "IncompleteBody", nil},
			{"very short", io.Discard, good(), body.Spec{Length: int64(n) + 1<<20, Limit: noLimit}, "IncompleteBody", nil},
			{"short by net/http", io.Discard, io.MultiReader(good(), iotest.ErrReader(io.ErrUnexpectedEOF)), body.Spec{Length: int64(n) + 1, Limit: noLimit}, "IncompleteBody", io.ErrUnexpectedEOF},
			{"chunks cut", io.Discard, io.MultiReader(good(), iotest.ErrReader(io.ErrUnexpectedEOF)), body.Spec{Length: -1, Limit: noLimit}, "IncompleteBody", io.ErrUnexpectedEOF},
			{"reset", io.Discard, io.MultiReader(good(), iotest.ErrReader(broken)), body.Spec{Length: -1, Limit: noLimit}, "IncompleteBody", broken},
			{"nothing comes", io.Discard, io.MultiReader(good(), idle{}), body.Spec{Length: -1, Limit: noLimit}, "IncompleteBody", io.ErrNoProgress},
			{"chunks too large", io.Discard, good(), body.Spec{Length: -1, Limit: int64(n) - 1}, "EntityTooLarge", nil},
			{"other MD5", io.Discard, good(), body.Spec{Length: int64(n), MD5: make([]byte, md5.Size), Limit: noLimit}, "BadDigest", nil},
			{"other MD5, chunks", io.Discard, good(), body.Spec{Length: -1, MD5: make([]byte, md5.Size), Limit: noLimit}, "BadDigest", nil},
			{"no space", &failing{n - 1, full}, good(), body.Spec{Length: int64(n), Limit: noLimit}, "write", full},
			{"no space at all", &failing{0, full}, good(), body.Spec{Length: -1, Limit: noLimit}, "write", full},
		} {
			d, err := p.Copy(c.dst, c.src, c.spec)
			require.Equal(t, c.code, code(err), "%s, %d bytes", c.name, n)
			if c.caused != nil {
				require.ErrorIs(t, err, c.caused)
			}
			if err != nil {
				require.Equal(t, body.Digest{Size: d.Size}, d, "no digest of half a body")
			}
		}
	}
	requireGoroutines(t, before)
}

// requireGoroutines checks that there are at most n goroutines. It waits a moment for those that
// are ending.
func requireGoroutines(tb testing.TB, n int) {
	tb.Helper()
	for range 1_000_000 {
		if runtime.NumGoroutine() <= n {
			return
		}
		runtime.Gosched()
	}
	require.LessOrEqual(tb, runtime.NumGoroutine(), n)
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// TestLimit: an endless chunked body is stopped soon after the limit. Nothing beyond the limit is
// written.
func TestLimit(t *testing.T) {
	const limit = 1 << 20
	var p body.Reader
	src := &counter{}
	var dst bytes.Buffer
	_, err := p.Copy(&dst, src, body.Spec{Length: -1, Limit: limit})
	require.Equal(t, "EntityTooLarge", code(err))
	require.LessOrEqual(t, src.n, int64(limit+256<<10))
	require.LessOrEqual(t, dst.Len(), limit)
}

// counter is an endless source that counts its bytes.
type counter struct{ n int64 }

func (c *counter) Read(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// TestPanic: after a panic of the source, as of net/http's, everything is released.
func TestPanic(t *testing.T) {
	var p body.Reader
	before := runtime.NumGoroutine()
	src := io.MultiReader(bytes.NewReader(random(1<<20)), panicking{})
	require.PanicsWithValue(t, "gone", func() {
		_, _ = p.Copy(io.Discard, src, body.Spec{Length: -1, Limit: noLimit})
	})
	requireGoroutines(t, before)
	d, err := p.Copy(io.Discard, strings.NewReader("[Object Content]"), body.Spec{Length: 16, Limit: noLimit})
	require.NoError(t, err)
	require.Equal(t, uint64(16749565679157681890), d.CRC64)
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("gone") }

// TestConcurrent: bodies share nothing but buffers, even if there are more bodies than processors.
func TestConcurrent(t *testing.T) {
	var p body.Reader
	var wg sync.WaitGroup
	for i := range 16 {
		data := random(100_000*i + i)
		sum := md5.Sum(data)
		wg.Go(func() {
			for range 8 {
				var dst bytes.Buffer
				_, err := p.Copy(&dst, bytes.NewReader(data), body.Spec{Length: -1, MD5: sum[:], Limit: noLimit})
				if err != nil || !bytes.Equal(data, dst.Bytes()) {
					t.Errorf("%d bytes: %v", len(data), err)
				}
			}
		})
	}
	wg.Wait()
}

// TestCheck judges requests as net/http hands them over.
//
// holds: code MissingContentLength; code InvalidDigest; code EntityTooLarge
func TestCheck(t *testing.T) {
	sum := md5.Sum([]byte("[Object Content]"))
	right := base64.StdEncoding.EncodeToString(sum[:])
	for _, c := range []struct {
		name, header string
		limit        int64
		code         string
		status       int
		spec         body.Spec
	}{
		{"length", "Content-Length: 16\r\n", 16, "", 0, body.Spec{Length: 16, Limit: 16}},
		{"empty", "Content-Length: 0\r\n", 16, "", 0, body.Spec{Length: 0, Limit: 16}},
		{"chunks", "Transfer-Encoding: chunked\r\n", 16, "", 0, body.Spec{Length: -1, Limit: 16}},
		{"MD5", "Content-Length: 16\r\nContent-MD5: " + right + "\r\n", 16, "", 0, body.Spec{Length: 16, Limit: 16, MD5: sum[:]}},
		{"MD5, chunks", "Transfer-Encoding: chunked\r\ncontent-md5: " + right + "\r\n", 16, "", 0, body.Spec{Length: -1, Limit: 16, MD5: sum[:]}},
		{"MD5 without a value", "Content-Length: 16\r\nContent-MD5:\r\n", 16, "", 0, body.Spec{Length: 16, Limit: 16}},
		{"neither", "", 16, "MissingContentLength", 411, body.Spec{}},
		{"too large", "Content-Length: 17\r\n", 16, "EntityTooLarge", 400, body.Spec{}},
		{"too large comes first", "Content-Length: 17\r\nContent-MD5: x\r\n", 16, "EntityTooLarge", 400, body.Spec{}},
		{"MD5 in hex", "Content-Length: 16\r\nContent-MD5: " + hex.EncodeToString(sum[:]) + "\r\n", 16, "InvalidDigest", 400, body.Spec{}},
		{"MD5 too short", "Content-Length: 16\r\nContent-MD5: MTIz\r\n", 16, "InvalidDigest", 400, body.Spec{}},
		{"MD5 no base64", "Content-Length: 16\r\nContent-MD5: ????????????????????????\r\n", 16, "InvalidDigest", 400, body.Spec{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("PUT /a HTTP/1.1\r\nHost: h\r\n" + c.header + "\r\n")))
			require.NoError(t, err)
			spec, cerr := body.Check(r, c.limit)
			if c.code == "" {
				require.Nil(t, cerr)
				require.Equal(t, c.spec, spec)
				return
			}
			require.Equal(t, c.code, string(cerr.Code))
			require.Equal(t, c.status, cerr.Status)
		})
	}
}

// TestRefusalsInTurn: wrong large bodies are refused too while all processors are busy with
// hashing.
func TestRefusalsInTurn(t *testing.T) {
	var p body.Reader
	data := random(1 << 20)
	sum := md5.Sum(data)
	var wg sync.WaitGroup
	hold, held := make(chan struct{}), make(chan struct{})
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			src := io.MultiReader(bytes.NewReader(data), waiting{hold, held})
			if _, err := p.Copy(io.Discard, src, body.Spec{Length: -1, MD5: sum[:], Limit: noLimit}); err != nil {
				t.Error(err)
			}
		})
		<-held
	}
	full := errors.New("no space")
	for name, c := range map[string]struct {
		dst  io.Writer
		src  io.Reader
		spec body.Spec
		code string
	}{
		"good":      {io.Discard, bytes.NewReader(data), body.Spec{Length: 1 << 20, MD5: sum[:], Limit: noLimit}, ""},
		"chunks":    {io.Discard, bytes.NewReader(data), body.Spec{Length: -1, MD5: sum[:], Limit: noLimit}, ""},
		"short":     {io.Discard, bytes.NewReader(data), body.Spec{Length: 1<<20 + 1, Limit: noLimit}, "IncompleteBody"},
		"too large": {io.Discard, bytes.NewReader(data), body.Spec{Length: -1, Limit: 1<<20 - 1}, "EntityTooLarge"},
		"other MD5": {io.Discard, bytes.NewReader(data), body.Spec{Length: -1, MD5: make([]byte, 16), Limit: noLimit}, "BadDigest"},
		"no space":  {&failing{300 << 10, full}, bytes.NewReader(data), body.Spec{Length: -1, Limit: noLimit}, "write"},
	} {
		d, err := p.Copy(c.dst, c.src, c.spec)
		require.Equal(t, c.code, code(err), name)
		if err == nil {
			require.Equal(t, crc64.Checksum(data, crc64.MakeTable(crc64.ECMA)), d.CRC64)
		}
	}
	close(hold)
	wg.Wait()
}

// waiting is the end of a body. It arrives when hold is closed.
type waiting struct{ hold, held chan struct{} }

func (w waiting) Read([]byte) (int, error) {
	w.held <- struct{}{}
	<-w.hold
	return 0, io.EOF
}
