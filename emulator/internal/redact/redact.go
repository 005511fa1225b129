// Package redact replaces secrets in texts, in each form in which a request may contain them: in
// any letter case, since header names change case, and escaped once or twice for a URL or for XML
// (choice 323).
package redact

import (
	"slices"
	"strings"
)

const (
	// Hidden replaces each secret.
	Hidden = "[hidden]"
	// minSecret is the shortest secret to look for, in bytes. A shorter one could be an ordinary
	// word.
	minSecret = 8
)

// Set is a set of secrets. The time of Text depends on the length of the text, not on the number of
// secrets. A nil Set is empty. Concurrent changes need a lock.
type Set struct {
	known  map[[minSecret]byte][]entry // by their first bytes, in lower case
	begins [256]int                    // the number of secrets by their first byte, in lower case
}

// entry is a secret and how often it was added.
type entry struct {
	secret string
	times  int
}

// New returns a set of these secrets.
func New(secrets ...string) *Set {
	s := &Set{known: map[[minSecret]byte][]entry{}}
	for _, secret := range secrets {
		s.Add(secret)
	}
	return s
}

// Add adds a secret. It ignores a secret that is too short.
func (s *Set) Add(secret string) {
	if len(secret) < minSecret {
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

// Remove undoes one Add.
func (s *Set) Remove(secret string) {
	if len(secret) < minSecret {
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

// beginning returns the key of a secret in Set.known.
func beginning(secret string) (b [minSecret]byte) {
	for i := range b {
		b[i] = lower(secret[i])
	}
	return b
}

// Text returns a text without the secrets.
func (s *Set) Text(text string) string {
	if s == nil || len(s.known) == 0 || len(text) < minSecret {
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

// span is the place of a secret in a text.
type span struct{ from, to int }

// find appends the places of secrets.
func (s *Set) find(found []span, v view) []span {
	cut := len(v.text) // a shortened text may end within a secret
	if rest, ok := strings.CutSuffix(v.text, "…"); ok {
		cut = len(rest)
	}
	for i := 0; i+minSecret <= len(v.text); i++ {
		if s.begins[lower(v.text[i])] == 0 {
			continue
		}
		n := 0
		for _, e := range s.known[beginning(v.text[i:])] {
			switch rest := v.text[i:]; {
			case len(rest) >= len(e.secret) && foldedEqual(rest[:len(e.secret)], e.secret):
				n = max(n, len(e.secret))
			case i+len(e.secret) > cut && cut-i >= minSecret && foldedEqual(v.text[i:cut], e.secret[:cut-i]):
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
