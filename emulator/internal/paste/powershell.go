package paste

import (
	"net/http"
	"strings"
)

var (
	cmdlet    = lazily(`(?i)(?:^|[\s=(|;])(?:Invoke-WebRequest|Invoke-RestMethod|iwr|irm)\s`)
	parameter = lazily(`^-([A-Za-z]+):?`)
)

// readPowerShell reads Invoke-WebRequest and Invoke-RestMethod, as browsers copy them and as people
// write them. PowerShell adds headers.
func readPowerShell(r *reader) (bool, error) {
	if !cmdlet().MatchString(r.text) {
		return false, nil
	}
	was := r.text
	defer func() { r.text = was }()
	r.text = powerShellQuotes(was)
	for _, m := range cmdlet().FindAllStringIndex(r.text, maxCalls) {
		options := powerShellOptions(r.text, m[1]-1)
		if r.send(sent{options: options, method: http.MethodGet}) {
			return true, nil
		}
	}
	return false, nil
}

// powerShellQuotes converts the escapes of PowerShell, a grave accent before a quote or a line end,
// to those of other languages.
func powerShellQuotes(s string) string {
	return strings.NewReplacer(`\`, `\\`, "`\n", " ", "`\"", `\"`, "`$", "$", "``", "`", "`n", `\n`, "`", "", `''`, `''`).Replace(s)
}

// powerShellOptions reads the parameters of a command up to the end of its line.
func powerShellOptions(s string, at int) value {
	out := value{kind: isObject}
	add := func(name string, v value) {
		switch name = strings.ToLower(name); name {
		case "uri", "url":
			name = "url"
		case "custommethod":
			name = "method"
		}
		out.fields = append(out.fields, field{name, v})
	}
	p := &literals{s: s, i: at, depth: 1}
	for p.i < len(s) {
		switch c := s[p.i]; {
		case c == ' ' || c == '\t':
			p.i++
			continue
		case strings.IndexByte("\n|;)}", c) >= 0:
			return out
		}
		m := parameter().FindStringSubmatch(s[p.i:])
		if m == nil {
			if v := p.word(); v.text != "" || v.kind != isCode {
				add("url", v) // the first value without a name
			} else {
				p.i++
			}
			continue
		}
		p.i += len(m[0])
		for p.i < len(s) && (s[p.i] == ' ' || s[p.i] == '\t') {
			p.i++
		}
		if p.i >= len(s) || s[p.i] == '\n' || parameter().MatchString(s[p.i:]) {
			continue // a switch
		}
		add(m[1], p.word())
	}
	return out
}

// word reads an argument: a string, a table, a variable or a word.
func (p *literals) word() value {
	c := p.s[p.i]
	switch {
	case isQuote(c), strings.HasPrefix(p.s[p.i:], "@{"):
		return p.value()
	case c == '(':
		start := p.i
		p.i++
		p.rest(1)
		return value{kind: isCode, text: p.s[start:p.i]}
	}
	end := strings.IndexAny(p.s[p.i:], " \t\n;|)")
	if end < 0 {
		end = len(p.s) - p.i
	}
	v := value{kind: isText, text: p.s[p.i : p.i+end]}
	if c == '$' {
		v.kind = isCode
	}
	p.i += end
	return v
}
