package emulator

import (
	"context"
	"log/slog"
	"strconv"
)

// record writes the request's log line. What it holds is named here, one field
// at a time: no header, no query string, so no signature and no token.
func (e *Emulator) record(c *call, rep *reply, sent int64) {
	level := slog.LevelInfo
	switch {
	case rep.status >= 500 && rep.err != nil && rep.err.Cause != nil:
		level = slog.LevelError
	case rep.status >= 400:
		level = slog.LevelWarn
	}
	ctx := context.Background()
	if !e.log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("method", c.http.Method),
		slog.String("bucket", c.addr.Bucket),
		slog.String("key", c.addr.Key),
		slog.Int("status", rep.status),
	)
	if rep.err != nil {
		attrs = append(attrs, slog.String("code", string(rep.err.Code)))
	}
	if c.waived != nil {
		attrs = append(attrs, slog.String("verdict", strconv.Itoa(c.waived.Status)+" "+string(c.waived.Code)))
	}
	attrs = append(attrs,
		slog.Int64("in", c.received),
		slog.Int64("out", sent),
		slog.Duration("took", e.clock.Real().Sub(c.started)),
		slog.String("id", c.id.String()),
	)
	if rep.err != nil && rep.err.Cause != nil {
		attrs = append(attrs, slog.String("error", rep.err.Cause.Error()))
	}
	e.log.LogAttrs(ctx, level, "request", attrs...)
}
