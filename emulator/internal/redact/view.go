package redact

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/chars"
)

// view is a decoded text with the original place of each byte.
type view struct {
	text  string
	where []int // nil: each byte is in its place
}

func (v view) at(i int) int {
	if v.where == nil {
		return i
	}
	return v.where[i]
}

// readings returns the decoded forms of a text: XML entities, percent-escapes once and twice, and
// both.
func readings(text string) []view {
	if !strings.ContainsAny(text, "%&") {
		return nil // nothing is escaped
	}
	plain := []view{{text: text}}
	if strings.Contains(text, "&") && strings.Contains(text, ";") {
		if v, changed := plain[0].resolved(entity); changed {
			plain = append(plain, v)
		}
	}
	out := plain[1:]
	for _, v := range plain {
		for range 2 {
			var changed bool
			if v, changed = v.resolved(percent); !changed {
				break
			}
			out = append(out, v)
		}
	}
	return out
}

// resolved decodes the escapes in v. escape decodes the one at the beginning of a text; n is 0
// where there is none.
func (v view) resolved(escape func(string) (c byte, n int)) (view, bool) {
	var text strings.Builder
	where := make([]int, 0, len(v.text)+1)
	changed := false
	for i := 0; i < len(v.text); {
		where = append(where, v.at(i))
		c, n := escape(v.text[i:])
		if n == 0 {
			c, n = v.text[i], 1
		}
		changed = changed || n > 1
		text.WriteByte(c)
		i += n
	}
	return view{text.String(), append(where, v.at(len(v.text)))}, changed
}

func percent(s string) (byte, int) {
	if s[0] != '%' || len(s) < 3 {
		return 0, 0
	}
	high, ok := chars.Hex(s[1])
	low, ok2 := chars.Hex(s[2])
	if !ok || !ok2 {
		return 0, 0
	}
	return high<<4 | low, 3
}

// entity decodes the five entities of XML.
func entity(s string) (byte, int) {
	if s[0] != '&' {
		return 0, 0
	}
	for _, e := range [...]struct {
		name string
		c    byte
	}{{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}} {
		if strings.HasPrefix(s, e.name) {
			return e.c, len(e.name)
		}
	}
	return 0, 0
}
