package control

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	cosPath = apiPath + "/cos/"
	// storedPrefix begins the names of the answer's headers that a browser would act on.
	storedPrefix = "X-Cosemu-Answer-"
	// sendTime is how long a signature of these calls is valid. It ends when the request is judged.
	sendTime = 15 * time.Minute
	// bodyIdle is how long a client may pause within a body.
	bodyIdle = time.Minute
)

// cosCalls send requests to the COS API, signed with a key pair of the emulator. A page cannot sign
// by itself, and the COS API refuses pages of other origins, the console's included. The requests
// take the same way as all others, up to the journal.
type cosCalls struct{ *shared }

// CosInput is a request to the COS API. It is exported as AccountInput is.
type CosInput struct {
	AccountInput
	Bucket   string `path:"bucket" example:"examplebucket-1250000000"`
	Key      string `query:"key" maxLength:"1024" doc:"The object's key, not encoded. Empty: the bucket itself."`
	Query    string `query:"query" maxLength:"8192" example:"partNumber=1&uploadId=1700000000abc" doc:"The other parameters of the request, encoded as in a URL."`
	SecretID string `query:"secret_id" maxLength:"256" doc:"The key pair to sign with. Default: a key pair of the bucket's account."`
}

// cosReadInput may ask for a look without a trace.
type cosReadInput struct {
	CosInput
	Quiet bool `query:"quiet" doc:"Leave the request out of the journal, the log and the metrics. No planned fault meets it."`
}

// cosWriteInput has a header that a form of a foreign page cannot send.
type cosWriteInput struct {
	CosInput
	Send string `header:"X-Cosemu-Send" required:"true" enum:"1" example:"1" doc:"Always 1. Pages of other origins cannot send it."`
}

func (c *cosCalls) register(a huma.API) {
	responses := map[string]*huma.Response{"default": {
		Description: "The answer of the COS API: its status, body, and headers. The headers that describe the body to a " +
			"browser, such as Content-Type, begin with " + storedPrefix + ". The Content-Type itself is that of a picture, " +
			"a sound or a video, else application/octet-stream, and no script in the body runs.",
		Content: map[string]*huma.MediaType{downloadType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
	describe := func(id, method, summary string) huma.Operation {
		op := c.operation(id, method, "/cos/{bucket}", summary, http.StatusOK, http.StatusNotFound)
		op.Description = "Signs the request with a key pair of the bucket's account, and lets the COS API answer it. " +
			"It is judged and kept in the journal like any other. Sent along are the headers Content-*, Cache-Control, " +
			"Expires, Range, If-* and x-cos-*, apart from a token."
		op.Responses = responses
		return op
	}
	huma.Register(a, describe("cos-get", http.MethodGet, "Send a signed GET to the COS API"), c.read)
	huma.Register(a, describe("cos-head", http.MethodHead, "Send a signed HEAD to the COS API"), c.read)
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
		op := describe("cos-"+strings.ToLower(method), method, "Send a signed "+method+" to the COS API")
		if method != http.MethodDelete {
			op.RequestBody = &huma.RequestBody{
				Description: "The body of the request, of any size and type.",
				Content:     map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
			}
		}
		huma.Register(a, op, c.write)
	}
}

func (c *cosCalls) write(_ context.Context, in *cosWriteInput) (*huma.StreamResponse, error) {
	return c.answer(&in.CosInput, c.emulator.ServeHTTP)
}

func (c *cosCalls) read(_ context.Context, in *cosReadInput) (*huma.StreamResponse, error) {
	if in.Quiet {
		return c.answer(&in.CosInput, c.emulator.Look)
	}
	return c.answer(&in.CosInput, c.emulator.ServeHTTP)
}

// answer signs a request and lets cosAPI answer it.
func (c *cosCalls) answer(in *CosInput, cosAPI http.HandlerFunc) (*huma.StreamResponse, error) {
	if err := c.owns(in.Account, in.Bucket); err != nil {
		return nil, err
	}
	if err := c.ownsKey(in.Account, in.SecretID); err != nil {
		return nil, err
	}
	params, err := url.ParseQuery(in.Query)
	if err != nil {
		return nil, unprocessable("query.query", "want name=value pairs, encoded as in a URL")
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		head := sentHeaders(r.Header)
		signed, err := c.emulator.Presign(api.PresignRequest{
			Method: r.Method, Bucket: in.Bucket, Key: in.Key, Query: params, Header: head,
			Expires: sendTime, SecretID: in.SecretID,
		})
		switch {
		case errors.Is(err, storage.ErrNoBucket):
			problem(w, http.StatusNotFound, "no such bucket")
			return
		case errors.Is(err, identity.ErrNoKey):
			problem(w, http.StatusUnprocessableEntity, "no such key pair, or the account of the bucket has none")
			return
		case err != nil:
			problem(w, http.StatusUnprocessableEntity, err.Error())
			return
		}
		sendSigned(cosAPI, w, r, signed.URL, head)
	}}, nil
}

// sendSigned lets the COS API answer the signed URL with the body of r.
func sendSigned(cosAPI http.HandlerFunc, w http.ResponseWriter, r *http.Request, signed string, head http.Header) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, signed, http.NoBody)
	if err != nil {
		problem(w, http.StatusUnprocessableEntity, "this is no request of HTTP")
		return
	}
	_, rest, _ := strings.Cut(signed, "://")
	req.RequestURI = rest[strings.IndexByte(rest, '/'):] // as it was signed
	req.URL.Scheme, req.URL.Host = "", ""                // as a server sees it
	req.RemoteAddr = r.RemoteAddr
	req.Header = head
	req.Header.Set("User-Agent", "cosemu-console")
	if length := r.Header.Values("Content-Length"); len(length) > 0 {
		req.Header["Content-Length"] = length // COS asks for it even where there is no body
	}
	req.TransferEncoding = r.TransferEncoding
	if r.ContentLength != 0 {
		req.Body = patientBody{r.Body, http.NewResponseController(w)}
		req.ContentLength = r.ContentLength
	}
	cosAPI(&answerFilter{perWriteDeadline: perWriteDeadline{w}, head: http.Header{}}, req)
}

