package cli

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// requireAsSlog writes a record by both handlers.
func requireAsSlog(tb testing.TB, r slog.Record) {
	tb.Helper()
	var mine, theirs bytes.Buffer
	require.NoError(tb, newTextHandler(&mine, nil).Handle(context.Background(), r))
	require.NoError(tb, slog.NewTextHandler(&theirs, nil).Handle(context.Background(), r))
	require.Equal(tb, theirs.String(), mine.String())
}

// TestTextIsThatOfSlog: every line is the one that slog.TextHandler writes.
func TestTextIsThatOfSlog(t *testing.T) {
	texts := []string{
		"", "a", "a b", "a=b", `a"b`, `a\b`, `a \b`, "\x7f", "a \x7f", "ä", "ä ö", "\u00a0", "图片", "\xff", "\u200b", "a\x00", "a\nb",
		"\u2028", "\ufffd", strings.Repeat("x", 3000), "NmIwNg==",
	}
	for b := range 256 {
		texts = append(texts, "x"+string([]byte{byte(b)})+"y")
	}
	for _, v := range texts {
		for i, at := range []time.Time{
			time.Date(2026, 1, 2, 3, 4, 5, 6789, time.UTC), time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("", -8*3600)),
			time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 5*3600+1800)), time.Now(),
			{},
		} {
			r := slog.NewRecord(at, slog.LevelWarn+slog.Level(i), "request "+v, 0)
			r.AddAttrs(slog.String("key", v), slog.Int("n", -3), slog.Duration("took", 1500*time.Microsecond), slog.String("k "+v, "x"), slog.String(v, v))
			requireAsSlog(t, r)
			r.AddAttrs(slog.Any("error", errors.New(v)), slog.Group("g", slog.String("a", v)))
			requireAsSlog(t, r)
		}
	}
	requireAsSlog(t, slog.NewRecord(time.Now(), slog.LevelInfo, "no attributes", 0))
}

// TestTextLevelsAndAttrs: what slog's handler does with levels, attributes and groups of a logger
// is done.
func TestTextLevelsAndAttrs(t *testing.T) {
	var mine, theirs bytes.Buffer
	o := &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: nil}
	for out, h := range map[*bytes.Buffer]slog.Handler{&mine: newTextHandler(&mine, o), &theirs: slog.NewTextHandler(&theirs, o)} {
		log := slog.New(h)
		log.Info("dropped")
		log.With("a", 1).WithGroup("g").Warn("kept", "b", 2)
		_, line, ok := strings.Cut(out.String(), " ")
		require.True(t, ok)
		out.Reset()
		out.WriteString(line)
	}
	require.Equal(t, "level=WARN msg=kept a=1 g.b=2\n", mine.String())
	require.Equal(t, theirs.String(), mine.String())
}

// FuzzText holds the two against each other.
func FuzzText(f *testing.F) {
	f.Add("photos/2026/a.jpg", "key", int64(0))
	f.Add("a\\ b", "", int64(1_700_000_000_123_456_789))
	f.Fuzz(func(t *testing.T, value, key string, at int64) {
		r := slog.NewRecord(time.Unix(0, at).UTC(), slog.LevelInfo, value, 0)
		r.AddAttrs(slog.String(key, value), slog.Int64(value, at))
		requireAsSlog(t, r)
	})
}
