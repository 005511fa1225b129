package control

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// reportCalls export the journal for other programs.
type reportCalls struct{ *shared }

type reportInput struct {
	RequestFilter
	Format string `query:"format" required:"true" enum:"markdown,json,har,junit" doc:"markdown: for people; the console opens it again. json: JSON lines, each a request as /requests has it. har: an HTTP archive (HAR 1.2). junit: JUnit XML, in which a request that was refused, or would have been without verify=report, is a failure with its findings."`
	ID     string `query:"id" maxLength:"128" doc:"Only the request with this id."`
	Lang   string `query:"lang" default:"en" enum:"en,zh" doc:"The language of sentences in Markdown, HAR and JUnit."`
}

// A reportWriter writes requests in one format. It keeps none of them.
type reportWriter interface {
	begin(total, refused int) error
	entry(e *entry) error
	end() error
}

func (c *reportCalls) register(api huma.API) {
	op := c.operation("report", http.MethodGet, "/report",
		"The requests of the journal for other programs, oldest first", http.StatusOK, http.StatusNotFound)
	op.Description = "Secrets are hidden as in all answers. A report that was cut off ends without the end of its " +
		"transfer encoding."
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	op.Responses = map[string]*huma.Response{"200": {Description: "The report", Content: map[string]*huma.MediaType{
		markdownType: text, jsonLinesType: text, harType: text, junitType: text,
	}}}
	huma.Register(api, op, c.report)
}

// The media types of reports.
const (
	markdownType  = "text/markdown; charset=utf-8"
	jsonLinesType = "application/jsonl"
	harType       = "application/json"
	junitType     = "application/xml"
)

func (c *reportCalls) report(ctx context.Context, in *reportInput) (*huma.StreamResponse, error) {
	f, err := c.filter(ctx, &in.RequestFilter)
	if err != nil {
		return nil, err
	}
	j := c.emulator.Journal()
	f.Before = j.Last() + 1
	if in.ID != "" {
		e, ok := c.recorded(ctx, in.ID)
		if !ok || in.Account != "" && e.Account != in.Account {
			return nil, huma.Error404NotFound("the journal has no request with this id")
		}
		f.After, f.Before = e.Seq-1, e.Seq+1
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		out := bufio.NewWriterSize(w, 32<<10)
		r, media := c.writer(in, out)
		w.Header().Set("Content-Type", media)
		if err := c.write(ctx.Context(), w, r, f); err != nil || out.Flush() != nil {
			panic(http.ErrAbortHandler) // or a part would look like the whole
		}
	}}, nil
}

// writer returns the writer of a format, and its media type.
func (c *reportCalls) writer(in *reportInput, out io.Writer) (reportWriter, string) {
	words := reportWords{zh: in.Lang == "zh"}
	switch in.Format {
	case "markdown":
		return &markdownWriter{out: out, zh: words.zh, version: c.options.Version, clockOf: func(account string) clockState {
			return showClock(c.emulator.Accounts().ClockOf(account)).Body
		}}, markdownType
	case "har":
		return &harWriter{out: out, words: words, version: c.options.Version}, harType
	case "junit":
		return &junitWriter{out: out, words: words}, junitType
	}
	return &jsonLines{out}, jsonLinesType
}

// write sends the requests that f selects, a page at a time.
func (c *reportCalls) write(ctx context.Context, w http.ResponseWriter, r reportWriter, f journal.Filter) error {
	total, refused, err := c.count(ctx, f)
	if err != nil {
		return err
	}
	if err := r.begin(total, refused); err != nil {
		return err
	}
	m := c.masker()
	err = c.pages(ctx, f, func(e *journal.Entry) error {
		extendDeadline(w, 0)
		shown := fullEntry(m, e, c.options.API)
		return r.entry(&shown)
	})
	if err != nil {
		return err
	}
	return r.end()
}

// count counts the requests that f selects, since JUnit begins with the numbers. They are off where
// the journal drops requests meanwhile.
func (c *reportCalls) count(ctx context.Context, f journal.Filter) (total, refused int, err error) {
	err = c.pages(ctx, f, func(e *journal.Entry) error {
		total++
		if isFailure(e.Verdict) {
			refused++
		}
		return nil
	})
	return total, refused, err
}

// pages calls see for each entry that f selects, oldest first.
func (c *reportCalls) pages(ctx context.Context, f journal.Filter, see func(*journal.Entry) error) error {
	for {
		page := c.emulator.Journal().Next(f, pageSize).Entries
		for _, e := range page {
			if err := see(e); err != nil {
				return err
			}
			f.After = e.Seq
		}
		if len(page) < pageSize {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// isFailure reports whether a report calls a request a failure. Under verify=report these are the
// requests that COS would have refused (choice 751).
func isFailure(v journal.Verdict) bool { return v == journal.Refused || v == journal.Reported }

// jsonLines writes an entry a line.
type jsonLines struct{ out io.Writer }

func (*jsonLines) begin(int, int) error { return nil }
func (*jsonLines) end() error           { return nil }

func (l *jsonLines) entry(e *entry) error { return encodeLine(l.out, e) }

// encodeLine writes a value as JSON in a line, with the settings of huma.
func encodeLine(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
