package paste

import "strings"

// value is a literal of JavaScript, JSON, Python or PowerShell, or an object as Node and
// Objective-C print it.
type value struct {
	kind   valueKind
	text   string // of a string, decoded; of code, its source
	fields []field
	items  []value
}

type valueKind int

const (
	isCode valueKind = iota // anything that is not a literal: a variable, a number, a call
	isText
	isObject
	isList
)

type field struct {
	name string
	value
}

// get returns the first field with one of the names, in any case.
func (v *value) get(names ...string) (value, bool) {
	for _, name := range names {
		for i := range v.fields {
			if strings.EqualFold(v.fields[i].name, name) {
				return v.fields[i].value, true
			}
		}
	}
	return value{}, false
}

// literals reads values one after the other. It looks at each byte at most once for each level of
// objects.
type literals struct {
	s     string
	i     int
	depth int
}

// maxDepth is the deepest nesting of objects.
const maxDepth = 24

// blank skips spaces and comments.
func (p *literals) blank() {
	for p.i < len(p.s) {
		rest := p.s[p.i:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			p.i++
		case strings.HasPrefix(rest, "//"), rest[0] == '#' && p.depth > 0:
			p.skipTo("\n")
		case strings.HasPrefix(rest, "/*"):
			p.skipTo("*/")
		default:
			return
		}
	}
}

func (p *literals) skipTo(end string) {
	if i := strings.Index(p.s[p.i:], end); i >= 0 {
		p.i += i + len(end)
		return
	}
	p.i = len(p.s)
}

// value reads the next value.
func (p *literals) value() value {
	p.blank()
	if p.i >= len(p.s) {
		return value{}
	}
	switch c := p.s[p.i]; {
	case isQuote(c):
		return p.texts()
	case strings.IndexByte("bBrRuUfF@", c) >= 0 && p.i+1 < len(p.s) && isQuote(p.s[p.i+1]):
		p.i++
		return p.texts()
	case c == '@' && strings.HasPrefix(p.s[p.i:], "@{"):
		p.i++
		return p.object()
	case c == '{' && p.depth < maxDepth:
		return p.object()
	case c == '[' && p.depth < maxDepth:
		return p.list()
	}
	return p.code()
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// texts reads a string, and the strings that are added to it.
func (p *literals) texts() value {
	start := p.i
	text := p.quoted()
	for {
		at := p.i
		p.blank()
		if p.i >= len(p.s) || p.s[p.i] != '+' {
			p.i = at
			return value{kind: isText, text: text}
		}
		p.i++
		p.blank()
		if p.i >= len(p.s) || !isQuote(p.s[p.i]) { // a string and something else
			p.code()
			return value{kind: isCode, text: strings.TrimSpace(p.s[start:p.i])}
		}
		text += p.quoted()
	}
}

// quoted reads a string. One without an end is the rest of the text.
func (p *literals) quoted() string {
	quote := p.s[p.i]
	var b strings.Builder
	for p.i++; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == quote:
			p.i++
			return b.String()
		case c == '\\' && p.i+1 < len(p.s):
			p.i++
			p.i += escaped(&b, p.s[p.i], p.s[p.i+1:])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// object reads {name: value, …}. Between name and value there may also be = or =>, and a pair may
// end with ; or a line end.
func (p *literals) object() value {
	p.depth++
	defer func() { p.depth-- }()
	v := value{kind: isObject}
	for p.i++; ; {
		p.blank()
		switch {
		case p.i >= len(p.s):
			return v
		case p.s[p.i] == '}':
			p.i++
			return v
		case strings.IndexByte(",;])", p.s[p.i]) >= 0:
			p.i++
			continue
		}
		v.fields = append(v.fields, p.field())
	}
}

// maxName is the longest name of a field.
const maxName = 256

func (p *literals) field() field {
	var name string
	if isQuote(p.s[p.i]) {
		name = p.quoted()
	} else {
		end := strings.IndexAny(p.s[p.i:], ":=,;}\n{(\"'")
		if end < 0 || end > maxName {
			end = min(len(p.s)-p.i, maxName)
		}
		name = strings.TrimSpace(p.s[p.i : p.i+end])
		p.i += max(end, 1) // always make progress
	}
	at := p.i
	p.blank()
	if p.i < len(p.s) && strings.IndexByte(":=", p.s[p.i]) >= 0 {
		p.i++
		if p.i < len(p.s) && p.s[p.i] == '>' {
			p.i++
		}
		return field{name, p.value()}
	}
	p.i = at
	return field{name, value{kind: isCode, text: name}} // {headers}
}

func (p *literals) list() value {
	p.depth++
	defer func() { p.depth-- }()
	v := value{kind: isList}
	for p.i++; ; {
		p.blank()
		switch {
		case p.i >= len(p.s):
			return v
		case p.s[p.i] == ']':
			p.i++
			return v
		case strings.IndexByte(",;})", p.s[p.i]) >= 0:
			p.i++
			continue
		}
		at := p.i
		v.items = append(v.items, p.value())
		if p.i == at {
			p.i++
		}
	}
}

// tagged is what may precede an object: Node prints the class, and headers may be made by a call.
var tagged = lazily(`^(?:<ref[^>]*>\s*)?(?:new\s+)?[A-Z][\w$.]*\s*(?:\[[\w .:$]*\]\s*)?\(?\s*\{`)

// code skips anything that is not a literal.
func (p *literals) code() value {
	start, level := p.i, 0
	if m := tagged().FindString(p.s[p.i:min(len(p.s), p.i+200)]); m != "" && p.depth < maxDepth {
		p.i += len(m) - 1
		v := p.object()
		if strings.Contains(m, "(") {
			p.rest(1)
		}
		return v
	}
	p.rest(level)
	return value{kind: isCode, text: strings.TrimSpace(p.s[start:p.i])}
}

// rest skips to the end of code that is this many brackets deep.
func (p *literals) rest(level int) {
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case isQuote(c):
			p.quoted()
			p.i--
		case strings.IndexByte("([{", c) >= 0:
			level++
		case strings.IndexByte(")]}", c) >= 0:
			if level == 0 {
				return
			}
			level--
		case level == 0 && strings.IndexByte(",;\n", c) >= 0:
			return
		}
	}
}

// arguments reads the arguments of a call after its opening bracket: positional ones, and named
// ones (Python).
func (p *literals) arguments() (list []value, named value) {
	p.depth++
	named.kind = isObject
	for {
		p.blank()
		switch {
		case p.i >= len(p.s):
			return list, named
		case p.s[p.i] == ')':
			p.i++
			return list, named
		case strings.IndexByte(",;]}", p.s[p.i]) >= 0:
			p.i++
			continue
		}
		if m := keyword().FindString(p.s[p.i:min(len(p.s), p.i+100)]); m != "" {
			p.i += len(m) - 1
			named.fields = append(named.fields, field{strings.TrimRight(m[:len(m)-1], "= \t"), p.value()})
			continue
		}
		at := p.i
		list = append(list, p.value())
		if p.i == at {
			p.i++
		}
	}
}

// keyword is a name before its value, and the first byte of the value.
var keyword = lazily(`^[A-Za-z_]\w*\s*=\s*[^=>]`)
