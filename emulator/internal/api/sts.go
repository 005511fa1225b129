package api

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/explain"
	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/judge"
	"github.com/cosemu/cosemu/emulator/internal/record"
	"github.com/cosemu/cosemu/signer"
	"github.com/google/uuid"
)

// stsServer answers for STS.
type stsServer struct {
	judge   *judge.Judge
	who     *identity.Directory
	records *record.Keeper
	sees    func(account string) func(other string) bool // see account.Registry.Sees
}

// asked reports whether a request is for STS and not for COS: every request to its
// host names is. On another host that names no bucket, so is one with the header
// X-TC-Action, a form, and a GET with an action and its signature in the query. COS
// has no such calls there; a PostObject names a bucket (choice 272).
func (s *stsServer) asked(r *http.Request) bool {
	if addr.IsSTSHost(r.Host) {
		return true
	}
	switch {
	case r.URL.Path != "/" && r.URL.Path != "",
		r.Method != http.MethodPost && r.Method != http.MethodGet,
		r.URL.Host != "" && !s.judge.Serves(r.URL.Host),
		s.judge.Env.Resolver.NamesBucket(r.Host):
		return false
	case len(r.Header["X-Tc-Action"]) > 0:
		return true
	case r.Method == http.MethodGet:
		return strings.Contains(r.URL.RawQuery, "Action=") && strings.Contains(r.URL.RawQuery, "Signature=")
	}
	return r.URL.RawQuery == "" && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

// serveSTS answers a request for STS, unless it turns out to be for COS.
func (e *Emulator) serveSTS(w http.ResponseWriter, r *http.Request) {
	if call.First(r.Header, "Sec-Fetch-Site") == "cross-site" { // no page may call it
		refused := authz.Decision{Reason: authz.ByCrossSitePage}
		e.refusePage(w, r, "page", refused.Error(e.env.Now("")), explain.CrossSite())
		return
	}
	q, refused := sts.Read(r)
	if q.Action == "" && r.Method == http.MethodPost && !addr.IsSTSHost(r.Host) {
		// A form that is none of STS after all: for COS it is still unread.
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(q.Body()), r.Body), r.Body}
		e.serveAPI(w, r)
		return
	}
	e.sts.serve(w, r, q, refused)
}

// serve answers what is for STS. Its journal entry has the action where one of
// COS has the operation; what it holds of the body is nothing.
func (s *stsServer) serve(w http.ResponseWriter, r *http.Request, q *sts.Request, refused *sts.Error) {
	account := s.judge.AccountOfKey(q.SecretID)
	s.judge.Env.Touch(account)
	c := s.judge.ArriveAside(r, signer.ReadRequest(r), stsAction(q.Action), account)
	c.Out.Received = int64(len(q.Body()))
	c.Check("sts")
	var reply any
	v := sts.Verdict{Err: refused}
	if refused == nil {
		reply, v = s.who.STS().Answer(q, c.At)
	}
	if f, ok := sts.Explain(q, &v, c.At, func() []signer.Credentials { return s.who.Others(q.SecretID, s.sees(account)) }); ok {
		explain.Found(c, f)
	}
	c.Entry.ID = uuid.NewString()
	doc := sts.Document(reply, v.Err, c.Entry.ID)
	if v.Err != nil {
		c.Entry.Document = doc
	}
	c.Out.Sent = s.answer(w, c, doc)
	s.record(w.Header(), c, &v)
}

// stsAction names the operation of a journal entry, which holds nothing that
// only the client knows.
func stsAction(name string) string {
	if slices.Contains(stsActions(), name) {
		return name
	}
	return ""
}

// answer writes an answer of STS: the status is 200 for a refusal too.
func (s *stsServer) answer(w http.ResponseWriter, c *call.Call, doc []byte) int64 {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Date", s.judge.Env.Now(c.Account).UTC().Format(http.TimeFormat))
	h.Set("Content-Length", strconv.Itoa(len(doc)))
	if c.Out.Diagnosis != "" {
		h["x-cosemu-diagnosis"] = []string{c.Out.Diagnosis}
	}
	n, _ := w.Write(doc) // the client may be gone
	return int64(n)
}

func (s *stsServer) record(header http.Header, c *call.Call, v *sts.Verdict) {
	rep := &call.Reply{Status: http.StatusOK}
	if v.Err != nil {
		c.Conclude(string(v.Err.Code))
	}
	s.records.Fill(c, rep, header)
	if v.Err != nil {
		c.Entry.Verdict, c.Entry.Code, c.Entry.Message = journal.Refused, string(v.Err.Code), v.Err.Message
	}
	s.records.Add(c.Entry)
	if v.Cause != nil {
		s.records.Log.Error("sts", "error", v.Cause, "id", c.Entry.ID)
	}
	s.records.LogRequest(c.Entry, c, rep)
}
