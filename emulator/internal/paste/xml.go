package paste

import (
	"errors"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/cosemu/cosemu/signer/diagnose"
)

var (
	// bodyStart and bodyEnd are the ends of error XML: plain, or escaped for HTML, JSON, a string
	// of a program or a URL.
	bodyStart = lazily(`(?:<|&(?:amp;)*lt;|\\+u003[cC]|\\+x3[cC]|%3[cC])(?:\?xml|Error|Code|StringToSign|FormatString|CanonicalRequest)\b`)
	bodyEnd   = lazily(`(?:<|&(?:amp;)*lt;|\\+u003[cC]|\\+x3[cC]|%3[cC])\\*(?:/|%2[fF])(?:Error|TraceId|FormatString|CanonicalRequest|CanonicalRequestBytes)(?:>|&(?:amp;)*gt;|\\+u003[eE]|\\+x3[eE]|%3[eE])`)
)

// readXML reads error XML. It ignores documents that are not from COS.
func readXML(r *reader) (bool, error) {
	start, end, ok := bodyRange(r.text)
	if !ok {
		return false, nil
	}
	cloud, err := diagnose.ParseCloudError([]byte(unescapeBody(r.text[start:end])))
	if err != nil {
		if errors.Is(err, diagnose.ErrNoCloudError) {
			err = nil
		}
		return false, err
	}
	r.found.Cloud = cloud
	if strings.HasPrefix(r.text[end:], truncated) {
		r.note("The client cut the body off. For the whole of it, print $e->getResponse()->getBody() (Guzzle).",
			"客户端截断了响应体。要看完整内容，请打印 $e->getResponse()->getBody()（Guzzle）。")
	}
	r.text = aroundBody(r.text, start, end)
	return true, nil
}

// truncated marks the place where Guzzle shortened a body.
const truncated = "(truncated...)"

// bodyRange returns the place of the XML.
func bodyRange(text string) (start, end int, ok bool) {
	first := bodyStart().FindStringIndex(text)
	if first == nil {
		return 0, 0, false
	}
	end = len(text)
	if ends := bodyEnd().FindAllStringIndex(text, -1); len(ends) > 0 {
		end = max(first[1], ends[len(ends)-1][1])
	} else if i := strings.Index(text[first[1]:], truncated); i >= 0 {
		end = first[1] + i
	}
	return first[0], end, true
}

// aroundBody returns the text without the XML.
func aroundBody(text string, start, end int) string {
	before := strings.TrimRight(text[:start], " \t\n")
	// Quotes around the XML go with it.
	for _, q := range []string{`"`, "'"} {
		if rest, ok := strings.CutPrefix(text[end:], q); ok && strings.HasSuffix(before, q) {
			return strings.TrimSuffix(before, q) + "\n" + rest
		}
	}
	return before + "\n" + text[end:]
}

// maxUnescape is how often a body is unescaped. Each log may have escaped it once more.
const maxUnescape = 4

// unescapeBody removes the escapes of JSON, logs and programs.
func unescapeBody(s string) string {
	for range maxUnescape {
		before := s
		switch {
		case strings.Contains(s, "<"):
		case strings.Contains(s, "lt;"):
			s = html.UnescapeString(s)
		case strings.Contains(s, `\`):
			s = unescapeString(s)
		case strings.Contains(s, "%3"):
			s = unescapeURL(s)
		}
		if strings.Contains(s, "<") && !strings.Contains(s, "\n") && strings.Contains(s, `\n`) {
			s = unescapeString(s)
		}
		if s == before {
			break
		}
	}
	return s
}

func unescapeURL(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

// unescapeString decodes the backslashes of a string of JSON, JavaScript, Go, C or Python. \xHH is
// a byte.
func unescapeString(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		i += escaped(&b, s[i], s[i+1:])
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

// escaped writes the meaning of a backslash with c, and returns how many bytes of rest belong to
// it.
func escaped(b *strings.Builder, c byte, rest string) int {
	number := func(digits int) (uint64, bool) {
		if len(rest) < digits {
			return 0, false
		}
		v, err := strconv.ParseUint(rest[:digits], 16, 32)
		return v, err == nil
	}
	switch c {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case '\n': // the string continues on the next line
	case 'x':
		if v, ok := number(2); ok {
			b.WriteByte(byte(v))
			return 2
		}
		b.WriteByte(c)
	case 'u', 'U':
		if strings.HasPrefix(rest, "{") {
			if end := strings.IndexByte(rest, '}'); end > 0 && end < 8 {
				if v, err := strconv.ParseUint(rest[1:end], 16, 32); err == nil {
					b.WriteRune(rune(v))
					return end + 1
				}
			}
		}
		v, ok := number(4)
		if !ok {
			b.WriteByte(c)
			return 0
		}
		return 4 + writeUnit(b, rune(v), rest[4:])
	default:
		b.WriteByte(c)
	}
	return 0
}

// writeUnit writes a UTF-16 unit, with the second half of a pair where rest begins with it.
func writeUnit(b *strings.Builder, v rune, rest string) int {
	if utf16.IsSurrogate(v) && len(rest) >= 6 && rest[0] == '\\' {
		if low, err := strconv.ParseUint(rest[2:6], 16, 32); err == nil {
			if full := utf16.DecodeRune(v, rune(low)); full != utf8.RuneError {
				b.WriteRune(full)
				return 6
			}
		}
	}
	b.WriteRune(v)
	return 0
}
