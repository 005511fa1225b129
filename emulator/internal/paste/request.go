package paste

import (
	"html"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/signer/diagnose"
)

var (
	// curlLine is a line that calls curl, perhaps after a prompt or after assignments. The group is
	// the command.
	curlLine = lazily(`^\s*(?:[^'"<]{0,80}?[$#>%❯]\s+|[A-Za-z]:\\[^'"<>]{0,120}>\s*|(?:[0-9]{1,3}[.)]|[-*+])\s+|[$#>%❯])?((?:\w+=\S+\s+)*(?:[^\s'"=]*[/\\])?curl(?:\.exe)?(?:\s+[^\s=].*|\s*))$`)
	// curlWithin is a command after other words, or in a code span of Markdown.
	curlWithin = lazily("^(?:[^'\"<`]{1,80}?[\\s:：，,(（]|[^`]{0,200}`)((?:[^\\s'\"=`]*[/\\\\])?curl(?:\\.exe)?\\s+(?:-|[\"'^$]|https?:)[^`]*)")
	quoteMark  = lazily(`(?m)^[ \t]*> ?`)
	urlStart   = lazily(`^["'<(\x60]?https?://`)
	anyURL     = lazily(`https?://[^\s"'<>\x60]+`)
)

// readCurl reads a curl command.
func readCurl(r *reader) (bool, error) {
	for at := 0; at < len(r.text); {
		line := firstLine(r.text[at:])
		c, err := r.curlAt(at, line)
		if err != nil {
			return false, bilingual.Errorf("the curl command: %w", "curl 命令：%w", err)
		}
		if c != nil {
			r.found.Request = &Request{
				Method: c.Method, URL: c.URL, Header: c.Header, Whole: true,
				Own: []string{"content-length", "expect", "transfer-encoding", "user-agent"},
			}
			return true, nil
		}
		at += len(line) + 1
	}
	return false, nil
}

// curlAt reads the command that begins in a line. It returns nil where there is none.
func (r *reader) curlAt(at int, line string) (*diagnose.Curl, error) {
	if m := curlLine().FindStringSubmatchIndex(line); m != nil {
		command := r.text[at+m[2]:]
		if strings.HasPrefix(strings.TrimSpace(line), ">") { // a quotation in Markdown or mail
			command = quoteMark().ReplaceAllString(command, "")
		}
		return diagnose.ParseCurl(r.typed(command))
	}
	m := curlWithin().FindStringSubmatchIndex(line)
	if m == nil || r.tried >= maxCalls {
		return nil, nil
	}
	r.tried++
	command := line[m[2]:m[3]]
	if m[3] == len(line) {
		command = r.text[at+m[2] : min(len(r.text), at+m[2]+maxCall)]
	}
	c, err := diagnose.ParseCurl(r.typed(command))
	if err == nil && (looksSigned(c.URL) || strings.Contains(command, c.URL)) {
		return c, nil
	}
	return nil, nil // a sentence about curl
}

var (
	dashes   = lazily(`(^|\s)([–—])([A-Za-z])`)
	shellVar = lazily(`\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))`)
	assigned = lazily(`(?m)^[ \t]*(?:[$#>%❯][ \t]+)?(?:export[ \t]+)?([A-Za-z_]\w*)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'$]+))`)
)

// typed returns a command as it was typed: without the quotes and dashes of word processors, and
// with the values of variables that the text sets.
func (r *reader) typed(command string) string {
	if strings.ContainsAny(command, "“”‘’–—") {
		command = strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'").Replace(command)
		command = dashes().ReplaceAllStringFunc(command, func(s string) string {
			dash := "-"
			if strings.Contains(s, "—") {
				dash = "--"
			}
			return strings.NewReplacer("–", dash, "—", dash).Replace(s)
		})
	}
	if !shellVar().MatchString(command) {
		return command
	}
	set := map[string]string{}
	for _, m := range assigned().FindAllStringSubmatch(r.text, maxCalls) {
		set[m[1]] = m[2] + m[3] + m[4]
	}
	replaced := 0
	return shellVar().ReplaceAllStringFunc(command, func(s string) string {
		v, ok := set[strings.Trim(s, "${}")]
		if replaced++; !ok || len(v) > maxCall || replaced > maxResolved {
			return s
		}
		return v
	})
}

