package diagnose

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// The bounds of one search, which keep it within 5 ms: how many signatures are
// made, and how many bytes are signed or put together for it.
const (
	maxAttempts = 3000
	maxWork     = 3 << 19
	maxReadings = 64 // of signer.Readings
)

// base is a reading that signer.Verify accepts, to be combined with mistakes.
type base struct {
	at      point
	reading string
	// common is false for readings that merely guess at a port.
	common bool
}

// search makes signatures until one is the client's.
type search struct {
	e   *evidence
	sig string // the client's, 40 hex digits

	texts  [dims][]string
	index  [dims]map[string]uint16
	cut    []int // where the host goes in texts[dimHeaders]
	keys   []signer.SigningKey
	bases  []base
	params []pairList // the readings' lists
	header []pairList

	alts     []attempt
	tried    map[point]struct{}
	attempts int
	work     int
	buf      []byte
	last     point // the point whose hash is in sum
	sum      [sha1.Size]byte

	found *found
}

// found is how the client's signature came out.
type found struct {
	at      point
	reading string
	steps   []*attempt
}

func newSearch(e *evidence) *search {
	s := &search{e: e, sig: e.claim.Signature, tried: make(map[point]struct{}, 512)}
	for d := range s.index {
		s.index[d] = make(map[string]uint16)
	}
	s.last[dimMethod] = ^uint16(0)
	return s
}

// text makes a text known for a dimension. Also one that is known already was
// put together for it, and counts as work.
func (s *search) text(d dim, t string) uint16 {
	s.work += len(t)
	if i, ok := s.index[d][t]; ok {
		return i
	}
	i := uint16(len(s.texts[d]))
	s.index[d][t] = i
	s.texts[d] = append(s.texts[d], t)
	return i
}

// headers makes known the headers that stand before and after the host.
func (s *search) headers(pre, post string) uint16 {
	i := s.text(dimHeaders, pre+"\x00"+post)
	if int(i) == len(s.cut) {
		s.cut = append(s.cut, len(pre))
	}
	return i
}

// key makes known the signing key of a secret for a q-key-time.
func (s *search) key(secret, keyTime string) uint16 {
	i := s.text(dimKey, secret+"\x00"+keyTime)
	if int(i) == len(s.keys) {
		s.keys = append(s.keys, signer.NewSigningKey(secret, keyTime))
	}
	return i
}

// spent reports whether the search has to end, found or not.
func (s *search) spent() bool {
	return s.found != nil || s.attempts >= maxAttempts || s.work > maxWork
}

// try makes one signature, unless it was made before.
func (s *search) try(p point, reading string, steps ...*attempt) bool {
	if s.spent() {
		return false
	}
	if _, ok := s.tried[p]; ok {
		return false
	}
	s.tried[p] = struct{}{}
	s.attempts++
	if !s.matches(p) {
		return false
	}
	s.found = &found{at: p, reading: reading, steps: steps}
	return true
}

func (s *search) matches(p point) bool {
	recipe := int(p[dimRecipe])
	if !s.hashed(p) {
		s.buf = s.appendHTTPString(s.buf[:0], p)
		s.work += len(s.buf)
		if recipe == recipeBareHTTP || recipe == recipeBareBoth {
			s.buf = s.buf[:len(s.buf)-1]
		}
		if recipe == recipeUTF16LE || recipe == recipeUTF16BE {
			s.buf = wide(s.buf, recipe == recipeUTF16BE)
		}
		s.sum, s.last = sha1.Sum(s.buf), p
	}
	s.buf = s.appendStringToSign(s.buf[:0], p)
	switch recipe {
	case recipeBareString, recipeBareBoth:
		s.buf = s.buf[:len(s.buf)-1]
	case recipeBinaryKey, recipeSecretAsKey:
		return s.matchRaw(recipe)
	}
	return s.keys[p[dimKey]].Match(s.buf, s.sig)
}

// hashed reports whether the HttpString of p is the one whose hash is known.
func (s *search) hashed(p point) bool {
	for d := dimMethod; d <= dimHost; d++ {
		if p[d] != s.last[d] {
			return false
		}
	}
	return p[dimRecipe] == s.last[dimRecipe]
}

// matchRaw tries the two ways of signing without a SignKey in hex.
func (s *search) matchRaw(recipe int) bool {
	key := []byte(s.e.key.SecretKey)
	if recipe == recipeBinaryKey {
		key = macSHA1(key, []byte(s.e.claim.KeyTime.Raw))
	}
	return hex.EncodeToString(macSHA1(key, s.buf)) == s.sig
}

func macSHA1(key, msg []byte) []byte {
	h := hmac.New(sha1.New, key)
	h.Write(msg)
	return h.Sum(nil)
}

func (s *search) appendHTTPString(dst []byte, p point) []byte {
	dst = append(dst, s.texts[dimMethod][p[dimMethod]]...)
	dst = append(dst, '\n')
	dst = append(dst, s.texts[dimPath][p[dimPath]]...)
	dst = append(dst, '\n')
	dst = append(dst, s.texts[dimParams][p[dimParams]]...)
	dst = append(dst, '\n')
	headers, cut := s.texts[dimHeaders][p[dimHeaders]], s.cut[p[dimHeaders]]
	start := len(dst)
	for _, piece := range [...]string{headers[:cut], s.texts[dimHost][p[dimHost]], headers[cut+1:]} {
		if piece == "" {
			continue
		}
		if len(dst) > start {
			dst = append(dst, '&')
		}
		dst = append(dst, piece...)
	}
	return append(dst, '\n')
}

