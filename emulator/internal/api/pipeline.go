package api

import (
	"errors"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// serveAPI takes one request from its first byte to its answer and log line.
func (e *Emulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	if r.URL.Host != "" && !e.serves(r.URL.Host) {
		e.serveForeign(w, r)
		return
	}
	r = overTLS(r)
	c := e.arrive(r, signer.ReadRequest(r))
	rep, err := e.handle(c)
	if err != nil {
		rep = c.Refusal(err)
	}
	crossOrigin(c, rep)
	e.whyRefused(c, rep)
	c.Out.Sent = e.answer(w, c, rep)
	e.record(w.Header(), c, rep)
}

// arrive reads what the line and the headers of a request say.
func (e *Emulator) arrive(r *http.Request, req *signer.Request) *call.Call {
	c := &call.Call{Entry: &journal.Entry{}}
	c.Arrived = call.Arrived{Started: e.clock.Real(), HTTP: r, Request: req, Addr: e.resolver.Resolve(req.Host, req.Path)}
	c.Bucket, c.NoBucket = e.env.FindBucket(&c.Addr)
	c.Op = e.table.Find(&c.Addr, r, c.Query())
	c.At = e.env.Now(c.Bucket.Owner)
	c.ID = e.ids.New(c.At)
	return c
}

// arriveAside reads a request that asks no bucket for anything: STS, a proxy, or
// what is refused before anybody asks what it is about.
func (e *Emulator) arriveAside(r *http.Request, req *signer.Request, operation string) *call.Call {
	c := &call.Call{Entry: &journal.Entry{}}
	c.Arrived = call.Arrived{
		Started: e.clock.Real(), HTTP: r, Request: req, NoBucket: storage.ErrNoBucket, At: e.env.Now(""),
		Op: &call.Operation{Scope: call.Service, Method: r.Method, Name: operation},
	}
	c.ID = e.ids.New(c.At)
	return c
}

// handle is the order of the checks (COS docs: 访问 COS 时返回403错误码,
// 严格签名模式概述, 防盗链): a preflight by the CORS rules alone; else identity,
// bucket, referer, permission, then the operation itself (choice 64). The body
// is not touched before the operation runs, so a client that sent
// `Expect: 100-continue` keeps a refused body to itself.
func (e *Emulator) handle(c *call.Call) (_ *call.Reply, err error) {
	if c.HTTP.Method != http.MethodOptions { // found where a preflight is judged
		if c.CORS, err = e.rulesFor(c); err != nil {
			return nil, err
		}
	}
	if err := e.checkPage(c); err != nil {
		return nil, err
	}
	if err := e.checkAddress(c); err != nil {
		return nil, err
	}
	if c.Op.Is(call.InForm) {
		if c.Posted, err = e.readForm(c); err != nil {
			return nil, err
		}
	}
	if err := e.judge(c); err != nil {
		return nil, err
	}
	c.Check("operation")
	if c.Op.Is(call.Upload) {
		if err := errors.Join(ops.RefuseUnsupported(c.HTTP.Header), ops.RefuseUnsupported(c.UploadHeader())); err != nil {
			return nil, err
		}
	}
	return c.Op.Run(&e.env, c)
}

// judge is everything that can be said without the operation and its body.
func (e *Emulator) judge(c *call.Call) (err error) {
	if c.HTTP.Method == http.MethodOptions {
		c.Preflight, err = e.judgePreflight(c)
		return err
	}
	who, refused := e.identify(c)
	c.Who = who
	if err := c.Refuse(e.env.Mode, refused); err != nil {
		return err
	}
	if c.Op.Scope != call.Service && !c.Op.Is(call.MakesBucket) {
		c.Check("bucket")
		if c.BucketUnknown = e.bucketUnknown(c); c.BucketUnknown {
			c.Conclude(call.Unchecked)
			return nil
		}
		if c.NoBucket != nil {
			return c.NoBucket
		}
	}
	if err := c.Refuse(e.env.Mode, e.checkAcceleration(c)); err != nil {
		return err
	}
	c.Decision, err = e.checkRights(c)
	return err
}

// checkRights begins the check that decides first, and decides.
func (e *Emulator) checkRights(c *call.Call) (authz.Decision, error) {
	if c.Out.Reported == nil && c.Who.Anonymous() && c.Bucket.HasConfig(call.ConfigReferer) {
		c.Check("referer")
	} else {
		c.Check("permission")
	}
	if c.Who.Unchecked {
		c.Conclude(call.Unchecked)
		return authz.Decision{}, nil
	}
	return e.env.PermitCall(c)
}
