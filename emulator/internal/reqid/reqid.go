// Package reqid makes request ids and trace ids in the form of COS (COS docs: 公共响应头部; the samples
// of each page).
package reqid

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// host is in the place of the server's IPv4 address, in hexadecimal and in reverse byte order
	// (in the samples 64b82a09 is 9.42.184.100). It is 127.0.0.1, so that an id shows that it is
	// not from COS (choice 35).
	host = "0100007f"
	// tracePrefix begins each known trace id.
	tracePrefix = "8efc6b2d3b069ca89454d10b9ef00187"
	// traceTail is the number of random bytes after it, for 128 hexadecimal digits in all.
	traceTail = 48
)

// Source makes ids. It is safe for concurrent use and takes no lock.
type Source struct {
	seed    uint64 // makes the trace ids of sources differ
	process uint32
	counter atomic.Uint64
}

// NewSource returns a source. Its ids differ from those of all other sources, even of an earlier
// process at the same frozen time: process number and first count are random, of the size that
// those of COS have.
func NewSource() *Source {
	s := &Source{seed: rand.Uint64(), process: 0x10000 + rand.Uint32N(0x30000)}
	s.counter.Store(0x1000000 + rand.Uint64N(0x6000000))
	return s
}

// ID is the id of a request. It is a small value that makes its texts on demand, each time the
// same.
type ID struct {
	seconds int64
	seed    uint64
	count   uint64
	process uint32
}

// New returns the id of a request that arrived at now.
func (s *Source) New(now time.Time) ID {
	return ID{seconds: now.Unix(), seed: s.seed, count: s.counter.Add(1), process: s.process}
}

// String returns the request id of x-cos-request-id and RequestId: base64 of `<unix
// seconds>_<address>_<process>_<count>`, all in hexadecimal.
func (id ID) String() string {
	var buf [64]byte
	b := strconv.AppendInt(buf[:0], id.seconds, 16)
	b = append(b, '_')
	b = append(b, host...)
	b = append(b, '_')
	b = strconv.AppendUint(b, uint64(id.process), 16)
	b = append(b, '_')
	b = strconv.AppendUint(b, id.count, 16)
	var text [88]byte
	return string(base64.StdEncoding.AppendEncode(text[:0], b))
}

// TraceID returns the trace id of an error: base64 of 128 lower-case hexadecimal digits.
func (id ID) TraceID() string {
	var tail [traceTail]byte
	x := id.seed ^ id.count*0x9e3779b97f4a7c15
	for i := 0; i < len(tail); i += 8 {
		x += 0x9e3779b97f4a7c15
		z := mix(x)
		for j := range 8 {
			tail[i+j] = byte(z >> (8 * j))
		}
	}
	var digits [len(tracePrefix) + 2*traceTail]byte
	copy(digits[:], tracePrefix)
	hex.Encode(digits[len(tracePrefix):], tail[:])
	var text [(len(digits) + 2) / 3 * 4]byte
	base64.StdEncoding.Encode(text[:], digits[:])
	return string(text[:])
}

// mix is the finalizer of SplitMix64, a bijection that makes the ids of consecutive requests look
// different.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Ours reports whether a text has the form of the request ids of this package. Those of COS name
// another address.
func Ours(text string) bool {
	plain, err := base64.StdEncoding.DecodeString(text)
	parts := strings.Split(string(plain), "_")
	return err == nil && len(parts) == 4 && parts[1] == host
}
