package api

import (
	"errors"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
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
	c := e.begin(r, signer.ReadRequest(r))
	rep, err := e.handle(c)
	if err != nil {
		rep = c.refusal(err)
	}
	c.crossOrigin(rep)
	e.whyRefused(c, rep)
	c.sent = e.answer(w, c, rep)
	e.record(w.Header(), c, rep)
}

func (e *Emulator) begin(r *http.Request, req *signer.Request) *call {
	now := e.clock.Now()
	c := &call{
		id: e.ids.New(now), at: now, judged: now, started: e.clock.Real(), http: r, req: req,
		addr: e.resolver.Resolve(req.Host, req.Path), query: params{list: req.Params}, entry: &journal.Entry{},
	}
	c.bucket, c.bucketErr = e.lookUp(&c.addr)
	return c
}

// handle is the order of the checks (COS docs: 访问 COS 时返回403错误码,
// 严格签名模式概述, 防盗链): a preflight by the CORS rules alone; else identity,
// bucket, referer, permission, then the operation itself (choice 64). The body
// is not touched before the operation runs, so a client that sent
// `Expect: 100-continue` keeps a refused body to itself.
func (e *Emulator) handle(c *call) (*reply, error) {
	c.op = e.ops.find(c)
	if c.http.Method != http.MethodOptions { // judged where a preflight is
		if err := e.loadCORS(c); err != nil {
			return nil, err
		}
	}
	if err := e.checkPage(c); err != nil {
		return nil, err
	}
	if err := e.checkAddress(c); err != nil {
		return nil, err
	}
	if c.op.is(inForm) {
		if err := e.readForm(c); err != nil {
			return nil, err
		}
	}
	if err := e.judge(c); err != nil {
		return nil, err
	}
	c.check("operation")
	if c.op.is(upload) {
		if err := errors.Join(refuseUnsupported(c.http.Header), refuseUnsupported(c.uploadHeader())); err != nil {
			return nil, err
		}
	}
	return c.op.run(e, c)
}

// judge is everything that can be said without the operation and its body.
func (e *Emulator) judge(c *call) error {
	if c.http.Method == http.MethodOptions {
		return e.judgePreflight(c)
	}
	if err := e.refuse(c, e.identify(c)); err != nil {
		return err
	}
	if c.op.scope != scopeService && !c.op.is(makesBucket) {
		c.check("bucket")
		if e.beyond(c) {
			c.conclude(unchecked)
			return nil
		}
		if c.bucketErr != nil {
			return c.bucketErr
		}
	}
	if err := e.refuse(c, e.checkAcceleration(c)); err != nil {
		return err
	}
	return e.checkRights(c)
}

// identify judges who asks: key id, token, time, strict rules, signature, in
// this order (choice 51 for a token that does not fit).
func (e *Emulator) identify(c *call) *coserr.Error {
	if !c.findClaim() {
		return e.identifyAWS(c)
	}
	c.check("key")
	c.key, c.keyErr = e.lookUpKey(c)
	if c.keyErr != nil {
		return keyRefusal(c.keyErr, c.claim.SecretID)
	}
	if c.keyUnchecked() {
		c.conclude(unchecked)
	}
	c.check("time")
	if err := c.checkTime(); err != nil {
		return err
	}
	if err := e.checkStrict(c); err != nil {
		return err
	}
	c.check("signature")
	if c.keyUnchecked() {
		c.conclude(unchecked)
		return nil
	}
	c.trace = e.verify(c)
	c.query.plusLiteral = strings.Contains(c.trace.Reading, "plus-literal")
	if c.trace.OK {
		c.reordered, c.reorderedName = reordered(c.req, c.claim)
	}
	if !c.trace.OK || c.reordered != "" {
		return coserr.New(coserr.SignatureDoesNotMatch).
			WithSignature(c.trace.StringToSign, c.trace.HttpString).
			WithResource(signer.Decode(c.req.Path))
	}
	return nil
}

// findClaim takes the claim from the form, where there is one and it has one,
// else from the request.
func (c *call) findClaim() bool {
	if c.auth != nil && c.auth.Way != form.WayNone {
		c.claim = c.auth.Claim
		return true
	}
	c.claim, _ = signer.ParseClaim(c.req)
	return c.claim != nil
}

func (e *Emulator) verify(c *call) signer.Result {
	if c.auth != nil && c.auth.Way != form.WayNone {
		return c.auth.Verify(c.req, c.key.SecretKey, e.verifyOptions(c))
	}
	return signer.Verify(c.req, c.claim, c.key.SecretKey, e.verifyOptions(c))
}

func keyRefusal(err error, id string) *coserr.Error {
	switch {
	case errors.Is(err, keyring.ErrTokenExpired):
		return coserr.New(coserr.ExpiredToken)
	case errors.Is(err, keyring.ErrUnknownKey) && !isSecretID(id):
		return coserr.New(coserr.InvalidAccessKeyID).WithMessage(coserr.MessageKeyFormat)
	}
	return coserr.New(coserr.InvalidAccessKeyID)
}

// isSecretID tells whether a text has the form of a SecretId: AKID, then
// letters, digits, dashes and underscores (choice 404).
func isSecretID(id string) bool {
	rest, ok := strings.CutPrefix(id, "AKID")
	return ok && rest != "" && strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// verifyOptions are what the address and the listener add to a signature.
func (e *Emulator) verifyOptions(c *call) signer.VerifyOptions {
	return signer.VerifyOptions{PathPrefix: c.addr.PathPrefix, LocalPort: e.port, Allows: func(how signer.Reading) bool {
		return e.resolver.SameMeaning(c.req.Host, c.req.Path, how, func(bucket string) bool { return isOnlyBucket(e.store, c.key.AppID, bucket) })
	}}
}

// isOnlyBucket tells whether a bucket is the only one of an account.
func isOnlyBucket(st *storage.Store, account, bucket string) bool {
	name, only := st.OnlyBucket(account)
	return only && name == bucket && account != ""
}

func (c *call) checkTime() *coserr.Error {
	if err := c.claim.CheckTime(c.at); err != nil {
		var te *signer.TimeError
		if errors.As(err, &te) && te.Kind == signer.TimeNotYetValid {
			return coserr.New(coserr.RequestTimeTooSkewed).WithServerTime(c.at)
		}
		return coserr.New(coserr.AccessDenied).WithMessage("Request has expired").WithServerTime(c.at)
	}
	if c.signedDateOff() {
		return coserr.New(coserr.RequestTimeTooSkewed).WithServerTime(c.at)
	}
	return nil
}

// signedDateOff holds a signed Date header against the clock as well (choice 52).
func (c *call) signedDateOff() bool {
	date := first(c.http.Header, "Date")
	if date == "" || !slices.Contains(c.claim.HeaderList, "date") {
		return false
	}
	at, err := http.ParseTime(textproto.TrimString(date))
	return err == nil && c.at.Sub(at).Abs() > signer.MaxSkew
}

// lookUp finds the bucket that the address names. One in another region than
// the host says does not exist there.
func (e *Emulator) lookUp(a *addr.Address) (storage.Bucket, error) {
	if a.Bucket == "" {
		return storage.Bucket{}, storage.ErrNoBucket
	}
	b, err := e.store.Bucket(a.Bucket)
	if err == nil && a.Region != "" && a.Region != b.Region {
		return storage.Bucket{}, storage.ErrNoBucket
	}
	return b, err
}
