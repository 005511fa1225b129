package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// pageSize is how many entries of the journal a list or stream holds at a time. A slow client must
// not keep entries in memory that the journal has dropped.
const pageSize = 16

// writeRequests answers with the requests that f selects, newest first. It writes them one by one:
// as JSON they can be ten times as large as the journal in memory.
func (s *shared) writeRequests(status int, f journal.Filter, last uint64, brief bool) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		l := &listWriter{shared: s, w: w, out: bufio.NewWriterSize(w, 32<<10), brief: brief}
		l.write(ctx.Context(), f, last)
	}}
}

// A listWriter writes one list.
type listWriter struct {
	*shared
	w     http.ResponseWriter
	out   *bufio.Writer
	doc   bytes.Buffer // one entry
	brief bool
}

// write sends the list until ctx ends or the client is gone. A list that was cut off lacks its end,
// so the client sees that it is not complete.
func (l *listWriter) write(ctx context.Context, f journal.Filter, last uint64) {
	m, limit, n := l.masker(), f.Limit, 0
	l.text(`{"requests":[`)
	for n < limit {
		f.Limit = min(pageSize, limit-n)
		page := l.emulator.Journal().Select(f)
		for _, e := range page {
			if n++; n > 1 {
				l.text(",")
			}
			if err := l.entry(l.asEntry(m, e, l.brief)); err != nil {
				return
			}
			f.Before = e.Seq
		}
		if ctx.Err() != nil {
			return
		}
		if len(page) < f.Limit {
			break
		}
	}
	l.text(`],"last":` + strconv.FormatUint(last, 10) + "}\n")
	extendDeadline(l.w, 0)
	_ = l.out.Flush() // the client may be gone
}

func (l *listWriter) text(s string) { _, _ = io.WriteString(l.out, s) } // the writer keeps its error

// entry writes one request, with the JSON settings of huma.
func (l *listWriter) entry(e entry) error {
	l.doc.Reset()
	enc := json.NewEncoder(&l.doc)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		l.log.Error("control: writing a request", "error", err)
		return err
	}
	if l.out.Available() < l.doc.Len() {
		extendDeadline(l.w, 0) // the next write flushes the buffer
	}
	_, err := l.out.Write(bytes.TrimSuffix(l.doc.Bytes(), []byte("\n")))
	return err
}
