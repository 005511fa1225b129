package cli

import (
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/lmittmann/tint"
)

// newLogger makes the logger of the process, and a function that flushes it.
// Warnings and errors are written at once. Other lines to a file or a pipe are
// written together, a few milliseconds later: one system call for each line cost a
// fifth of the rate of small uploads.
//
// On a terminal lines are short and coloured, and written at once. Elsewhere they
// are key=value text of log/slog, which takes half the time, or JSON.
func newLogger(w io.Writer, s config.Settings, env []string) (log *slog.Logger, flush func()) {
	terminal, colour := isTerminal(w), lang.Lookup(env, "NO_COLOR") == ""
	if _, file := w.(*os.File); !file || terminal {
		return slog.New(logHandler(w, s, terminal, colour)), func() {}
	}
	l := newLines(w)
	return slog.New(prompt{logHandler(l, s, terminal, colour), l}), l.flush
}

func logHandler(w io.Writer, s config.Settings, terminal, colour bool) slog.Handler {
	switch {
	case s.LogFormat == config.LogJSON:
		return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: s.LogLevel})
	case terminal:
		return tint.NewTextHandler(w, &tint.Options{
			Level: s.LogLevel, TimeFormat: time.TimeOnly + ".000", NoColor: !colour, ReplaceAttr: visible,
		})
	}
	return newTextHandler(w, &slog.HandlerOptions{Level: s.LogLevel})
}

// visible escapes control characters in a value, such as an object's key. They
// would otherwise control the terminal.
func visible(_ []string, a slog.Attr) slog.Attr {
	if k := a.Value.Kind(); k != slog.KindString && k != slog.KindAny {
		return a
	}
	s := a.Value.String()
	if a.Key == slog.TimeKey || strings.IndexFunc(s, unicode.IsControl) < 0 {
		return a
	}
	quoted := strconv.Quote(s)
	return slog.String(a.Key, quoted[1:len(quoted)-1])
}

// isTerminal reports whether w is a terminal, or another character device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
