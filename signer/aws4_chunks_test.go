package signer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// chunk is one as it goes over the wire.
type chunk struct {
	line, data string
}

func (c chunk) wire() string { return c.line + "\r\n" + c.data + "\r\n" }

// chunked signs data in chunks of the given sizes, the last of them zero.
func chunked(seed string, data []byte, sizes ...int) []chunk {
	var all []chunk
	for _, size := range sizes {
		sum := sha256.Sum256(data[:size])
		seed = refAWS4Text(awsSecret, awsDate, awsRegion,
			"AWS4-HMAC-SHA256-PAYLOAD\n"+awsDate+"\n"+awsScope+"\n"+seed+"\n"+emptySum+"\n"+hex.EncodeToString(sum[:]))
		all = append(all, chunk{fmt.Sprintf("%x;chunk-signature=%s", size, seed), string(data[:size])})
		data = data[size:]
	}
	return all
}

func wireOf(chunks []chunk) string {
	var b strings.Builder
	for _, c := range chunks {
		b.WriteString(c.wire())
	}
	return b.String()
}

// chunkClaim is the claim of a PUT that comes in signed chunks.
func chunkClaim(tb testing.TB, decoded string) *signer.Claim {
	tb.Helper()
	const payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	canonical := "PUT\n/k\n\nhost:h\nx-amz-content-sha256:" + payload + "\nx-amz-date:" + awsDate +
		"\nx-amz-decoded-content-length:" + decoded + "\n\nhost;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length\n" + payload
	req := received(http.MethodPut, "h", "/k", http.Header{
		"X-Amz-Date": {awsDate}, "X-Amz-Content-Sha256": {payload}, "X-Amz-Decoded-Content-Length": {decoded},
		"Authorization": {"AWS4-HMAC-SHA256 Credential=" + awsID + "/" + awsScope +
			",SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length,Signature=" +
			refAWS4(awsSecret, awsDate, awsRegion, canonical)},
	})
	c := mustFind(tb, req)
	require.True(tb, signer.Verify(req, c, awsSecret, signer.VerifyOptions{}).OK)
	return c
}

func readChunks(tb testing.TB, c *signer.Claim, body io.Reader) ([]byte, error) {
	tb.Helper()
	r, err := signer.NewChunkReader(body, c, awsSecret)
	require.NoError(tb, err)
	data, err := io.ReadAll(r)
	_, again := r.Read(make([]byte, 1))
	if err == nil {
		require.ErrorIs(tb, again, io.EOF)
	} else {
		require.Equal(tb, err, again, "the error stays")
	}
	return data, err
}

// patterned is data in which every byte's place shows.
func patterned(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return data
}

func TestChunks(t *testing.T) {
	for _, sizes := range [][]int{{0}, {1, 0}, {8192, 1, 0}, {8192, 8192, 0}, {65536, 65536, 17, 0}, {1 << 20, 0}} {
		total := 0
		for _, n := range sizes {
			total += n
		}
		data := patterned(total)
		c := chunkClaim(t, strconv.Itoa(total))
		wire := wireOf(chunked(c.Signature, data, sizes...))
		for how, body := range map[string]io.Reader{
			"whole": strings.NewReader(wire), "halves": iotest.HalfReader(strings.NewReader(wire)),
			"bytes": iotest.OneByteReader(strings.NewReader(wire)), "end with data": iotest.DataErrReader(strings.NewReader(wire)),
		} {
			got, err := readChunks(t, c, body)
			require.NoError(t, err, "%v %s", sizes, how)
			require.True(t, bytes.Equal(data, got))
		}
		if total == 1<<20 {
			continue
		}
		r, err := signer.NewChunkReader(strings.NewReader(wire), c, awsSecret)
		require.NoError(t, err)
		require.NoError(t, iotest.TestReader(r, data))
	}
}

