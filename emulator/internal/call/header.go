package call

import (
	"net/http"
	"strings"
)

// First is the first value of a header, whose name must be in canonical form:
// Header.Get looks whether it is, each time.
func First(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// HeaderValue makes a text fit for a header line: a line break in it would begin
// another header.
func HeaderValue(v string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, v)
}
