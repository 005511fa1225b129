// Package record keeps what came of requests: in the journal, and in the log.
package record

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/metrics"
	"github.com/cosemu/cosemu/emulator/internal/redact"
)

// Keeper keeps them.
type Keeper struct {
	Journal  *journal.Journal
	Requests *metrics.Requests
	Log      *slog.Logger
	Keys     *keyring.Ring // whose secrets are left out
	Resolver *addr.Resolver
	Now      func(account string) time.Time
	Real     func() time.Time // the real time, for durations
}

// Record keeps the request in the journal and writes its log line.
func (k *Keeper) Record(header http.Header, c *call.Call, rep *call.Reply) {
	k.Fill(c, rep, header)
	k.Add(c.Entry)
	k.LogRequest(c.Entry, c, rep)
}

// Add counts a request and keeps it in the journal.
func (k *Keeper) Add(e *journal.Entry) {
	k.Requests.Count(e)
	k.Journal.Add(e)
}

// Fill completes the entry once the answer is known.
func (k *Keeper) Fill(c *call.Call, rep *call.Reply, header http.Header) {
	c.Conclude(outcome(rep))
	en := c.Entry
	en.At, en.Took = c.At, k.Real().Sub(c.Started)
	en.Request, en.Remote, en.Proto = c.Request, c.HTTP.RemoteAddr, c.HTTP.Proto
	en.Scheme = c.Scheme()
	en.Operation, en.Bucket, en.Key, en.Region = c.Op.Name, c.Addr.Bucket, c.Key(), c.Addr.Region
	en.Account, en.Claim = c.Account, c.Who.Claim
	en.HttpString, en.StringToSign, en.Reading = c.Who.Trace.HttpString, c.Who.Trace.StringToSign, c.Who.Trace.Reading
	en.Received, en.Sent = c.Out.Received, c.Out.Sent
	en.Status, en.Header = rep.Status, header
	if c.Out.Silent {
		en.Status, en.Header = 0, nil
	}
	en.Verdict = journal.Accepted
	if rep.Err == nil {
		en.Hints = hintsOf(c)
	}
	switch {
	case rep.Err != nil:
		en.Verdict, en.Code, en.Message = journal.Refused, string(rep.Err.Code), rep.Err.Message
	case c.Out.Reported != nil:
		en.Verdict, en.Code, en.Message = journal.Reported, string(c.Out.Reported.Code), c.Out.Reported.Message
	}
}

func outcome(rep *call.Reply) string {
	if rep.Err != nil {
		return string(rep.Err.Code)
	}
	return "ok"
}

// hider leaves secrets out of a text, the request's own token among them.
type hider struct {
	keys  *keyring.Ring
	token *redact.Set // nil: none
}

func (k *Keeper) hider(c *call.Call) hider {
	h := hider{keys: k.Keys}
	if c.Who.Claim != nil && c.Who.Claim.Token != "" {
		h.token = redact.New(c.Who.Claim.Token)
	}
	return h
}

func (h hider) text(s string) string { return h.keys.Redact(h.token.Text(s)) }

// LogRequest writes the request's log line. What it holds is named here, one
// field at a time: no header, no query string, so no signature and no token.
func (k *Keeper) LogRequest(en *journal.Entry, c *call.Call, rep *call.Reply) {
	level := slog.LevelInfo
	switch {
	case rep.Err != nil && rep.Err.Cause != nil && rep.Status >= 500:
		level = slog.LevelError
	case rep.Status >= 400 || en.Verdict == journal.Refused:
		level = slog.LevelWarn
	}
	ctx := context.Background()
	if !k.Log.Enabled(ctx, level) {
		return
	}
	hide := k.hider(c)
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("method", hide.text(en.Request.Method)),
		slog.String("bucket", hide.text(en.Bucket)),
		slog.String("key", hide.text(en.Key)),
		slog.Int("status", en.Status),
	)
	if en.Bucket == "" && en.Operation != "" {
		attrs = append(attrs, slog.String("operation", en.Operation))
	}
	if en.Verdict == journal.Refused {
		attrs = append(attrs, slog.String("code", en.Code))
	}
	if c.Out.Reported != nil {
		attrs = append(attrs, slog.String("verdict", strconv.Itoa(c.Out.Reported.Status)+" "+string(c.Out.Reported.Code)))
	}
	if c.Out.Diagnosis != "" {
		attrs = append(attrs, slog.String("diagnosis", c.Out.Diagnosis))
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
	if rep.Err != nil && rep.Err.Cause != nil {
		attrs = append(attrs, slog.String("error", hide.text(rep.Err.Cause.Error())))
	}
	// Not by LogAttrs, which finds out where it is called from: always here.
	r := slog.NewRecord(c.Started.Add(en.Took), level, "request", 0)
	r.AddAttrs(attrs...)
	_ = k.Log.Handler().Handle(ctx, r) // nowhere left to report to
}
