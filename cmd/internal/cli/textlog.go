package cli

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// textHandler writes the lines of slog.TextHandler, byte for byte. It writes those
// of requests itself, which have plain values, in a third of the time; all others
// are left to that handler.
type textHandler struct {
	slog.Handler
	w     io.Writer
	lines *sync.Pool // of *[]byte
}

func newTextHandler(w io.Writer, o *slog.HandlerOptions) textHandler {
	return textHandler{slog.NewTextHandler(w, o), w, &sync.Pool{New: func() any { return new([]byte) }}}
}

// Handle implements slog.Handler.
func (h textHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Time.IsZero() {
		return h.Handler.Handle(ctx, r)
	}
	room := h.lines.Get().(*[]byte)
	defer h.lines.Put(room)
	line := appendMillis(append((*room)[:0], "time="...), r.Time.Round(0))
	line = append(append(line, " level="...), r.Level.String()...)
	line = appendText(append(line, " msg="...), r.Message)
	plain := true
	r.Attrs(func(a slog.Attr) bool {
		line, plain = appendAttr(append(line, ' '), a)
		return plain
	})
	line = append(line, '\n')
	*room = line
	if !plain {
		return h.Handler.Handle(ctx, r)
	}
	_, err := h.w.Write(line)
	return err
}

// appendAttr appends an attribute of a plain kind; else it says no.
func appendAttr(dst []byte, a slog.Attr) (_ []byte, plain bool) {
	if a.Key == "" {
		return dst, false
	}
	dst = append(appendText(dst, a.Key), '=')
	switch a.Value.Kind() {
	case slog.KindString:
		return appendText(dst, a.Value.String()), true
	case slog.KindInt64:
		return strconv.AppendInt(dst, a.Value.Int64(), 10), true
	case slog.KindDuration:
		return append(dst, a.Value.Duration().String()...), true
	}
	return dst, false
}

// appendMillis appends a time with milliseconds. time is fast at RFC3339Nano alone,
// which drops zeros at the end: a digit is put there and removed again.
func appendMillis(dst []byte, t time.Time) []byte {
	end := len(dst) + len("2006-01-02T15:04:05.000")
	dst = t.Truncate(time.Millisecond).Add(time.Millisecond/10).AppendFormat(dst, time.RFC3339Nano)
	return append(dst[:end], dst[end+1:]...)
}

// appendText appends a text, quoted where slog quotes it.
func appendText(dst []byte, s string) []byte {
	quote, escape := s == "", false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return appendUnicode(dst, s)
		case c == '\\': // alone, no reason for quotes
			escape = true
		case c < ' ', c == '"':
			quote, escape = true, true
		case c == ' ', c == '=':
			quote = true
		case c == 0x7f:
			escape = true
		}
	}
	switch {
	case !quote:
		return append(dst, s...)
	case escape:
		return strconv.AppendQuote(dst, s)
	}
	return append(append(append(dst, '"'), s...), '"')
}

// appendUnicode is appendText for any text.
func appendUnicode(dst []byte, s string) []byte {
	for _, r := range s {
		if r < ' ' || r == ' ' || r == '=' || r == '"' || r == utf8.RuneError ||
			r >= utf8.RuneSelf && (unicode.IsSpace(r) || !unicode.IsPrint(r)) {
			return strconv.AppendQuote(dst, s)
		}
	}
	return append(dst, s...)
}
