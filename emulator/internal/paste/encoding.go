package paste

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// decode converts a text to UTF-8. Files of Windows are UTF-16 or GBK. Line ends become "\n". It
// trims the text.
func decode(text string) string {
	switch {
	case strings.HasPrefix(text, "\xff\xfe"):
		text = fromUTF16(text[2:], false)
	case strings.HasPrefix(text, "\xfe\xff"):
		text = fromUTF16(text[2:], true)
	case strings.IndexByte(text, 0) >= 0:
		text = withoutMark(text)
	case !utf8.ValidString(text):
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(text); err == nil {
			text = s
		}
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	text = strings.TrimPrefix(text, "\uFEFF")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = dropInvisible(text)
	return strings.TrimSpace(text)
}

// withoutMark converts UTF-16 without a byte order mark, in which each second byte of ASCII is
// zero. It removes other zero bytes.
func withoutMark(text string) string {
	var zeros [2]int
	for i := range len(text) {
		if text[i] == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(text) / 4; {
	case zeros[1] > half && zeros[0] < half:
		return fromUTF16(text, false)
	case zeros[0] > half && zeros[1] < half:
		return fromUTF16(text, true)
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}

func fromUTF16(s string, big bool) string {
	units := make([]uint16, len(s)/2)
	for i := range units {
		a, b := uint16(s[2*i]), uint16(s[2*i+1])
		if big {
			a, b = b, a
		}
		units[i] = a | b<<8
	}
	return string(utf16.Decode(units))
}

// terminalColour is an escape sequence of terminals.
var terminalColour = lazily(`\x1b\[[^\x40-\x7e]*[\x40-\x7e]?`)

// dropInvisible removes invisible characters, which chats insert, and terminal colours. A
// non-breaking space becomes a space.
func dropInvisible(s string) string {
	s = strings.NewReplacer("\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\uFEFF", "", "\u00a0", " ").Replace(s)
	if strings.IndexByte(s, 0x1b) < 0 {
		return s
	}
	return terminalColour().ReplaceAllString(s, "")
}
