package api

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/redact"
)

// record keeps the request in the journal and writes its log line.
func (e *Emulator) record(header http.Header, c *call, rep *reply) {
	e.fill(c, rep, header)
	e.journal.Add(c.entry)
	e.logRequest(c.entry, c, rep)
}

// fill completes the entry once the answer is known.
func (e *Emulator) fill(c *call, rep *reply, header http.Header) {
	c.conclude(outcome(rep))
	en := c.entry
	en.At, en.Took = c.at, e.clock.Real().Sub(c.started)
	en.Request, en.Remote, en.Proto = c.req, c.http.RemoteAddr, c.http.Proto
	en.Scheme = c.scheme()
	en.Operation, en.Bucket, en.Key, en.Region = c.op.name, c.addr.Bucket, c.addr.Key, c.addr.Region
	en.Claim = c.claim
	en.HttpString, en.StringToSign, en.Reading = c.trace.HttpString, c.trace.StringToSign, c.trace.Reading
	en.Received, en.Sent = c.received, c.sent
	en.Status, en.Header = rep.status, header
	en.Verdict = journal.Accepted
	if rep.err == nil {
		en.Hints = c.hints()
	}
	switch {
	case rep.err != nil:
		en.Verdict, en.Code, en.Message = journal.Refused, string(rep.err.Code), rep.err.Message
	case c.reported != nil:
		en.Verdict, en.Code, en.Message = journal.Reported, string(c.reported.Code), c.reported.Message
	}
}

func outcome(rep *reply) string {
	if rep.err != nil {
		return string(rep.err.Code)
	}
	return "ok"
}

// hider leaves secrets out of a text, the request's own token among them.
func (e *Emulator) hider(c *call) func(text string) string {
	if c.claim == nil || c.claim.Token == "" {
		return e.keys.Redact
	}
	own := redact.New(c.claim.Token)
	return func(text string) string { return e.keys.Redact(own.Text(text)) }
}

// logRequest writes the request's log line. What it holds is named here, one
// field at a time: no header, no query string, so no signature and no token.
func (e *Emulator) logRequest(en *journal.Entry, c *call, rep *reply) {
	level := slog.LevelInfo
	switch {
	case rep.err != nil && rep.err.Cause != nil && rep.status >= 500:
		level = slog.LevelError
	case rep.status >= 400 || en.Verdict == journal.Refused:
		level = slog.LevelWarn
	}
	ctx := context.Background()
	if !e.log.Enabled(ctx, level) {
		return
	}
	hide := e.hider(c)
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("method", hide(en.Request.Method)),
		slog.String("bucket", hide(en.Bucket)),
		slog.String("key", hide(en.Key)),
		slog.Int("status", en.Status),
	)
	if en.Bucket == "" && en.Operation != "" {
		attrs = append(attrs, slog.String("operation", en.Operation))
	}
	if en.Verdict == journal.Refused {
		attrs = append(attrs, slog.String("code", en.Code))
	}
	if c.reported != nil {
		attrs = append(attrs, slog.String("verdict", strconv.Itoa(c.reported.Status)+" "+string(c.reported.Code)))
	}
	if c.diagnosis != "" {
		attrs = append(attrs, slog.String("diagnosis", c.diagnosis))
	}
	if len(en.Hints) > 0 {
		attrs = append(attrs, slog.String("hints", hintIDs(en.Hints)))
	}
	attrs = append(attrs,
		slog.Int64("in", en.Received),
		slog.Int64("out", en.Sent),
		slog.Duration("took", en.Took),
		slog.String("id", en.ID),
	)
	if rep.err != nil && rep.err.Cause != nil {
		attrs = append(attrs, slog.String("error", hide(rep.err.Cause.Error())))
	}
	// Not by LogAttrs, which finds out where it is called from: always here.
	r := slog.NewRecord(c.started.Add(en.Took), level, "request", 0)
	r.AddAttrs(attrs...)
	_ = e.log.Handler().Handle(ctx, r) // nowhere left to report to
}
