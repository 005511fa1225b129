package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// CORSMode is what holds for pages of other origins where a bucket has no CORS
// configuration of its own.
type CORSMode string

const (
	// CORSNone lets no page in, as the cloud does. It is the default.
	CORSNone CORSMode = "none"
	// CORSPermissive lets every page do everything, see cors.Permissive. It is
	// for people who want an upload page to work and have no CORS rule to test.
	// A bucket that is not there counts as one without a configuration, so the
	// page sees the NoSuchBucket.
	CORSPermissive CORSMode = "permissive"
)

func (m CORSMode) valid() bool { return m == "" || m == CORSNone || m == CORSPermissive }

const (
	configCORS = "cors"
	// configDefaultCORS keeps the CORSMode that a bucket was configured with.
	// The API shows nothing of it (choice 190).
	configDefaultCORS = "cosemu-default-cors"
)

// loadCORS finds the rules that hold for the request, none among them.
func (e *Emulator) loadCORS(c *call) (err error) {
	if c.bucket.HasConfig(configCORS) {
		c.rules, err = readConfig(e, c.bucket.Name, configCORS, cors.Parse)
		return err
	}
	mode, err := e.DefaultCORS(&c.bucket)
	if mode == CORSPermissive {
		c.rules = e.permissive
	}
	return err
}

// DefaultCORS is what holds for pages of other origins in a bucket as long as
// it has no CORS configuration: its own mode, else that of the emulator.
func (e *Emulator) DefaultCORS(b *storage.Bucket) (CORSMode, error) {
	mode := e.cfg.DefaultCORS
	if b.HasConfig(configDefaultCORS) {
		doc, err := e.store.Config(b.Name, configDefaultCORS)
		if err != nil && !errors.Is(err, storage.ErrNoConfig) {
			return CORSNone, err
		}
		mode = CORSMode(doc)
	}
	if mode == "" {
		mode = CORSNone
	}
	return mode, nil
}

// setDefaultCORS makes a bucket keep its configured mode, or none.
func (e *Emulator) setDefaultCORS(bucket string, mode CORSMode) error {
	if mode != "" {
		return e.store.PutConfig(bucket, configDefaultCORS, []byte(mode))
	}
	b, err := e.store.Bucket(bucket)
	if err != nil || !b.HasConfig(configDefaultCORS) {
		return err
	}
	return e.store.DeleteConfig(bucket, configDefaultCORS)
}

// judgePreflight is all that is judged of a preflight, which needs no key, no
// right and, as long as the bucket is there, no object (COS docs: OPTIONS
// Object). It is never checked for a signature, though its target may hold one: it comes before everything else
// and uses nothing up.
func (e *Emulator) judgePreflight(c *call) error {
	c.check("preflight")
	if err := e.loadCORS(c); err != nil {
		return err
	}
	if c.rules == nil && c.op.scope != scopeService && c.bucketErr != nil {
		return c.bucketErr // choice 191
	}
	h := c.http.Header
	list, refused := c.rules.Preflight(first(h, "Origin"), first(h, "Access-Control-Request-Method"), requestedHeaders(h))
	if refused != nil {
		return refused
	}
	c.preflight = list
	return nil
}

func requestedHeaders(h http.Header) string {
	return strings.Join(h["Access-Control-Request-Headers"], ",")
}

func (e *Emulator) answerPreflight(c *call) (*reply, error) {
	rep := &reply{status: http.StatusOK}
	rep.addCORS(c.preflight)
	return rep, nil
}

// crossOrigin adds to an answer, success or refusal, what lets the page that
// asked see it (COS docs: 设置跨域访问). A refused preflight gets nothing.
func (c *call) crossOrigin(rep *reply) {
	if c.rules == nil || c.http.Method == http.MethodOptions {
		return
	}
	list, _ := c.rules.Actual(first(c.http.Header, "Origin"), c.http.Method)
	rep.addCORS(list)
}

func (r *reply) addCORS(list []cors.Header) {
	for _, h := range list {
		r.add(h.Name, h.Value)
	}
}

// corsRefusal tells the diagnosis why a preflight was refused, if that is what
// err is about.
func corsRefusal(c *call, err *coserr.Error) *diagnose.CORSRefusal {
	var miss *cors.Miss
	if !errors.As(err.Cause, &miss) {
		return nil
	}
	f := &diagnose.CORSRefusal{
		Origin: first(c.http.Header, "Origin"), Method: first(c.http.Header, "Access-Control-Request-Method"),
		Rule: miss.Name(), Missing: strings.Join(miss.Asked, ", "),
	}
	if names := requestedHeaders(c.http.Header); names != "" {
		f.Headers = strings.Split(names, ",")
	}
	return f
}
