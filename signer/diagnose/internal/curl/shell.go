package curl

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

var errQuote = errors.New("diagnose: the command ends within a quotation")

// shellWords splits a command line as a POSIX shell does: blanks part words,
// quotes and backslashes keep them together. A line may be continued with a
// backslash, or as cmd.exe (^) and PowerShell (`) do. Variables and wildcards
// stay as they are. The command ends at an unquoted ';', '|' or '&', also
// within a URL: that is how a shell cuts one that was not quoted.
func shellWords(s string) ([]string, error) {
	if strings.Contains(s, `^"`) || strings.Contains(s, "^&") || strings.Contains(s, "^%") {
		s = unescapeCmd(s) // browsers also write carets within plain quotes
	}
	l := &lexer{s: s}
	for l.i < len(s) {
		if err := l.step(); err != nil {
			return nil, err
		}
		if l.done {
			break
		}
	}
	l.flush()
	return l.words, nil
}

// unescapeCmd undoes the carets that cmd.exe wants, as browsers write them.
func unescapeCmd(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '^' && i+1 < len(s) {
			i++
			if s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			if s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// continues reports whether a line belongs to the one before it although that
// did not say so: pasting loses the backslash.
func continues(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r\n")
	return strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "http") || strings.HasPrefix(rest, "'") || strings.HasPrefix(rest, `"`)
}

type lexer struct {
	s     string
	i     int
	word  strings.Builder
	open  bool // a word has begun, be it empty
	done  bool
	words []string
}

func (l *lexer) flush() {
	if l.open {
		l.words = append(l.words, l.word.String())
		l.word.Reset()
		l.open = false
	}
}

func (l *lexer) put(c byte) {
	l.word.WriteByte(c)
	l.open = true
}

// step takes the next character, or the next quotation.
func (l *lexer) step() error {
	c := l.s[l.i]
	rest := l.s[l.i+1:]
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		l.flush()
		l.i++
		l.done = c == '\n' && len(l.words) > 0 && !continues(rest)
	case (c == '\\' || c == '^' || c == '`') && (strings.HasPrefix(rest, "\n") || strings.HasPrefix(rest, "\r\n")):
		l.i += 1 + strings.IndexByte(rest, '\n') + 1
	case c == '\\':
		if rest != "" {
			l.put(rest[0])
		}
		l.i += 2
	case c == '\'':
		return l.single(rest)
	case c == '"':
		return l.double(rest)
	case c == '$' && strings.HasPrefix(rest, "'"):
		return l.ansi(rest[1:])
	case c == '|' || c == '&' || c == ';':
		l.flush()
		l.done = true
	default:
		l.put(c)
		l.i++
	}
	return nil
}

func (l *lexer) single(rest string) error {
	end := strings.IndexByte(rest, '\'')
	if end < 0 {
		return errQuote
	}
	l.word.WriteString(rest[:end])
	l.open = true
	l.i += end + 2
	return nil
}

func (l *lexer) double(rest string) error {
	l.open = true
	for j := 0; j < len(rest); j++ {
		switch c := rest[j]; {
		case c == '"':
			l.i += j + 2
			return nil
		case c == '\\' && j+1 < len(rest) && strings.IndexByte("\\\"$`\n", rest[j+1]) >= 0:
			j++
			if rest[j] != '\n' {
				l.put(rest[j])
			}
		default:
			l.put(c)
		}
	}
	return errQuote
}

// ansi reads the rest of $'…', which browsers write when they copy a request
// as curl.
func (l *lexer) ansi(rest string) error {
	l.open = true
	for j := 0; j < len(rest); j++ {
		c := rest[j]
		if c == '\'' {
			l.i += j + 3
			return nil
		}
		if c != '\\' || j+1 >= len(rest) {
			l.put(c)
			continue
		}
		j++
		j += l.escape(rest[j], rest[j+1:])
	}
	return errQuote
}

// escape writes what a backslash and c stand for, and says how many further
// bytes belong to it.
func (l *lexer) escape(c byte, rest string) int {
	hexLen := 0
	switch c {
	case 'n':
		l.put('\n')
	case 't':
		l.put('\t')
	case 'r':
		l.put('\r')
	case 'x':
		hexLen = 2
	case 'u':
		hexLen = 4
	case 'U':
		hexLen = 8
	default:
		l.put(c)
	}
	if hexLen == 0 {
		return 0
	}
	n := 0
	for n < hexLen && n < len(rest) && strings.IndexByte("0123456789abcdefABCDEF", rest[n]) >= 0 {
		n++
	}
	v, err := strconv.ParseUint(rest[:n], 16, 32)
	switch {
	case err != nil:
		l.put(c)
	case c == 'x':
		l.put(byte(v))
	default:
		l.word.Write(utf8.AppendRune(nil, rune(v)))
	}
	return n
}