// sentHeaders returns the headers of a request to the control API that belong to the COS API.
func sentHeaders(in http.Header) http.Header {
	out := http.Header{}
	for name, values := range in {
		low := strings.ToLower(name)
		switch {
		case low == "content-length", low == "x-cos-security-token":
		case low == "cache-control", low == "expires", low == "range", strings.HasPrefix(low, "content-"),
			strings.HasPrefix(low, "if-"), strings.HasPrefix(low, "x-cos-"):
			out[name] = slices.Clone(values)
		}
	}
	return out
}

// patientBody gives each read a deadline of its own, so that a large body may take long.
type patientBody struct {
	io.ReadCloser
	rc *http.ResponseController
}

// Read implements io.Reader.
func (b patientBody) Read(p []byte) (int, error) {
	_ = b.rc.SetReadDeadline(time.Now().Add(bodyIdle)) // an error means that there are no deadlines
	return b.ReadCloser.Read(p)
}

// answerFilter keeps what is stored from acting with the rights of the console. It hides all other
// methods of the writer.
type answerFilter struct {
	perWriteDeadline
	head http.Header
	sent bool
}

// Header implements http.ResponseWriter.
func (f *answerFilter) Header() http.Header { return f.head }

// Write implements io.Writer.
func (f *answerFilter) Write(p []byte) (int, error) {
	if !f.sent {
		f.WriteHeader(http.StatusOK)
	}
	return f.perWriteDeadline.Write(p)
}

// WriteHeader implements http.ResponseWriter.
func (f *answerFilter) WriteHeader(status int) {
	if f.sent {
		return
	}
	f.sent = true
	out := f.ResponseWriter.Header()
	for name, values := range f.head {
		switch low := strings.ToLower(name); {
		case slices.Contains([]string{"content-length", "etag", "last-modified", "accept-ranges", "content-range"}, low),
			strings.HasPrefix(low, "x-cos-"), strings.HasPrefix(low, "x-cosemu-"):
			out[name] = values
		case slices.Contains([]string{"content-type", "content-disposition", "content-encoding", "content-language", "cache-control", "expires"}, low):
			out[http.CanonicalHeaderKey(storedPrefix+name)] = values
		}
	}
	kind := downloadType
	for name, values := range f.head {
		if strings.EqualFold(name, "Content-Type") {
			kind = previewType(values[0])
		}
	}
	out.Set("Content-Type", kind)
	out.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	f.ResponseWriter.WriteHeader(status)
}

// previewType returns a Content-Type with which a browser shows a stored body, but runs none. A
// picture with scripts (SVG) runs none in an img element, nor in a page with this policy.
func previewType(stored string) string {
	kind, _, _ := strings.Cut(strings.ToLower(stored), ";")
	kind = strings.TrimSpace(kind)
	family, sub, _ := strings.Cut(kind, "/")
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("+-.", r)
	}
	if (family == "image" || family == "audio" || family == "video") && sub != "" &&
		strings.IndexFunc(sub, func(r rune) bool { return !plain(r) }) < 0 {
		return kind
	}
	return downloadType
}
