// Package redact leaves secrets out of texts, wherever and however they were
// typed: in any letter case, as header names change it, and escaped for a URL,
// twice over or within XML (choice 323).
package redact

import (
	"slices"
	"strings"
)

const (
	// Hidden stands wherever a secret would.
	Hidden = "[hidden]"
	// MinSecret is the length in bytes from which a secret is looked for in
	// texts: a shorter one cannot be told from ordinary words.
	MinSecret = 8
)

// Set is the secrets that are looked for. Looking is as long as the text,
// however many there are. It is not safe for concurrent changes; a nil Set is
// empty.
type Set struct {
	known  map[[MinSecret]byte][]entry // by their beginning, in lower case
	begins [256]int                    // how many begin with this byte, in lower case
}

// entry is a secret that was added so many times.
type entry struct {
	secret string
	times  int
}

// New returns a set of these secrets.
func New(secrets ...string) *Set {
	s := &Set{known: map[[MinSecret]byte][]entry{}}
	for _, secret := range secrets {
		s.Add(secret)
	}
	return s
}

// Add adds a secret; one that is too short is passed over.
func (s *Set) Add(secret string) {
	if len(secret) < MinSecret {
		return
	}
	b := beginning(secret)
	list := s.known[b]
	if i := slices.IndexFunc(list, func(e entry) bool { return e.secret == secret }); i >= 0 {
		list[i].times++
		return
	}
	s.known[b] = append(list, entry{secret, 1})
	s.begins[b[0]]++
}

// Remove takes back one Add.
func (s *Set) Remove(secret string) {
	if len(secret) < MinSecret {
		return
	}
	b := beginning(secret)
	list := s.known[b]
	i := slices.IndexFunc(list, func(e entry) bool { return e.secret == secret })
	if i < 0 {
		return
	}
	if list[i].times--; list[i].times > 0 {
		return
	}
	s.begins[b[0]]--
	if s.known[b] = slices.Delete(list, i, i+1); len(list) == 1 {
		delete(s.known, b)
	}
}

// beginning is what a secret is found by.
func beginning(secret string) (b [MinSecret]byte) {
	for i := range b {
		b[i] = lower(secret[i])
	}
	return b
}

// Text is a text without the secrets.
func (s *Set) Text(text string) string {
	if s == nil || len(s.known) == 0 || len(text) < MinSecret {
		return text
	}
	found := s.find(nil, view{text: text})
	for _, v := range readings(text) {
		found = s.find(found, v)
	}
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	end := 0
	for _, f := range found {
		if f.from >= end {
			out.WriteString(text[end:f.from] + Hidden)
		}
		end = max(end, f.to)
	}
	out.WriteString(text[end:])
	return out.String()
}

// span is where a secret stands in a text.
type span struct{ from, to int }

// find adds the places where secrets stand.
func (s *Set) find(found []span, v view) []span {
	cut := len(v.text) // a text that was shortened may end within a secret
	if rest, ok := strings.CutSuffix(v.text, "…"); ok {
		cut = len(rest)
	}
	for i := 0; i+MinSecret <= len(v.text); i++ {
		if s.begins[lower(v.text[i])] == 0 {
			continue
		}
		n := 0
		for _, e := range s.known[beginning(v.text[i:])] {
			switch rest := v.text[i:]; {
			case len(rest) >= len(e.secret) && foldedEqual(rest[:len(e.secret)], e.secret):
				n = max(n, len(e.secret))
			case i+len(e.secret) > cut && cut-i >= MinSecret && foldedEqual(v.text[i:cut], e.secret[:cut-i]):
				n = max(n, cut-i)
			}
		}
		if n > 0 {
			found = append(found, span{v.at(i), v.at(i + n)})
			i += n - 1
		}
	}
	return found
}

func foldedEqual(a, b string) bool {
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
