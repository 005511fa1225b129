package control

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// curlLine returns a shell command that sends a request again. It leaves out headers that curl adds
// itself, unless they are signed. --connect-to sends the request's host name to the emulator.
func curlLine(m masker, e *journal.Entry, api string) string {
	r := e.Request
	if r.Method == http.MethodConnect {
		return "curl --proxy " + shellQuote("http://"+api) + " --proxytunnel " + shellQuote("http://"+m.text(r.Host)+"/")
	}
	args := []string{"curl"}
	args = append(args, curlMethod(m.text(r.Method), e.Received > 0)...)
	if api != "" && r.Host != api {
		args = append(args, "--connect-to", shellQuote("::"+api))
	}
	target := r.Path
	if q := m.query(r); q != "" {
		target += "?" + q
	}
	if strings.Contains(r.Path, "/.") {
		args = append(args, "--path-as-is")
	}
	if strings.ContainsAny(target, "[]{}") {
		args = append(args, "--globoff")
	}
	for _, name := range curlHeaders(e) {
		for _, v := range r.Header[name] {
			args = append(args, "-H", shellQuote(m.text(name)+": "+m.header(name, v)))
		}
	}
	return strings.Join(append(args, shellQuote("http://"+m.text(r.Host)+m.text(target))), " ")
}

// curlMethod returns the options for a method and for a body.
func curlMethod(method string, hasBody bool) []string {
	switch method {
	case http.MethodGet:
		return nil
	case http.MethodHead:
		return []string{"-I"}
	case http.MethodPut:
		return []string{"-T", "FILE"}
	}
	args := []string{"-X", shellQuote(method)}
	if hasBody {
		args = append(args, "--data-binary", "@FILE")
	}
	return args
}

// curlHeaders returns the names of the headers to send, sorted.
func curlHeaders(e *journal.Entry) []string {
	var signed []string
	if e.Claim != nil {
		signed = e.Claim.HeaderList
	}
	var names []string
	for name := range e.Request.Header {
		switch name {
		case "Content-Length", "Connection", "Proxy-Connection", "Transfer-Encoding", "Expect", "Host":
			continue // these belong to one connection
		case "Accept", "Accept-Encoding", "Accept-Language", "User-Agent":
			if !slices.Contains(signed, strings.ToLower(name)) {
				continue
			}
		}
		if strings.HasPrefix(name, "Sec-") {
			continue // only browsers send these
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shellQuote returns s as one word of a shell command, with quotes where it needs them.
func shellQuote(s string) string {
	needsNoQuotes := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/@", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !needsNoQuotes(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
