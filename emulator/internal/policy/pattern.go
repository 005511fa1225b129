package policy

import "strings"

// pattern is a text in which * stands for any text, also an empty one. It matches
// in linear time: it looks for each piece between stars once, from left to right.
type pattern struct {
	any    bool   // stars alone
	exact  bool   // no star: head is the whole
	head   string // before the first star
	middle []string
	tail   string // after the last star
}

func newPattern(s string) pattern {
	pieces := strings.Split(s, "*")
	if len(pieces) == 1 {
		return pattern{exact: true, head: s}
	}
	last := len(pieces) - 1
	p := pattern{head: pieces[0], tail: pieces[last]}
	for _, piece := range pieces[1:last] {
		if piece != "" {
			p.middle = append(p.middle, piece)
		}
	}
	p.any = p.head == "" && p.tail == "" && p.middle == nil
	return p
}

func (p *pattern) match(s string) bool {
	if p.any {
		return true
	}
	if p.exact {
		return s == p.head
	}
	if len(s) < len(p.head)+len(p.tail) || !strings.HasPrefix(s, p.head) || !strings.HasSuffix(s, p.tail) {
		return false
	}
	s = s[len(p.head) : len(s)-len(p.tail)]
	for _, piece := range p.middle {
		at := strings.Index(s, piece)
		if at < 0 {
			return false
		}
		s = s[at+len(piece):]
	}
	return true
}
