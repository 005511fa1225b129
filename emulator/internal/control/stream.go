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

// streamPause is the shortest time between two batches of a stream. It bounds the work for
// watching clients while many requests arrive.
const streamPause = 50 * time.Millisecond

// streamCalls send requests while they come.
type streamCalls struct{ *shared }

type streamInput struct {
	RequestFilter
	BriefInput
	LastEventID uint64 `header:"Last-Event-ID" doc:"As after; it wins over after. A stream that was interrupted continues there."`
}

// streamState is the first event of a stream. The stream sends it again after the journal was
// cleared.
type streamState struct {
	Instance string `json:"instance" doc:"Changes when the process restarts. Then seq counts from 1 again."`
	Oldest   uint64 `json:"oldest" doc:"The seq of the oldest request in the journal, or of the account. 0: there is none."`
	Last     uint64 `json:"last" doc:"The seq of the newest request in the journal."`
}

func (c *streamCalls) register(api huma.API) {
	op := c.operation("stream-requests", http.MethodGet, "/requests/stream",
		"Requests while they come, as server-sent events", http.StatusOK, http.StatusNotFound)
	op.Description = "The stream starts with the requests of the journal, oldest first; after skips them. Events of " +
		"the type request have the request's seq as id. A client that reconnects with Last-Event-ID gets all later " +
		"requests of the journal. Events of the type state come at the start, and after the journal, or the requests of an account, were cleared or restored."
	reg := api.OpenAPI().Components.Schemas
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Each data line is one of these.",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{OneOf: []*huma.Schema{
			reg.Schema(reflect.TypeFor[entry](), true, ""), reg.Schema(reflect.TypeFor[streamState](), true, ""),
		}}}},
	}}
	huma.Register(api, op, c.streamRequests)
}

func (c *streamCalls) streamRequests(ctx context.Context, in *streamInput) (*huma.StreamResponse, error) {
	f, err := c.filter(ctx, &in.RequestFilter)
	if err != nil {
		return nil, err
	}
	if in.LastEventID > 0 {
		f.After = in.LastEventID
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer c.emulator.Accounts().Leave(c.emulator.Accounts().Enter(in.Account))
		ctx.SetHeader("Content-Type", "text/event-stream")
		_, w := humago.Unwrap(ctx)
		s := &stream{shared: c.shared, w: w, out: bufio.NewWriterSize(w, 32<<10), brief: in.Brief}
		s.run(ctx.Context(), f)
	}}, nil
}

// A stream sends the journal to one client.
type stream struct {
	*shared
	w     http.ResponseWriter
	out   *bufio.Writer
	brief bool
}

// run sends the requests that f selects until ctx ends or the client is gone.
func (s *stream) run(ctx context.Context, f journal.Filter) {
	v := s.emulator.Journal().Next(f, pageSize)
	if f.After > v.Last { // an id from before a restart: every request is new
		f.After = 0
		v = s.emulator.Journal().Next(f, pageSize)
	}
	s.sendState(v, f)
	clears := v.Clears
	beat := time.NewTicker(s.options.heartbeat)
	defer beat.Stop()
	for {
		if v.Clears != clears {
			clears = v.Clears
			s.sendState(v, f)
		}
		m := s.masker()
		for _, e := range v.Entries {
			s.send("request", e.Seq, s.asEntry(m, e, s.brief))
			f.After = e.Seq
		}
		if len(v.Entries) < pageSize && (s.flush() != nil || !s.pause(ctx, v.Changed, beat.C)) {
			return
		}
		if ctx.Err() != nil {
			return
		}
		v = s.emulator.Journal().Next(f, pageSize)
	}
}

// pause waits until there may be more to send. It returns false where the stream must end.
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
		case <-beat: // shows each side whether the other one is still connected
			_, _ = io.WriteString(s.out, ":\n\n") // the writer keeps its error
			if s.flush() != nil {
				return false
			}
		case <-ctx.Done():
			return false
		}
	}
}

func (s *stream) sendState(v journal.View, f journal.Filter) {
	if f.Account != "" {
		v.Oldest = 0
		for _, e := range s.emulator.Journal().Next(journal.Filter{Account: f.Account}, 1).Entries {
			v.Oldest = e.Seq
		}
	}
	s.send("state", 0, streamState{Instance: s.instance, Oldest: v.Oldest, Last: v.Last})
}

// send writes one event. An error of the connection shows at the next flush.
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
		extendDeadline(s.w, 0) // the next write flushes the buffer
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
