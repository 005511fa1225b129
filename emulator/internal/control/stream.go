package control

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// streamPause is the least time between two batches of a stream, so that a
// busy emulator does not spend itself on those who watch it.
const streamPause = 50 * time.Millisecond

type streamInput struct {
	RequestFilter
	LastEventID uint64 `header:"Last-Event-ID" doc:"As after, and before it: where a stream that broke off goes on."`
}

// streamState is the event that a stream begins with, and that it sends when
// the journal was cleared.
type streamState struct {
	Instance string `json:"instance" doc:"Another one than before: the process was started anew, and seq counts from 1 again."`
	Oldest   uint64 `json:"oldest" doc:"The seq of the oldest request of all that is still kept; 0: there is none."`
	Last     uint64 `json:"last" doc:"The seq of the newest request of all."`
}

func (h *Handler) registerStream(api huma.API) {
	op := h.operation("stream-requests", http.MethodGet, "/requests/stream",
		"Requests as they come, as server-sent events", http.StatusOK)
	op.Description = "Begins with those that are still kept, oldest first; after skips them. Events of the type " +
		"request have the request's seq as id, so a client that comes back with Last-Event-ID misses nothing that " +
		"is still kept. Events of the type state come at the start and when the journal was cleared."
	reg := api.OpenAPI().Components.Schemas
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Each data line holds one of these.",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{OneOf: []*huma.Schema{
			reg.Schema(reflect.TypeFor[entry](), true, ""), reg.Schema(reflect.TypeFor[streamState](), true, ""),
		}}}},
	}}
	huma.Register(api, op, h.streamRequests)
}

func (h *Handler) streamRequests(_ context.Context, in *streamInput) (*huma.StreamResponse, error) {
	f := in.filter()
	if in.LastEventID > 0 {
		f.After = in.LastEventID
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/event-stream")
		_, w := humago.Unwrap(ctx)
		s := &stream{Handler: h, w: w, out: bufio.NewWriterSize(w, 32<<10), brief: in.Brief}
		s.run(ctx.Context(), f)
	}}, nil
}

// A stream is one client that follows the journal.
type stream struct {
	*Handler
	w     http.ResponseWriter
	out   *bufio.Writer
	brief bool
}

// run sends what f chooses until ctx ends or the client is gone.
func (s *stream) run(ctx context.Context, f journal.Filter) {
	v := s.emulator.Journal().Ahead(f, pageSize)
	if f.After > v.Last { // an id of another process: everything is new
		f.After = 0
		v = s.emulator.Journal().Ahead(f, pageSize)
	}
	s.sendState(v)
	clears := v.Clears
	beat := time.NewTicker(s.options.heartbeat)
	defer beat.Stop()
	for {
		if v.Clears != clears {
			clears = v.Clears
			s.sendState(v)
		}
		m := s.masker()
		for _, e := range v.Entries {
			s.send("request", e.Seq, s.shown(m, e, s.brief))
			f.After = e.Seq
		}
		if len(v.Entries) < pageSize && (s.flush() != nil || !s.pause(ctx, v.Changed, beat.C)) {
			return
		}
		if ctx.Err() != nil {
			return
		}
		v = s.emulator.Journal().Ahead(f, pageSize)
	}
}

// pause waits until there may be more to send, and tells whether to go on.
func (s *stream) pause(ctx context.Context, changed <-chan struct{}, beat <-chan time.Time) bool {
	rest := time.NewTimer(streamPause)
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-ctx.Done():
		return false
	}
	for {
		select {
		case <-changed:
			return true
		case <-beat: // tells both ends whether the other is still there
			_, _ = io.WriteString(s.out, ":\n\n") // the writer keeps its error
			if s.flush() != nil {
				return false
			}
		case <-ctx.Done():
			return false
		}
	}
}

func (s *stream) sendState(v journal.View) {
	s.send("state", 0, streamState{Instance: s.instance, Oldest: v.Oldest, Last: v.Last})
}

// send writes one event; flush tells of errors.
func (s *stream) send(event string, id uint64, data any) {
	doc, err := json.Marshal(data)
	if err != nil {
		s.log.Error("control: writing an event", "error", err)
		return
	}
	text := "event: " + event + "\n"
	if id > 0 {
		text += "id: " + strconv.FormatUint(id, 10) + "\n"
	}
	if s.out.Available() < len(text)+len(doc) {
		extendDeadline(s.w, 0) // the buffer goes out
	}
	_, _ = io.WriteString(s.out, text+"data: ") // the writer keeps its error
	_, _ = s.out.Write(doc)
	_, _ = io.WriteString(s.out, "\n\n")
}

func (s *stream) flush() error {
	extendDeadline(s.w, 0)
	if err := s.out.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}
