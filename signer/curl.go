package signer

import (
	"net/http"
	"slices"
	"strings"
)

// Curl is a command line for a shell that sends the request; an upload takes
// its body from a file named FILE, which the reader replaces. What curl would
// do to the request on the way, it is told not to: collapse dot segments of
// the path, append the file's name to a path that ends in a slash, add a
// Content-Type that was not signed.
func (p *Presigned) Curl() string {
	words := []string{"curl"}
	path, _, _ := strings.Cut(p.URL, "?")
	switch p.Method {
	case http.MethodPut:
		if strings.HasSuffix(path, "/") {
			words = append(words, "-X", "PUT", "--data-binary", "@FILE")
			if p.Header.Get("Content-Type") == "" {
				words = append(words, "-H", "'Content-Type:'")
			}
		} else {
			words = append(words, "-T", "FILE")
		}
	case http.MethodGet:
	case http.MethodHead:
		words = append(words, "-I")
	default:
		words = append(words, "-X", p.Method)
	}
	if strings.Contains(path, "/.") {
		words = append(words, "--path-as-is")
	}
	names := make([]string, 0, len(p.Header))
	for name := range p.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range p.Header[name] {
			words = append(words, "-H", shellQuote(name+": "+v))
		}
	}
	return strings.Join(append(words, shellQuote(p.URL)), " ")
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