// readURL reads a text that is a URL only.
func readURL(r *reader) (bool, error) {
	text := strings.TrimSpace(r.text)
	var u string
	switch {
	case urlStart().MatchString(text):
		u = wholeURL(text)
	default:
		bare := strings.Trim(text, "\"'` ")
		if !looksSigned(bare) || strings.ContainsAny(bare, " \n") || strings.Contains(bare, "://") {
			return false, nil
		}
		u = "http://" + bare // copied without its scheme, which is not signed
	}
	r.found.Request = &Request{URL: u, Bare: true}
	return true, nil
}

// readURLInText finds a signed URL in a text.
func readURLInText(r *reader) (bool, error) {
	for _, u := range anyURL().FindAllString(r.text, -1) {
		if looksSigned(u) {
			r.found.Request = &Request{Method: methodBefore(r.text, u), URL: strings.TrimRight(u, ".,;:)]}\\"), Bare: true}
			return true, nil
		}
	}
	return false, nil
}

// plainLine is a line with a URL, perhaps after its method, and nothing else.
var plainLine = lazily(`^(?:(GET|PUT|POST|HEAD|DELETE|OPTIONS) )?(https?://\S+)$`)

// readPlain reads a URL with its method before it or its headers below it.
func readPlain(r *reader) (bool, error) {
	rows := strings.Split(strings.TrimSpace(r.text), "\n")
	m := plainLine().FindStringSubmatch(strings.TrimSpace(rows[0]))
	if len(m) == 0 || m[1] == "" && len(rows) == 1 {
		return false, nil
	}
	q := &Request{Method: m[1], URL: m[2], Header: http.Header{}}
	ended := false
rows:
	for _, row := range rows[1:min(len(rows), maxHeaders)] {
		row = strings.TrimSpace(row)
		h := headerLine().FindStringSubmatch(row)
		switch {
		case row == "":
			ended = len(q.Header) > 0
		case (h == nil || strings.HasPrefix(row, "http")) && ended:
			break rows // the body, in a .http file
		case h == nil || strings.HasPrefix(row, "http"):
			return false, nil
		default:
			q.Header.Add(h[1], h[2])
		}
	}
	q.Bare = len(q.Header) == 0
	r.found.Request = q
	return true, nil
}

var verbAtEnd = lazily(`\b(GET|PUT|POST|HEAD|DELETE|OPTIONS)[\s"':=]{1,4}$`)

// methodBefore returns the method just before a URL, as in logs.
func methodBefore(text, u string) string {
	before, _, _ := strings.Cut(text, u)
	if m := verbAtEnd().FindStringSubmatch(before); m != nil {
		return m[1]
	}
	return ""
}

var (
	markdownLink = lazily(`\]\(\s*<?(https?://[^\s<>]+?)>?(?:\s+["'][^"'\n]*["'])?\s*\)`)
	markdownRef  = lazily(`(?m)^\s{0,3}\[[^\]\n]+\]:\s*<?(https?://[^\s<>]+)>?`)
	htmlLink     = lazily(`(?i)\b(?:href|src|action)\s*=\s*["'](https?://[^"'\s]+)["']`)
	mdEscape     = lazily(`\\([_*&~()\[\]!#.-])`)
)

// readLink reads a link of Markdown or HTML. Its escapes are not part of the URL.
func readLink(r *reader) (bool, error) {
	for i, re := range []pattern{markdownLink, markdownRef, htmlLink} {
		for _, m := range re().FindAllStringSubmatch(r.text, maxCalls) {
			u := mdEscape().ReplaceAllString(m[1], "$1")
			if i == 2 || strings.Contains(u, "&amp;") {
				u = html.UnescapeString(u)
			}
			if looksSigned(u) {
				r.found.Request = &Request{URL: u, Bare: true}
				return true, nil
			}
		}
	}
	return false, nil
}

// wholeURL returns the URL of a text that is a URL only. It may be in quotes, broken into lines by
// a mail or terminal, or contain spaces.
func wholeURL(text string) string {
	switch text[0] {
	case '"', '\'', '`', '<', '(':
		closing := text[0]
		switch closing {
		case '<':
			closing = '>'
		case '(':
			closing = ')'
		}
		text = text[1:]
		if i := strings.IndexByte(text, closing); i >= 0 {
			text = text[:i]
		}
	}
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if b.Len() > 0 && (line == "" || urlStart().MatchString(line)) {
			break // something else follows
		}
		b.WriteString(line)
	}
	return b.String()
}

func looksSigned(u string) bool {
	return strings.Contains(u, "q-ak=") || strings.Contains(u, "q-signature=") || strings.Contains(u, "sign=") ||
		strings.Contains(u, "q-sign-algorithm=") || looksAWS(u)
}
