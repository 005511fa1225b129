package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/stretchr/testify/require"
)

func quiet() config.Settings {
	return config.Settings{LogFormat: config.LogText, LogLevel: slog.LevelError}
}

func TestLogForms(t *testing.T) {
	for _, c := range []struct {
		format           string
		terminal, colour bool
		escapes          bool
	}{
		{config.LogText, true, true, true},
		{config.LogText, true, false, false},
		{config.LogText, false, true, false},
		{config.LogJSON, true, true, false},
	} {
		var out bytes.Buffer
		log := slog.New(logHandler(&out, config.Settings{LogFormat: c.format, LogLevel: slog.LevelInfo}, c.terminal, c.colour))
		log.Debug("left out")
		log.Warn("request", "key", "a\x1b[2Jb\nc", "status", 403, "error", errors.New("\x1b[2J\nx"))
		require.Equal(t, 1, strings.Count(out.String(), "\n"), "one record, one line")
		require.Contains(t, out.String(), "403")
		require.NotContains(t, out.String(), "\x1b[2J", "a key must not drive the reader's terminal")
		require.Equal(t, c.escapes, strings.Contains(out.String(), "\x1b["), "%+v", c)
	}
}

// logFile is a log in a file, as when standard error is redirected.
func logFile(t *testing.T, s config.Settings) (log *slog.Logger, flush func(), read func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	log, flush = newLogger(f, s, nil)
	return log, flush, func() string {
		data, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		return string(data)
	}
}

func TestAWarningIsOutWhenItIsLogged(t *testing.T) {
	for _, format := range []string{config.LogText, config.LogJSON} {
		log, _, read := logFile(t, config.Settings{LogFormat: format})
		log.Info("accepted")
		log.With("bucket", "b").WithGroup("g").Warn("refused")
		before, _, found := strings.Cut(read(), "refused")
		require.True(t, found, "a warning may not wait for a flush that a crash would skip")
		require.Contains(t, before, "accepted", "nor may it overtake the line before it")
	}
}

func TestALineIsOutSoon(t *testing.T) {
	log, _, read := logFile(t, config.Settings{LogFormat: config.LogText})
	for _, line := range []string{"first", "second"} {
		log.Info(line)
		require.Eventually(t, func() bool { return strings.Contains(read(), "msg="+line+"\n") }, 10*time.Second, time.Millisecond)
	}
}

func TestAllLinesAreOutInTheEnd(t *testing.T) {
	log, flush, read := logFile(t, config.Settings{LogFormat: config.LogText})
	const writers, each = 8, 500
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			for i := range each {
				log.Info("line", "w", w, "i", i)
			}
		})
	}
	work.Wait()
	flush()
	last := [writers]int{}
	n := 0
	for line := range strings.Lines(read()) {
		var w, i int
		_, err := fmt.Sscanf(line[strings.Index(line, "w="):], "w=%d i=%d", &w, &i)
		require.NoError(t, err, line)
		require.Equal(t, last[w], i, "each writer's lines keep their order, none is lost or torn")
		last[w]++
		n++
	}
	require.Equal(t, writers*each, n)
}

// A reader that does not read makes those who log wait: what waits is bounded.
func TestAStuckReaderBoundsTheLog(t *testing.T) {
	r, w := io.Pipe()
	l := newLines(w)
	line := bytes.Repeat([]byte("x"), 1<<10)
	const count = 4 * linesMax / (1 << 10)
	written := make(chan int)
	go func() {
		defer close(written)
		for i := range count {
			_, _ = l.Write(line)
			written <- i
		}
		l.flush()
		_ = w.Close()
	}()
	n := 0
	for stuck := false; !stuck; {
		select {
		case <-written:
			n++
		case <-time.After(300 * time.Millisecond):
			stuck = true
		}
	}
	// One portion is with the reader that does not read, one waits.
	require.GreaterOrEqual(t, n, linesMax/(1<<10))
	require.LessOrEqual(t, n, 2*linesMax/(1<<10)+1)
	go func() {
		for range written { // the rest
			continue
		}
	}()
	all, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Len(t, all, count*(1<<10), "nothing is lost for it")
}

// BenchmarkLogLine is what one request's line costs, from many at once.
func BenchmarkLogLine(b *testing.B) {
	for _, c := range []struct {
		name     string
		format   string
		terminal bool
	}{{"text", config.LogText, false}, {"terminal", config.LogText, true}, {"json", config.LogJSON, false}} {
		b.Run(c.name, func(b *testing.B) {
			f, err := os.OpenFile(filepath.Join(b.TempDir(), "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
			require.NoError(b, err)
			defer f.Close()
			w := io.Writer(f)
			if !c.terminal {
				l := newLines(f)
				defer l.flush()
				w = l
			}
			log := slog.New(logHandler(w, config.Settings{LogFormat: c.format}, c.terminal, true))
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					logOne(log)
				}
			})
		})
		b.Run(c.name+"/format", func(b *testing.B) {
			log := slog.New(logHandler(io.Discard, config.Settings{LogFormat: c.format}, c.terminal, true))
			b.ReportAllocs()
			for b.Loop() {
				logOne(log)
			}
		})
	}
}

func logOne(log *slog.Logger) {
	log.LogAttrs(context.Background(), slog.LevelInfo, "request",
		slog.String("method", "PUT"), slog.String("bucket", "examplebucket-1250000000"), slog.String("key", "photos/2026/a.jpg"),
		slog.Int("status", 200), slog.Int64("in", 1024), slog.Int64("out", 0), slog.Duration("took", 312*time.Microsecond),
		slog.String("id", "NjVmZTQ4MzlfMTIzNDU2Nzg5MGFiY2RlZg=="))
}
