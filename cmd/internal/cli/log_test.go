package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
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

func TestALineIsOutWhenItIsLogged(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	f, err := os.Create(name)
	require.NoError(t, err)
	defer f.Close()
	newLogger(f, config.Settings{LogFormat: config.LogText}, nil).Info("request")
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Contains(t, string(data), "msg=request", "nothing may wait for a flush that a crash would skip")
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
			log := slog.New(logHandler(f, config.Settings{LogFormat: c.format}, c.terminal, true))
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
