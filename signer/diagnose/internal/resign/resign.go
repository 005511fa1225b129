// Package resign finds what a client signed: it makes signatures of a request
// with one or two of its parts changed until one is the client's.
//
// A part is a dimension: the method, the path, one of the two lists … Each text
// that a dimension may have is kept once, and a [Point] picks one of each. How a
// point becomes the text that is signed is for a [Scheme] to say, so that the
// same mistakes can be looked for under another canonical form.
package resign

import (
	"github.com/cosemu/cosemu/signer"
)

// The bounds of one search, which keep it within 5 ms: how many signatures are
// made, and how many bytes are signed or put together for it.
const (
	MaxAttempts = 3000
	MaxWork     = 3 << 19
)

// Dim is a part of what is signed that a mistake may change by itself.
type Dim int

// The dimensions.
const (
	Method Dim = iota
	Path
	Params
	Headers // all but the host
	Host
	Time   // in StringToSign
	Key    // the secret, and the time that the key is made for
	Recipe // how the texts are put together
	dims
)

// Point picks one of the texts known for each dimension: a complete attempt.
type Point [dims]uint16

// Mask is a set of dimensions.
type Mask uint8

// MaskOf is the set of the given dimensions.
func MaskOf(ds ...Dim) (m Mask) {
	for _, d := range ds {
		m |= 1 << d
	}
	return m
}

// Attempt is a change of the request to try. Said is what its caller reports when it
// gives the client's signature.
type Attempt[S any] struct {
	Said S
	// Mask are the dimensions that it changes; of At only these count.
	Mask Mask
	At   Point
	// Likely means that it is worth trying together with another one.
	Likely bool
	// Edit is how it changed a list, if it can be joined with others.
	Edit *Edit
}

// over replaces the attempt's dimensions in p.
func (a *Attempt[S]) over(p Point) Point {
	for d := range dims {
		if a.Mask&(1<<d) != 0 {
			p[d] = a.At[d]
		}
	}
	return p
}

// base is a reading of the request, to be combined with mistakes.
type base struct {
	at      Point
	reading string
	// common is false for readings that merely guess at a port.
	common bool
}

// Found says how the client's signature is made.
type Found[S any] struct {
	At      Point
	Reading string
	Steps   []S
}

// Search makes signatures until one is the client's.
type Search[S any] struct {
	scheme    Scheme
	signature string

	texts    [dims][]string
	index    [dims]map[string]uint16
	cut      []int // where the host goes in texts[Headers]
	keys     []SignKey
	bases    []base
	params   []List // the readings' lists
	headers  []List
	attempts []Attempt[S]

	tried map[Point]struct{}
	made  int
	work  int
	buf   []byte
	last  Point  // the point whose hash is in sum
	sum   []byte // empty: of none
	found *Found[S]
}

// New starts a search for what a signature was made of.
func New[S any](scheme Scheme, signature string) *Search[S] {
	s := &Search[S]{scheme: scheme, signature: signature, tried: make(map[Point]struct{}, 512)}
	for d := range s.index {
		s.index[d] = make(map[string]uint16)
	}
	return s
}

// Found is nil unless the client's signature was found.
func (s *Search[S]) Found() *Found[S] { return s.found }

// Made is how many signatures were made.
func (s *Search[S]) Made() int { return s.made }

// Spent reports whether the search has to end, found or not.
func (s *Search[S]) Spent() bool {
	return s.found != nil || s.made >= MaxAttempts || s.work > MaxWork
}

// Half reports whether half of the work that is allowed is done.
func (s *Search[S]) Half() bool { return s.work > MaxWork/2 }

// Count adds work that was done for the search elsewhere, in bytes.
func (s *Search[S]) Count(bytes int) { s.work += bytes }

// Text registers a text of a dimension. A known one counts as work, too, because
// its caller composed it.
func (s *Search[S]) Text(d Dim, t string) uint16 {
	s.work += len(t)
	if i, ok := s.index[d][t]; ok {
		return i
	}
	i := uint16(len(s.texts[d]))
	s.index[d][t] = i
	s.texts[d] = append(s.texts[d], t)
	return i
}

// Between registers the headers before and after the host.
func (s *Search[S]) Between(pre, post string) uint16 {
	i := s.Text(Headers, pre+"\x00"+post)
	if int(i) == len(s.cut) {
		s.cut = append(s.cut, len(pre))
	}
	return i
}

