package cli

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// linesDelay is how long a line waits for others. At full speed a hundred lines
	// then share one system call, and wake the reader of the pipe once.
	linesDelay = 5 * time.Millisecond
	// linesMax is how many bytes may wait. Beyond that, Write blocks until the
	// reader has taken them.
	linesMax = 64 << 10
)

// lines collects lines and writes them a moment later, in order. Each Write
// must be whole lines.
type lines struct {
	w io.Writer

	mu  sync.Mutex // guards what waits; never held while w writes
	buf []byte
	due *time.Timer // runs while something waits

	out   sync.Mutex // held while w writes
	spare []byte
}

func newLines(w io.Writer) *lines { return &lines{w: w} }

// Write keeps p for the next flush.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	for len(l.buf) >= linesMax {
		l.mu.Unlock()
		l.flush()
		l.mu.Lock()
	}
	if len(l.buf) == 0 {
		if l.due == nil {
			l.due = time.AfterFunc(linesDelay, l.flush)
		} else {
			l.due.Reset(linesDelay)
		}
	}
	l.buf = append(l.buf, p...)
	l.mu.Unlock()
	return len(p), nil
}

// flush writes the waiting lines. When it returns, w has all lines of earlier
// Writes.
func (l *lines) flush() {
	l.out.Lock()
	defer l.out.Unlock()
	l.mu.Lock()
	full := l.buf
	l.buf = l.spare[:0]
	l.mu.Unlock()
	if len(full) > 0 {
		_, _ = l.w.Write(full) // if the log fails, nobody can be told
	}
	l.spare = full
}

// prompt is a slog.Handler over lines that flushes at each warning and error, so
// that a crash right after loses none.
type prompt struct {
	slog.Handler
	lines *lines
}

// Handle implements slog.Handler.
func (p prompt) Handle(ctx context.Context, r slog.Record) error {
	err := p.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelWarn {
		p.lines.flush()
	}
	return err
}

// WithAttrs implements slog.Handler.
func (p prompt) WithAttrs(attrs []slog.Attr) slog.Handler {
	return prompt{p.Handler.WithAttrs(attrs), p.lines}
}

// WithGroup implements slog.Handler.
func (p prompt) WithGroup(name string) slog.Handler {
	return prompt{p.Handler.WithGroup(name), p.lines}
}