func TestChunkSizeInUpperCase(t *testing.T) {
	data := patterned(0xabc)
	c := chunkClaim(t, strconv.Itoa(len(data)))
	all := chunked(c.Signature, data, len(data), 0)
	all[0].line = "0ABC" + strings.TrimPrefix(all[0].line, "abc")
	got, err := readChunks(t, c, strings.NewReader(wireOf(all)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

// TestChunksBroken breaks a body that holds in every way: no reader may come to
// io.EOF.
func TestChunksBroken(t *testing.T) {
	data := patterned(3*8192 + 100)
	c := chunkClaim(t, strconv.Itoa(len(data)))
	whole := func() []chunk { return chunked(c.Signature, data, 8192, 16384, 100, 0) }
	got, err := readChunks(t, c, strings.NewReader(wireOf(whole())))
	require.NoError(t, err, "control")
	require.True(t, bytes.Equal(data, got))

	flip := func(s string, at int) string { return s[:at] + string(s[at]^1) + s[at+1:] }
	for name, w := range map[string]struct {
		change  func(all []chunk) []chunk
		problem signer.ChunkProblem
		chunk   int
	}{
		"first byte changed":   {func(a []chunk) []chunk { a[0].data = flip(a[0].data, 0); return a }, signer.ChunkSignature, 1},
		"last byte changed":    {func(a []chunk) []chunk { a[2].data = flip(a[2].data, 99); return a }, signer.ChunkSignature, 3},
		"signature changed":    {func(a []chunk) []chunk { a[1].line = flip(a[1].line, len(a[1].line)-1); return a }, signer.ChunkSignature, 2},
		"end's signature":      {func(a []chunk) []chunk { a[3].line = flip(a[3].line, len(a[3].line)-1); return a }, signer.ChunkSignature, 4},
		"another's signature":  {func(a []chunk) []chunk { a[1].line = a[1].line[:5] + a[0].line[5:]; return a }, signer.ChunkSignature, 2},
		"chunks swapped":       {func(a []chunk) []chunk { a[0], a[1] = a[1], a[0]; return a }, signer.ChunkSignature, 1},
		"chunk left out":       {func(a []chunk) []chunk { return append(a[:1:1], a[2:]...) }, signer.ChunkSignature, 2},
		"chunk repeated":       {func(a []chunk) []chunk { return []chunk{a[0], a[0], a[1], a[2], a[3]} }, signer.ChunkSignature, 2},
		"more data":            {func(a []chunk) []chunk { return []chunk{a[0], a[1], a[1], a[2], a[3]} }, signer.ChunkTooMuch, 3},
		"end too early":        {func(a []chunk) []chunk { return []chunk{a[0], a[1], a[3]} }, signer.ChunkTooLittle, 3},
		"no end":               {func(a []chunk) []chunk { return a[:3] }, signer.ChunkCut, 4},
		"end twice":            {func(a []chunk) []chunk { return append(a, a[3]) }, signer.ChunkFormat, 4},
		"bytes after the end":  {func(a []chunk) []chunk { a[3].data = "\r\nx"; return a }, signer.ChunkFormat, 4},
		"line break missing":   {func(a []chunk) []chunk { a[0].data += "x"; return a }, signer.ChunkFormat, 1},
		"no signature":         {func(a []chunk) []chunk { a[0].line = "2000"; return a }, signer.ChunkFormat, 1},
		"empty signature":      {func(a []chunk) []chunk { a[0].line = "2000;chunk-signature="; return a }, signer.ChunkFormat, 1},
		"signature too long":   {func(a []chunk) []chunk { a[0].line += "0"; return a }, signer.ChunkFormat, 1},
		"an extension more":    {func(a []chunk) []chunk { a[0].line += ";x=1"; return a }, signer.ChunkFormat, 1},
		"no size":              {func(a []chunk) []chunk { a[0].line = a[0].line[4:]; return a }, signer.ChunkFormat, 1},
		"size is no number":    {func(a []chunk) []chunk { a[0].line = "g" + a[0].line; return a }, signer.ChunkFormat, 1},
		"size with a sign":     {func(a []chunk) []chunk { a[0].line = "+" + a[0].line; return a }, signer.ChunkFormat, 1},
		"size beyond counting": {func(a []chunk) []chunk { a[0].line = strings.Repeat("f", 16) + a[0].line; return a }, signer.ChunkFormat, 1},
		"huge size":            {func(a []chunk) []chunk { a[0].line = "fffffffffff" + a[0].line; return a }, signer.ChunkTooMuch, 1},
		"endless line":         {func(a []chunk) []chunk { a[0].line = strings.Repeat("0", 1<<16) + a[0].line; return a }, signer.ChunkFormat, 1},
		"bare line feed":       {func(a []chunk) []chunk { a[0].line += "\n"; return a }, signer.ChunkFormat, 1},
		"nothing":              {func([]chunk) []chunk { return nil }, signer.ChunkCut, 1},
		"small chunks": {func([]chunk) []chunk {
			return chunked(c.Signature, data, 8191, 1, 16384, 100, 0)
		}, signer.ChunkTooSmall, 2},
	} {
		wire := wireOf(w.change(whole()))
		for _, body := range []io.Reader{strings.NewReader(wire), iotest.OneByteReader(strings.NewReader(wire))} {
			got, err := readChunks(t, c, body)
			var e *signer.ChunkError
			require.ErrorAs(t, err, &e, name)
			require.Equal(t, w.problem, e.Problem, "%s: %v", name, e)
			require.Equal(t, w.chunk, e.Chunk, "%s: %v", name, e)
			require.Equal(t, w.problem == signer.ChunkCut, errors.Is(err, io.ErrUnexpectedEOF))
			require.Equal(t, w.problem == signer.ChunkSignature, e.StringToSign != "", name)
			require.LessOrEqual(t, len(got), len(data))
		}
	}
}

// TestChunksCut: a body cut anywhere is an error, and so is one that breaks off.
func TestChunksCut(t *testing.T) {
	data := patterned(8192 + 10)
	c := chunkClaim(t, strconv.Itoa(len(data)))
	wire := wireOf(chunked(c.Signature, data, 8192, 10, 0))
	for n := range len(wire) {
		if n > 120 && n < 8150 {
			continue
		}
		_, err := readChunks(t, c, strings.NewReader(wire[:n]))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, n)
		broken := errors.New("connection lost")
		_, err = readChunks(t, c, io.MultiReader(strings.NewReader(wire[:n]), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken, n)
	}
	_, err := readChunks(t, c, io.MultiReader(strings.NewReader(wire), iotest.ErrReader(io.ErrClosedPipe)))
	require.ErrorIs(t, err, io.ErrClosedPipe, "the body has to end, too")
}

// TestChunkSeed: the chunks hang on the request's signature, its key and its
// scope.
func TestChunkSeed(t *testing.T) {
	data := patterned(100)
	c := chunkClaim(t, "100")
	wire := wireOf(chunked(c.Signature, data, 100, 0))
	for name, change := range map[string]func(c *signer.Claim, secret *string){
		"control": func(*signer.Claim, *string) {},
		"seed":    func(c *signer.Claim, _ *string) { c.Signature = flipLast(c.Signature) },
		"secret":  func(_ *signer.Claim, secret *string) { *secret += "x" },
		"region":  func(c *signer.Claim, _ *string) { c.AWS.Scope.Region = "x" },
		"scope":   func(c *signer.Claim, _ *string) { c.AWS.Scope.Raw += "x" },
		"date":    func(c *signer.Claim, _ *string) { c.AWS.Date = "20261124T080001Z" },
	} {
		c, secret := chunkClaim(t, "100"), awsSecret
		change(c, &secret)
		r, err := signer.NewChunkReader(strings.NewReader(wire), c, secret)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		if name == "control" {
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
			continue
		}
		var e *signer.ChunkError
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, signer.ChunkSignature, e.Problem)
		require.Empty(t, got, "a chunk that came in one piece is not handed on")
	}
}

func TestChunksRefused(t *testing.T) {
	for _, length := range []string{"-1", "x", ""} {
		c := chunkClaim(t, length)
		require.EqualValues(t, -1, c.AWS.DecodedLength)
		_, err := signer.NewChunkReader(strings.NewReader(""), c, awsSecret)
		require.Error(t, err)
	}
	for kind, make := range awsCases() {
		_, err := signer.NewChunkReader(strings.NewReader(""), mustFind(t, make()), awsSecret)
		require.Error(t, err, kind)
	}
	for value, want := range map[string]signer.Payload{
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": signer.PayloadChunksTrailer,
		"STREAMING-UNSIGNED-PAYLOAD-TRAILER":         signer.PayloadUnsignedTrailer,
		"UNSIGNED-PAYLOAD":                           signer.PayloadUnsigned,
		emptySum:                                     signer.PayloadHash,
	} {
		req := awsHeader()
		req.Header.Set("X-Amz-Content-Sha256", value)
		c := mustFind(t, req)
		require.Equal(t, want, c.AWS.Payload)
		require.Equal(t, value, c.AWS.PayloadHash)
		_, err := signer.NewChunkReader(strings.NewReader(""), c, awsSecret)
		require.Error(t, err)
	}
}