// Key registers the key of a secret for a key time.
func (s *Search[S]) Key(secret, keyTime string) uint16 {
	i := s.Text(Key, secret+"\x00"+keyTime)
	if int(i) == len(s.keys) {
		s.keys = append(s.keys, s.scheme.Key(secret, keyTime))
	}
	return i
}

// Plain is the text that a dimension has in the plain reading.
func (s *Search[S]) Plain(d Dim) string { return s.texts[d][s.bases[0].at[d]] }

// Reading is one way to read a request that is accepted.
type Reading struct {
	// ID is the leniencies' that it needs; empty: none.
	ID string
	// Common is false for readings that merely guess at a port.
	Common bool
	// Canonical is what is signed under it.
	Canonical signer.Canonical
	// Time is the time in StringToSign, Secret and KeyTime what the key is made of.
	Time, Secret, KeyTime string
}

// AddReading adds a reading, and tries it if there is a secret to judge with. It
// reports whether the signature holds under it. The first one is the plain one.
func (s *Search[S]) AddReading(r *Reading, judge bool) bool {
	var host string
	rest := make([]signer.Pair, 0, len(r.Canonical.Headers))
	for _, p := range r.Canonical.Headers {
		if p.Key == "host" {
			host = s.scheme.Pair(Host, p, Documented())
		} else {
			rest = append(rest, p)
		}
	}
	b := base{reading: r.ID, common: r.Common, at: Point{
		Method:  s.Text(Method, s.scheme.Method(r.Canonical.Method)),
		Path:    s.Text(Path, r.Canonical.Path),
		Params:  s.addList(Params, r.Canonical.Params),
		Headers: s.addList(Headers, rest),
		Host:    s.Text(Host, host),
		Time:    s.Text(Time, r.Time),
		Key:     s.Key(r.Secret, r.KeyTime),
	}}
	s.bases = append(s.bases, b)
	if !judge {
		s.tried[b.at] = struct{}{}
		return false
	}
	return s.try(b.at, r.ID)
}

// try makes one signature, unless it was made before.
func (s *Search[S]) try(p Point, reading string, steps ...*Attempt[S]) bool {
	if s.Spent() {
		return false
	}
	if _, ok := s.tried[p]; ok {
		return false
	}
	s.tried[p] = struct{}{}
	s.made++
	if !s.matches(p) {
		return false
	}
	s.found = &Found[S]{At: p, Reading: reading}
	for _, a := range steps {
		s.found.Steps = append(s.found.Steps, a.Said)
	}
	return true
}

func (s *Search[S]) matches(p Point) bool {
	if !s.hashed(p) {
		parts := s.parts(p)
		s.buf = s.scheme.AppendCanonical(s.buf[:0], &parts)
		s.work += len(s.buf)
		s.sum, s.last = s.scheme.AppendHash(s.sum[:0], s.buf), p
	}
	s.buf = s.scheme.AppendStringToSign(s.buf[:0], s.texts[Time][p[Time]], s.sum)
	return s.keys[p[Key]].Match(s.buf, int(p[Recipe]), s.signature)
}

// hashed reports whether the canonical text of p is the one whose hash is known.
func (s *Search[S]) hashed(p Point) bool {
	if len(s.sum) == 0 {
		return false
	}
	for d := Method; d <= Host; d++ {
		if p[d] != s.last[d] {
			return false
		}
	}
	return p[Recipe] == s.last[Recipe]
}

func (s *Search[S]) parts(p Point) Parts {
	headers, cut := s.texts[Headers][p[Headers]], s.cut[p[Headers]]
	return Parts{
		Method: s.texts[Method][p[Method]], Path: s.texts[Path][p[Path]], Params: s.texts[Params][p[Params]],
		Before: headers[:cut], Host: s.texts[Host][p[Host]], After: headers[cut+1:], Recipe: int(p[Recipe]),
	}
}

// Texts are the canonical text of a point and the text that is signed of it, as
// the documents put them together.
func (s *Search[S]) Texts(p Point) (canonical, stringToSign string) {
	parts := s.parts(p)
	parts.Recipe = 0
	text := s.scheme.AppendCanonical(nil, &parts)
	sum := s.scheme.AppendHash(nil, text)
	return string(text), string(s.scheme.AppendStringToSign(nil, s.texts[Time][p[Time]], sum))
}

// PlainTexts are the [Search.Texts] of the plain reading.
func (s *Search[S]) PlainTexts() (canonical, stringToSign string) { return s.Texts(s.bases[0].at) }