func (s *search) appendStringToSign(dst []byte, p point) []byte {
	dst = append(dst, signer.Algorithm+"\n"...)
	dst = append(dst, s.texts[dimTime][p[dimTime]]...)
	dst = append(dst, '\n')
	dst = hex.AppendEncode(dst, s.sum[:])
	return append(dst, '\n')
}

// form writes a point out, secrets left out.
func (s *search) form(p point) *Form {
	text := s.appendHTTPString(nil, p)
	s.sum = sha1.Sum(text)
	s.last[dimMethod] = ^uint16(0)
	return &Form{
		HttpString:   maskText(string(text), s.e.secrets()...),
		StringToSign: string(s.appendStringToSign(nil, p)),
	}
}

// propose is how a row of the table puts an attempt forward: it is tried by
// itself at once, and kept for combinations.
func (s *search) propose(a attempt) {
	if s.spent() {
		return
	}
	alone := a.over(s.bases[0].at)
	if _, ok := s.tried[alone]; ok {
		return // changes nothing, or the same as another
	}
	s.alts = append(s.alts, a)
	kept := &s.alts[len(s.alts)-1]
	s.try(alone, "", kept)
}

// readings puts up the bases, and reports whether one of them holds: then the
// signature is right.
func (s *search) readings() bool {
	e := s.e
	for id, how := range signer.Readings(e.req, e.claim, e.in.Verify) {
		if len(s.bases) == maxReadings || s.work > maxWork/2 {
			break
		}
		if allows := e.in.Verify.Allows; id != "" && allows != nil && !allows(how) {
			continue // what was signed so is a mistake, and the rows look for it
		}
		canon := e.req.Canonical(e.claim, how)
		b := base{reading: id, common: !guessesPort(id)}
		var host string
		rest := make([]signer.Pair, 0, len(canon.Headers))
		for _, p := range canon.Headers {
			if p.Key == "host" {
				host = renderPair(p, styleDocs())
			} else {
				rest = append(rest, p)
			}
		}
		b.at = point{
			dimMethod:  s.text(dimMethod, strings.ToLower(canon.Method)),
			dimPath:    s.text(dimPath, canon.Path),
			dimParams:  s.paramList(canon.Params),
			dimHeaders: s.headerList(rest),
			dimHost:    s.text(dimHost, host),
			dimTime:    s.text(dimTime, e.claim.SignTime.Raw),
			dimKey:     s.key(e.key.SecretKey, e.claim.KeyTime.Raw),
		}
		s.bases = append(s.bases, b)
		if !e.judged {
			s.tried[b.at] = struct{}{}
		} else if s.try(b.at, id) {
			return true
		}
	}
	return false
}

// guessesPort reports whether a reading is one of the leniencies that put a
// port where none arrived.
func guessesPort(reading string) bool {
	return strings.Contains(reading, "host-port-") || strings.Contains(reading, "host-local-port")
}

func (s *search) paramList(pairs []signer.Pair) uint16 {
	n := len(s.texts[dimParams])
	i := s.text(dimParams, render(pairs, styleDocs()))
	if int(i) == n {
		s.params = append(s.params, newPairList(pairs))
	}
	return i
}

func (s *search) headerList(pairs []signer.Pair) uint16 {
	n := len(s.cut)
	i := s.headers(splitAtHost(pairs, styleDocs()))
	if int(i) == n {
		s.header = append(s.header, newPairList(pairs))
	}
	return i
}

// combine tries what the rows put forward together with the leniencies, then
// two by two.
func (s *search) combine() {
	plain := s.bases[0]
	others := s.bases[1:]
	s.singles(others, true)
	s.addresses(plain)
	s.pairs(plain)
	for _, b := range others {
		if b.common {
			s.pairs(b)
		}
	}
	s.singles(others, false)
}

func (s *search) singles(bases []base, common bool) {
	for _, b := range bases {
		if b.common != common {
			continue
		}
		for i := range s.alts {
			if s.spent() {
				return
			}
			a := &s.alts[i]
			s.try(a.over(b.at), b.reading, a)
		}
	}
}

// maxAddresses bounds the hosts, and the paths, that are tried with one another.
const maxAddresses = 24

// addresses tries every host with every path: who signs for another address
// often has both wrong.
func (s *search) addresses(b base) {
	var hosts, paths []*attempt
	for i := range s.alts {
		a := &s.alts[i]
		switch {
		case a.mask == maskOf(dimHost) && len(hosts) < maxAddresses:
			hosts = append(hosts, a)
		case a.mask == maskOf(dimPath) && len(paths) < maxAddresses:
			paths = append(paths, a)
		}
	}
	for _, h := range hosts {
		for _, p := range paths {
			if s.spent() {
				return
			}
			s.try(p.over(h.over(b.at)), b.reading, h, p)
		}
	}
}

func (s *search) pairs(b base) {
	for i := range s.alts {
		x := &s.alts[i]
		if !x.likely {
			continue
		}
		for j := range s.alts[:i] {
			y := &s.alts[j]
			if !y.likely {
				continue
			}
			if s.spent() {
				return
			}
			if p, ok := s.join(y, x, b.at); ok {
				s.try(p, b.reading, y, x)
			}
		}
	}
}

// join puts two attempts over a base: they must not change the same thing, but
// for two entries of one list.
func (s *search) join(x, y *attempt, p point) (point, bool) {
	shared := x.mask & y.mask
	if shared == 0 {
		return y.over(x.over(p)), true
	}
	if x.edit == nil || y.edit == nil || shared != maskOf(x.edit.dim) || x.edit.dim != y.edit.dim ||
		x.edit.list != y.edit.list || x.edit.at == y.edit.at {
		return p, false
	}
	p = y.over(x.over(p))
	p[x.edit.dim] = s.edited(*x.edit, *y.edit)
	return p, true
}
