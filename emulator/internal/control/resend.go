package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/remedy"
	"github.com/cosemu/cosemu/signer"
	"github.com/danielgtaylor/huma/v2"
)

type resendInput struct {
	AccountInput
	Body struct {
		Request string `json:"request" minLength:"1" maxLength:"128" doc:"The id of a request that was refused for its key, its time or its signature."`
		Content []byte `json:"content,omitempty" doc:"The body to send, in base64: the journal keeps none. Content-MD5 and Content-Length follow it. Required where the request may have had a body, unless empty is given."`
		Empty   bool   `json:"empty,omitempty" doc:"Send no body, though the request may have had one."`
		DryRun  bool   `json:"dry_run,omitempty" doc:"Send nothing: only say whether it would be accepted."`
	}
}

// resent is the answer of a request that was sent again.
type resent struct {
	Status  int    `json:"status" doc:"Of the answer; 200 for a dry run."`
	Request *entry `json:"request,omitempty" doc:"The new request, as the journal has it. Absent for a dry run."`
	Created bool   `json:"created" doc:"Whether it created an object that was not there before."`
}

type resendOutput struct{ Body resent }

func (c *fixCalls) registerResend(api huma.API) {
	op := c.operation("resend", http.MethodPost, "/resend",
		"Send a refused request again, with a correct signature", http.StatusOK, http.StatusNotFound, http.StatusConflict)
	op.Description = "Method, host, path, parameters and headers stay as they arrived; the signature is made anew with " +
		"the key pair that the request names, or with one of the bucket's account. 409 if it would still be refused, or " +
		"if account is given and the key pair is of another one: then nothing is sent."
	huma.Register(api, op, c.resend)
}

func (c *fixCalls) resend(ctx context.Context, in *resendInput) (*resendOutput, error) {
	e, err := c.entryOf(ctx, in.Account, in.Body.Request)
	if err != nil {
		return nil, err
	}
	req, err := c.remedies.Resign(e, in.Account)
	var not *remedy.Insufficient
	switch {
	case errors.As(err, &not):
		return nil, huma.Error409Conflict(c.masker().withTokensOf(e).text(not.Error()))
	case err != nil:
		return nil, huma.Error409Conflict(remedy.ErrNotSigned.Error())
	case in.Body.DryRun:
		return &resendOutput{resent{Status: http.StatusOK}}, nil
	}
	if len(in.Body.Content) == 0 && !in.Body.Empty && mayHaveHadBody(e) { // an empty one might take the place of an object
		return nil, unprocessable("body.content", "the request had a body, and the journal keeps none: give it, or empty to send none")
	}
	_, missing := c.emulator.Store().Stat(e.Bucket, e.Key)
	id, status := c.sendSigned(ctx, req, in.Body.Content)
	now, ok := c.recorded(ctx, id)
	if !ok {
		return nil, c.internalError("sending the request", errors.New("the journal does not have it"))
	}
	out := &resendOutput{resent{Status: status}}
	shown := c.asEntry(c.masker(), now, false)
	out.Body.Request = &shown
	if missing != nil && addr.AppID(e.Bucket) != "" {
		_, err := c.emulator.Store().Stat(now.Bucket, now.Key)
		out.Body.Created = err == nil
	}
	return out, nil
}

// mayHaveHadBody reports whether a request may have come with a body: one without a length may have
// been chunked, and it may have been refused unread.
func mayHaveHadBody(e *journal.Entry) bool {
	h := e.Request.Header
	return (e.Request.Method == http.MethodPut || e.Request.Method == http.MethodPost) &&
		h.Get("Content-Length") != "0" && h.Get("X-Cos-Copy-Source") == "" && h.Get("X-Amz-Copy-Source") == ""
}

// sendSigned lets the COS API answer a request. It returns the request's id and the status.
func (c *fixCalls) sendSigned(ctx context.Context, req *signer.Request, content []byte) (id string, status int) {
	r := (&http.Request{
		Method: req.Method, Host: req.Host, RequestURI: req.Target(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: req.Header, Body: http.NoBody, RemoteAddr: "127.0.0.1:0", URL: &url.URL{Path: req.Path, RawQuery: req.Query},
	}).WithContext(ctx)
	if req.Method == http.MethodPut || req.Method == http.MethodPost {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
		r.Header.Set("Content-Length", strconv.Itoa(len(content)))
	}
	w := &discard{header: http.Header{}}
	c.emulator.ServeHTTP(w, r)
	for name, values := range w.header {
		if http.CanonicalHeaderKey(name) == "X-Cos-Request-Id" && len(values) > 0 {
			id = values[0]
		}
	}
	return id, w.status
}

// discard is a ResponseWriter that keeps status and headers alone.
type discard struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (d *discard) Header() http.Header { return d.header }

// WriteHeader implements http.ResponseWriter.
func (d *discard) WriteHeader(status int) {
	if d.status == 0 {
		d.status = status
	}
}

// Write implements io.Writer.
func (d *discard) Write(p []byte) (int, error) {
	d.WriteHeader(http.StatusOK)
	return len(p), nil
}
