package coserr

import (
	"strings"
	"time"
	"unicode/utf8"
)

// timeFormat is the layout of ServerTime: seconds, UTC (seen: cos-wx-sdk-v5 issue 30).
const timeFormat = "2006-01-02T15:04:05Z"

// AppendXML appends the body of the answer: the declaration, then one element a line. Each line
// starts with a tab and ends with LF, apart from the last.
//
// The samples of the documentation have exactly this form (pages GET Object, OPTIONS Object). Two
// older published answers seem to end with two more line breaks (cos-nodejs-sdk-v5 issue 29,
// cos-wx-sdk-v5 issue 25; choice 33).
func (e *Error) AppendXML(dst []byte, requestID, traceID string) []byte {
	dst = append(dst, "<?xml version='1.0' encoding='utf-8' ?>\n<Error>"...)
	dst = appendElement(dst, "Code", string(e.Code))
	dst = appendElement(dst, "Message", e.Message)
	if e.StringToSign != "" || e.FormatString != "" {
		dst = appendElement(dst, "StringToSign", e.StringToSign)
		dst = appendElement(dst, "FormatString", e.FormatString)
	}
	if !e.ServerTime.IsZero() {
		dst = append(dst, "\n\t<ServerTime>"...)
		dst = e.ServerTime.In(time.UTC).AppendFormat(dst, timeFormat)
		dst = append(dst, "</ServerTime>"...)
	}
	dst = appendElement(dst, "Resource", e.Resource)
	dst = appendElement(dst, "RequestId", requestID)
	dst = appendElement(dst, "TraceId", traceID)
	return append(dst, "\n</Error>"...)
}

// appendElement appends one line. An empty element has the short form (seen: <TraceId/> in
// cos-python-sdk-v4 issue 30).
func appendElement(dst []byte, name, value string) []byte {
	dst = append(append(dst, "\n\t<"...), name...)
	if value == "" {
		return append(dst, "/>"...)
	}
	dst = AppendEscaped(append(dst, '>'), value)
	return append(append(append(dst, "</"...), name...), '>')
}

// AppendEscaped appends a text and escapes & < > " and ', as COS does. Line feeds and tabs stay
// as they are (COS docs: OPTIONS Object).
//
// XML 1.0 has no form for most control characters and for bytes that are not UTF-8. They become
// U+FFFD, since a key may contain them and clients must be able to read the answer (choice 31). A
// carriage return becomes &#xD;, because XML readers turn a raw one into a line feed (choice 32).
func AppendEscaped(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c, size := s[i], 1
		var with string
		switch {
		case c == '&':
			with = "&amp;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '"':
			with = "&quot;"
		case c == '\'':
			with = "&apos;"
		case c == '\r':
			with = "&#xD;"
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			if (r == utf8.RuneError && size == 1) || r == '\uFFFE' || r == '\uFFFF' {
				with = "\uFFFD"
			}
		case c < ' ' && c != '\n' && c != '\t':
			with = "\uFFFD"
		}
		if with != "" {
			dst = append(append(dst, s[start:i]...), with...)
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}

// HeaderText returns a text in a form that fits a header such as x-cos-error-message: each
// control character becomes a space.
func HeaderText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
